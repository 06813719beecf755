"""Copies of videos that browsers play, over REST."""

import time
from uuid import uuid4

import av
import pytest

from tests.server import wait_for
from videojobs_ext.video.index import read_frame_index


@pytest.fixture(scope="module")
def client(running_server):
    with running_server.client() as client:
        yield client


def submit(client, path, pipeline="quality"):
    with path.open("rb") as file:
        answer = client.post(
            "submit", data={"pipeline_id": pipeline}, files={"file": (path.name, file)}
        )
    return answer.raise_for_status().json()["job_id"]


def proxy_of(client, job_id, *states, limit=60.0):
    """Return the proxy's state once it is one of ``states``."""
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        view = client.get(f"jobs/{job_id}/proxy").raise_for_status().json()
        if view["state"] in states:
            return view
        time.sleep(0.05)
    raise AssertionError(f"Still {view} after {limit} s.")


def test_a_proxy_is_made_on_demand_and_ends_with_its_job(client, clips, tmp_path, running_server):
    source = clips.make(codec="mpeg4", bframes=0)
    job_id = submit(client, source)
    wait_for(client, job_id)
    assert client.get(f"jobs/{job_id}/proxy").json()["state"] == "none"
    missing = client.get(f"jobs/{job_id}/proxy/video")
    assert (missing.status_code, missing.json()["reason"]) == (404, "not_there")
    made = client.post(f"jobs/{job_id}/proxy")
    assert made.status_code == 202
    assert made.json()["state"] in {"waiting", "running"}
    ready = proxy_of(client, job_id, "ready", "failed")
    assert ready["state"] == "ready", ready
    part = client.get(f"jobs/{job_id}/proxy/video", headers={"Range": "bytes=0-99"})
    assert part.status_code == 206
    assert part.headers["Content-Type"] == "video/mp4"
    whole = client.get(f"jobs/{job_id}/proxy/video").content
    assert len(whole) == ready["size"]
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(whole)
    assert read_frame_index(copy).time.tolist() == read_frame_index(source).time.tolist()
    with av.open(str(copy)) as opened:
        assert opened.streams.video[0].codec_context.name == "h264"
    assert client.post(f"jobs/{job_id}/proxy").json()["state"] == "ready"
    folder = running_server.data_dir
    assert list(folder.rglob("proxy.mp4"))
    assert client.delete(f"jobs/{job_id}").status_code == 204
    assert not list(folder.rglob("proxy.mp4"))
    assert client.get(f"jobs/{job_id}/proxy").status_code == 404


def test_a_proxy_can_be_stopped_and_removed(client, clips, running_server):
    source = clips.make(codec="mpeg4", bframes=0, frames=500, width=640, height=384)
    job_id = submit(client, source)
    wait_for(client, job_id)
    client.post(f"jobs/{job_id}/proxy").raise_for_status()
    proxy_of(client, job_id, "running", "ready")
    assert client.delete(f"jobs/{job_id}/proxy").status_code == 204
    assert client.get(f"jobs/{job_id}/proxy").json()["state"] == "none"
    client.post(f"jobs/{job_id}/proxy").raise_for_status()
    assert proxy_of(client, job_id, "ready", "failed")["state"] == "ready"
    assert client.delete(f"jobs/{job_id}/proxy").status_code == 204
    assert client.get(f"jobs/{job_id}/proxy").json()["state"] == "none"
    assert not list(running_server.data_dir.rglob("proxy.mp4*"))


def test_a_video_that_is_gone_has_no_proxy(client, clips, running_server):
    source = clips.make(codec="mpeg4", bframes=0, frames=30)
    place = running_server.root_dir / "gone.mp4"
    place.write_bytes(source.read_bytes())
    answer = client.post("submit", json={"path": "gone.mp4", "pipeline_id": "quality"})
    job_id = answer.json()["job_id"]
    wait_for(client, job_id)
    place.unlink()
    refused = client.post(f"jobs/{job_id}/proxy")
    assert (refused.status_code, refused.json()["reason"]) == (404, "not_there")


def test_a_job_that_is_not_there_has_no_proxy(client):
    for verb in ("GET", "POST", "DELETE"):
        answer = client.request(verb, f"jobs/{uuid4()}/proxy")
        assert (answer.status_code, answer.json()["reason"]) == (404, "unknown_job")


def test_a_video_that_cannot_be_decoded_any_more_says_so(client, clips, running_server):
    source = clips.make(codec="mpeg4", bframes=0, frames=30)
    place = running_server.root_dir / "spoilt.mp4"
    place.write_bytes(source.read_bytes())
    answer = client.post("submit", json={"path": "spoilt.mp4", "pipeline_id": "quality"})
    job_id = answer.json()["job_id"]
    wait_for(client, job_id)
    place.write_bytes(b"\0" * 1000)
    client.post(f"jobs/{job_id}/proxy").raise_for_status()
    failed = proxy_of(client, job_id, "failed", "ready")
    assert failed["state"] == "failed"
    assert "video" in failed["message"]
