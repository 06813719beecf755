"""The kernel's side of the panel."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from queue import Queue
from typing import Any

import pytest

from videojobs_ext import Client
from videojobs_ext.client.errors import ServerNotFound
from videojobs_ext.client.panel import VideoJobsPanel
from videojobs_ext.client.relay import Relay

Answer = tuple[dict[str, Any], list[bytes]]


@pytest.fixture
def answers() -> Queue[Answer]:
    return Queue()


@pytest.fixture
def relay(client: Client, answers: Queue[Answer]) -> Iterator[Relay]:
    made = Relay(lambda: client, lambda message, buffers: answers.put((message, buffers)))
    yield made
    made.close()


def test_without_the_extra_it_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['anywidget'] = None\n"
        "from videojobs_ext.client.errors import MissingPackage\n"
        "try:\n    from videojobs_ext import VideoJobsPanel\n"
        "except MissingPackage as error:\n    print(error)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "videojobs_ext[widgets]"' in said.stdout


def test_it_speaks_with_the_page_s_server_unless_its_client_has_another_one(
    client: Client,
) -> None:
    # No server is noted in this environment: the client's can't be the page's.
    assert VideoJobsPanel(client)._direct is False
    panel = VideoJobsPanel()
    assert panel._direct is True
    with pytest.raises(ServerNotFound, match="jupyter server list"):
        _ = panel.client


def test_what_the_form_shows_can_be_set_from_the_start() -> None:
    panel = VideoJobsPanel(pipeline_id="motion", params={"motion": {"threshold": 20}})
    assert panel.get_state()["params"] == {"motion": {"threshold": 20}}
    panel.close()


def test_requests_of_the_page_are_passed_on_with_bodies_and_headers_both_ways(
    relay: Relay, answers: Queue[Answer]
) -> None:
    tus = {"Tus-Resumable": "1.0.0"}
    request = {"ask": 7, "method": "POST", "path": "v1/video/uploads"}
    relay.take({**request, "headers": {**tus, "Upload-Length": "2000000"}}, [])
    message, _ = answers.get(timeout=60)
    assert (message["answer"], message["status"]) == (7, 201)
    upload = message["headers"]["location"].rpartition("/")[2]
    patch = {"ask": 8, "method": "PATCH", "path": f"v1/video/uploads/{upload}"}
    kind = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
    relay.take({**patch, "headers": {**tus, **kind}}, [memoryview(b"no video at all" * 2000)])
    message, buffers = answers.get(timeout=60)
    assert (message["answer"], message["status"]) == (8, 400)
    assert b"not a video" in buffers[0]


def test_a_server_that_is_not_there_is_told_to_the_page_in_words(answers: Queue[Answer]) -> None:
    relay = Relay(
        lambda: Client("http://127.0.0.1:9/"),
        lambda message, buffers: answers.put((message, buffers)),
    )
    relay.take({"ask": 1, "method": "GET", "path": "v1/video/jobs", "headers": {}}, [])
    message, _ = answers.get(timeout=60)
    assert "No answer from http://127.0.0.1:9/" in message["trouble"]
    relay.close()
