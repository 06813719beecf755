"""A job's settings are told, and its video is submitted again with others."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server import RunningServer, wait_for


@pytest.fixture(scope="module")
def client(running_server: RunningServer, bikes: Path) -> Iterator[httpx.Client]:
    (running_server.root_dir / "clips").mkdir()
    shutil.copy(bikes, running_server.root_dir / "clips" / "bikes.mp4")
    with running_server.client() as client:
        yield client
    assert "Traceback" not in running_server.log()


def submit(client: httpx.Client, **asked: object) -> str:
    body = {"path": "clips/bikes.mp4", "pipeline_id": "motion", **asked}
    return str(client.post("submit", json=body).raise_for_status().json()["job_id"])


def settings(client: httpx.Client, job_id: str) -> dict:
    return client.get(f"jobs/{job_id}/settings").raise_for_status().json()


def test_settings_are_told_as_they_were_submitted(client: httpx.Client) -> None:
    asked = {"frame_stride": 5, "max_frames": 20, "params": {"motion": {"threshold": 30}}}
    job_id = submit(client, name="Mine", **asked)
    assert settings(client, job_id) == {
        "job_id": job_id,
        "pipeline_id": "motion",
        "name": "Mine",
        "input_name": "bikes.mp4",
        "path": "clips/bikes.mp4",
        "functions": [],
        **asked,
    }


def test_what_was_left_to_the_pipeline_is_told_as_left(client: httpx.Client) -> None:
    told = settings(client, submit(client))
    assert (told["frame_stride"], told["max_frames"], told["params"]) == (None, None, {})
    assert told["name"] == ""


def test_a_stride_that_replaces_the_sampling_of_a_pipeline_is_told(client: httpx.Client) -> None:
    text = "id: sparse\nsampling: {fps: 2}\nsteps:\n  - {id: motion, uses: motion}\n"
    client.put("pipelines/sparse", content=text).raise_for_status()
    own = settings(client, submit(client, pipeline_id="sparse"))
    assert own["frame_stride"] is None
    every = settings(client, submit(client, pipeline_id="sparse", frame_stride=1))
    assert every["frame_stride"] == 1
    client.delete("pipelines/sparse")
    assert client.get(f"jobs/{every['job_id']}/settings").status_code == 200


def test_the_video_of_an_uploaded_job_is_used_again(client: httpx.Client, bikes: Path) -> None:
    answer = client.post(
        "submit",
        data={"pipeline_id": "motion"},
        files={"file": ("film.mp4", bikes.read_bytes())},
    )
    first = answer.json()["job_id"]
    assert settings(client, first)["path"] is None
    again = client.post("submit", json={"job_id": first, "pipeline_id": "scene_cuts"})
    second = again.raise_for_status().json()["job_id"]
    job = wait_for(client, second)
    assert (job["status"], job["input_name"]) == ("completed", "film.mp4")

    # The video belongs to both: it stays while one of them does.
    wait_for(client, first)
    client.delete(f"jobs/{first}").raise_for_status()
    assert client.get(f"jobs/{second}/video").status_code == 200
    gone = client.post("submit", json={"job_id": first, "pipeline_id": "motion"})
    assert (gone.status_code, gone.json()["reason"]) == (404, "unknown_job")


def test_a_file_in_place_is_used_again_where_it_lies(client: httpx.Client) -> None:
    first = submit(client)
    answer = client.post("submit", json={"job_id": first, "pipeline_id": "quality"})
    second = answer.raise_for_status().json()["job_id"]
    assert settings(client, second)["path"] == "clips/bikes.mp4"


def test_a_form_names_no_video_besides_its_own(client: httpx.Client, bikes: Path) -> None:
    job_id = submit(client)
    answer = client.post(
        "submit",
        data={"pipeline_id": "motion", "job_id": job_id},
        files={"file": ("film.mp4", bikes.read_bytes())},
    )
    assert (answer.status_code, answer.json()["reason"]) == (400, "one_video")
