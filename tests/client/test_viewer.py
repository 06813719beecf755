"""The viewer's side in the kernel: what it knows, asks and says."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.server import RunningServer
from videojobs_ext import Client, VideoJobViewer


def test_importing_the_package_imports_no_widgets() -> None:
    code = (
        "import sys, videojobs_ext; from videojobs_ext import Client; "
        "print([m for m in ('anywidget', 'ipywidgets', 'traitlets') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_without_the_extra_it_says_what_to_install() -> None:
    code = """
import sys
sys.modules["anywidget"] = None
try:
    from videojobs_ext import VideoJobViewer
except Exception as error:
    print(type(error).__name__, error)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.startswith("MissingPackage")
    assert 'pip install "videojobs_ext[widgets]"' in said.stdout


def test_it_takes_an_id_or_the_status_of_a_job() -> None:
    assert VideoJobViewer("an-id").job_id == "an-id"
    assert VideoJobViewer({"job_id": "an-id", "status": "running"}).job_id == "an-id"


def test_to_seek_is_to_set_the_time() -> None:
    viewer = VideoJobViewer("an-id", time=1.5)
    assert viewer.time == 1.5
    viewer.seek(12)
    assert viewer.time == 12.0
    assert viewer.selected is None


def test_its_bundle_holds_both_sides_of_a_page() -> None:
    state = VideoJobViewer("an-id").get_state()
    assert "jp-videojobs-viewer" in state["_css"]
    assert len(state["_esm"].encode()) < 250_000


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, str], list[bytes]]]:
    """What a viewer sends to its page."""
    messages: list[tuple[dict[str, str], list[bytes]]] = []
    monkeypatch.setattr(
        VideoJobViewer, "send", lambda self, content, buffers: messages.append((content, buffers))
    )
    return messages


def test_a_page_without_a_server_gets_advice_and_a_picture(
    client: Client, clip, running_server: RunningServer, told
) -> None:
    job_id = client.submit(clip, "scene_cuts", progress=False)
    client.wait(job_id, progress=False)
    viewer = VideoJobViewer(job_id, client=client)
    viewer._handle_custom_msg({"ask": "poster"}, [])
    ((content, (poster,)),) = told
    assert f"{running_server.url}lab" in content["advice"]
    assert poster.startswith(b"\xff\xd8")


def test_a_page_without_a_server_hears_when_the_kernel_has_none_either(told) -> None:
    VideoJobViewer("an-id")._handle_custom_msg({"ask": "poster"}, [])
    ((content, (poster,)),) = told
    assert "no Jupyter server that the viewer could" in content["advice"]
    assert "Client(" in content["advice"]
    assert poster == b""


def test_other_messages_are_not_answered(told) -> None:
    VideoJobViewer("an-id")._handle_custom_msg({"ask": "all"}, [])
    assert told == []
