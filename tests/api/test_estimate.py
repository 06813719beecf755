"""What a job would cost, over REST, before it is submitted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.api.test_uploads import uploaded
from tests.server import RunningServer, wait_for


@pytest.fixture(scope="module")
def client(running_server: RunningServer, bikes: Path) -> Iterator[httpx.Client]:
    shutil.copy(bikes, running_server.root_dir / "bikes.mp4")
    with running_server.client() as client:
        yield client
    assert "Traceback" not in running_server.log()


def estimate(client: httpx.Client, pipeline_id: str = "motion", **asked: object) -> dict:
    body = {"path": "bikes.mp4", "pipeline_id": pipeline_id, **asked}
    return client.post("estimate", json=body).raise_for_status().json()


def test_an_estimate_tells_what_the_video_is(client: httpx.Client) -> None:
    told = estimate(client)
    assert told["input_name"] == "bikes.mp4"
    assert (told["width"], told["height"], told["fps"], told["duration"]) == (640, 272, 25, 10)
    assert (told["frames"], told["exact"]) == (250, True)


@pytest.mark.parametrize(
    ("asked", "sampled"),
    [
        ({}, 250),
        ({"frame_stride": 10}, 25),
        ({"frame_stride": 3}, 84),
        ({"max_frames": 40}, 40),
        ({"frame_stride": 100, "max_frames": 40}, 3),
    ],
)
def test_sampled_frames_are_those_that_the_job_then_looks_at(
    client: httpx.Client, asked: dict[str, int], sampled: int
) -> None:
    told = estimate(client, "quality", **asked)
    assert told["frames_sampled"] == sampled
    body = {"path": "bikes.mp4", "pipeline_id": "quality", **asked}
    job_id = client.post("submit", json=body).json()["job_id"]
    assert wait_for(client, job_id)["frames_total"] == sampled


def test_frames_are_decoded_from_a_keyframe_to_the_last_that_is_wanted(
    client: httpx.Client,
) -> None:
    assert estimate(client)["frames_decoded"] == 250
    assert estimate(client, frame_stride=250)["frames_decoded"] == 1
    few = estimate(client, max_frames=40)
    assert 40 <= few["frames_decoded"] < 60


def test_the_time_is_unknown_until_a_job_of_the_pipeline_tells(client: httpx.Client) -> None:
    assert estimate(client, "scene_cuts", frame_stride=2)["takes"] is None
    submit = {"path": "bikes.mp4", "pipeline_id": "scene_cuts", "frame_stride": 2}
    job = wait_for(client, client.post("submit", json=submit).json()["job_id"])
    assert job["status"] == "completed"

    alike = estimate(client, "scene_cuts", frame_stride=2)["takes"]
    assert (alike["jobs"], alike["alike"]) == (1, True)
    assert 0 < alike["least"] == alike["most"]
    half = estimate(client, "scene_cuts", frame_stride=2, max_frames=62)["takes"]
    assert half["least"] == pytest.approx(alike["least"] * 62 / 125)

    # Whether its time went into decoding, which stays, or into looking, which doubles: not known.
    other = estimate(client, "scene_cuts", frame_stride=1)["takes"]
    assert other["alike"] is False
    assert other["least"] == pytest.approx(alike["least"])
    assert other["most"] == pytest.approx(2 * alike["most"])


def test_the_video_of_an_upload_and_of_a_job_are_estimated_too(
    client: httpx.Client, bikes: Path
) -> None:
    sent = uploaded(client, bikes.read_bytes(), filename="sent.mp4")
    told = client.post("estimate", json={"upload_id": sent, "pipeline_id": "motion"}).json()
    assert (told["input_name"], told["frames"]) == ("sent.mp4", 250)
    answer = client.post("submit", json={"upload_id": sent, "pipeline_id": "motion"})
    job_id = answer.json()["job_id"]
    told = client.post("estimate", json={"job_id": job_id, "pipeline_id": "motion"}).json()
    assert (told["input_name"], told["frames"]) == ("sent.mp4", 250)


BAD = [
    ({"path": "../../etc/passwd"}, 400, "path_refused", "path"),
    ({"path": "nowhere.mp4"}, 400, "path_refused", "path"),
    ({"path": "notes.txt"}, 400, "bad_video", "file"),
    ({"pipeline_id": "motoin"}, 404, "unknown_pipeline", "pipeline_id"),
    ({"frame_stride": 0}, 400, "bad_request", "frame_stride"),
    ({"params": {"motion": {"threshold": 999}}}, 400, "bad_pipeline", "steps.0.with.threshold"),
    ({"params": {"motoin": {}}}, 400, "bad_pipeline", "motoin"),
    ({"upload_id": "x"}, 400, "one_video", "file"),
    ({"path": None, "upload_id": "x"}, 404, "unknown_upload", "upload_id"),
    ({"path": None, "job_id": "x"}, 404, "unknown_job", "job_id"),
]


@pytest.mark.parametrize(("wrong", "status", "reason", "field"), BAD)
@pytest.mark.parametrize("route", ["estimate", "submit"])
def test_what_a_submit_refuses_an_estimate_refuses_alike(
    client: httpx.Client,
    running_server: RunningServer,
    route: str,
    wrong: dict[str, object],
    status: int,
    reason: str,
    field: str,
) -> None:
    (running_server.root_dir / "notes.txt").write_text("not a video")
    body = {"path": "bikes.mp4", "pipeline_id": "motion", **wrong}
    answer = client.post(
        route, json={key: value for key, value in body.items() if value is not None}
    )
    said = answer.json()
    assert (answer.status_code, said["reason"], said["field"]) == (status, reason, field)
    assert said["message"]
