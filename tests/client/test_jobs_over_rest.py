"""A video through the client: submitted, waited for, its rows fetched in every shape."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.server import RunningServer
from videojobs_ext import Client
from videojobs_ext.client import frames
from videojobs_ext.client.errors import BadRequest, MissingPackage, NotFound

#: The first frames of the shots of bikes.mp4, as its makers cut it.
CUTS = [30, 76, 137, 187, 242]


@pytest.fixture(scope="module")
def done(running_server: RunningServer, bikes: Path) -> str:
    """The job_id of a completed quicklook of bikes.mp4."""
    with Client(running_server.url, running_server.token) as client:
        job_id = client.submit(bikes, upload=True, progress=False)
        client.wait(job_id, progress=False)
        return job_id


def test_a_local_file_is_uploaded_with_a_progress_bar_and_waited_for_with_another(
    client: Client, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job_id = client.submit(clip, "scene_cuts", name="five cuts")
    assert "uploading bikes.mp4" in capsys.readouterr().err
    status = client.wait(job_id)
    shown = capsys.readouterr().err
    assert "five cuts" in shown
    assert "250/250 frames" in shown
    assert (status["status"], status["progress"]) == ("completed", 1.0)
    assert (status["frames_done"], status["frames_total"]) == (250, 250)


def test_the_cuts_are_exact_as_rows_as_results_and_by_sql(client: Client, done: str) -> None:
    rows = client.dataframe(done, step="cuts")
    assert rows[rows.label == "cut"].frame_index.tolist() == CUTS
    results = client.results(done, step="cuts")
    assert [frame["frame_index"] for frame in results] == CUTS
    assert results[0]["result"]["cuts"][0]["label"] == "cut"
    found = client.sql(
        "SELECT job_id, frame_index FROM rows JOIN jobs USING (job_id) WHERE label = 'cut' "
        "ORDER BY frame_index",
        done,
    )
    assert found.frame_index.tolist() == CUTS
    assert set(found.job_id) == {done}


def test_sql_speaks_over_the_rows_of_several_jobs(client: Client, done: str, clip: Path) -> None:
    other = client.submit(clip, "motion", max_frames=50, progress=False)
    client.wait(other, progress=False)
    found = client.sql("SELECT job_id, count(*) AS n FROM rows GROUP BY job_id", done, other)
    assert set(found.job_id) == {done, other}


def test_sql_reaches_no_files(client: Client, done: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with pytest.raises(Exception, match="disabled"):
        client.sql(f"SELECT * FROM read_csv('{secret}')", done)


def test_results_come_page_by_page_and_between_times(
    client: Client, done: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = client.results(done)
    monkeypatch.setattr("videojobs_ext.client.rest._PAGE", 60)
    assert list(client.iter_results(done)) == everything
    assert client.results(done, offset=50, limit=100) == everything[50:150]
    between = client.results(done, from_time=2.0, to_time=4.0)
    assert between == [frame for frame in everything if 2.0 <= frame["time"] < 4.0]


def test_exports_and_artifacts_are_saved_where_asked(
    client: Client, done: str, tmp_path: Path
) -> None:
    parquet = client.export(done, "parquet", tmp_path)
    assert parquet.parent == tmp_path
    assert pq.read_table(parquet).num_rows == client.table(done).num_rows
    whole = json.loads(client.export(done, "json", tmp_path / "all.json").read_text())
    assert whole["job_id"] == done
    assert [frame["frame_index"] for frame in whole["results"]] == [
        frame["frame_index"] for frame in client.results(done)
    ]
    artifacts = {artifact["name"]: artifact for artifact in client.artifacts(done)}
    sheet = client.download(done, "contact_sheet.jpg", tmp_path)
    assert sheet.stat().st_size == artifacts["contact_sheet.jpg"]["size"]
    assert sheet.read_bytes().startswith(b"\xff\xd8")
    with pytest.raises(BadRequest, match="There is no export"):
        client.export(done, "xlsx", tmp_path)
    assert not list(tmp_path.glob(".*.part"))


def test_a_file_in_the_servers_folder_is_submitted_by_its_path(
    running_server: RunningServer,
    bikes: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(running_server.runtime_dir))
    (running_server.root_dir / "clips").mkdir(exist_ok=True)
    video = Path(shutil.copy(bikes, running_server.root_dir / "clips" / "seen.mp4"))
    with Client() as client:
        assert client.server.source == "the only running server"
        by_path = client.submit(video, "scene_cuts")
        assert "uploading" not in capsys.readouterr().err
        named = client.submit(server_path="clips/seen.mp4", pipeline="scene_cuts")
        sent = client.submit(video, "scene_cuts", upload=True)
        assert "uploading seen.mp4" in capsys.readouterr().err
        for job_id in (by_path, named, sent):
            client.wait(job_id, progress=False)
            assert [frame["frame_index"] for frame in client.results(job_id, step="cuts")] == CUTS


def test_a_hidden_file_in_the_servers_folder_is_uploaded(
    running_server: RunningServer, bikes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(running_server.runtime_dir))
    hidden = Path(shutil.copy(bikes, running_server.root_dir / ".hidden.mp4"))
    with Client() as client:
        status = client.wait(client.submit(hidden, "scene_cuts", progress=False), progress=False)
        assert status["status"] == "completed"
        with pytest.raises(BadRequest) as caught:
            client.submit(server_path=".hidden.mp4")
        assert caught.value.field == "path"


def test_an_open_file_and_bytes_in_memory_are_submitted(client: Client, clip: Path) -> None:
    with clip.open("rb") as file:
        job_id = client.submit(file, "scene_cuts", progress=False)
    assert client.status(job_id)["input_name"] == "bikes.mp4"
    memory = io.BytesIO(clip.read_bytes())
    client.wait(client.submit(memory, "scene_cuts", progress=False), progress=False)


def test_parameters_and_sampling_reach_the_job(client: Client, clip: Path) -> None:
    job_id = client.submit(clip, "motion", frame_stride=10, max_frames=7, progress=False)
    assert client.wait(job_id, progress=False)["frames_total"] == 7
    with pytest.raises(BadRequest, match="Did you mean 'motion'"):
        client.submit(clip, "motion", params={"motoin": {}}, progress=False)


def test_what_is_no_video_is_refused_with_its_field(client: Client, tmp_path: Path) -> None:
    text = tmp_path / "notes.mp4"
    text.write_text("not a video at all\n" * 100)
    with pytest.raises(BadRequest) as caught:
        client.submit(text, progress=False)
    assert (caught.value.status, caught.value.field) == (400, "file")


def test_an_unknown_pipeline_or_job_is_not_found(client: Client, clip: Path) -> None:
    with pytest.raises(NotFound, match="Did you mean 'scene_cuts'"):
        client.submit(clip, "scene_cut", progress=False)
    with pytest.raises(NotFound):
        client.status("00000000-0000-4000-8000-000000000000")
    with pytest.raises(NotFound):
        client.status("../../../api/status")


def test_pipelines_steps_health_and_log_are_told(client: Client, done: str) -> None:
    pipelines = {pipeline["id"]: pipeline for pipeline in client.pipelines()}
    assert {"quicklook", "motion", "scene_cuts", "quality"} <= pipelines.keys()
    assert pipelines["motion"]["parameters"]["properties"].keys() == {"motion"}
    assert {"motion", "content", "scene_cuts"} <= {step["name"] for step in client.steps()}
    health = client.health()
    assert health["status"] == "ok"
    assert health["worker"]["alive"]
    assert "completed" in client.log(done)


def test_without_pandas_the_client_says_what_to_install(
    client: Client, done: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "find_spec", lambda name: None)
    with pytest.raises(MissingPackage, match=r'pip install "videojobs_ext\[dataframe\]"'):
        client.dataframe(done)
    assert client.table(done).num_rows > 0


def test_submit_takes_a_file_or_a_server_path(client: Client, clip: Path) -> None:
    with pytest.raises(TypeError):
        client.submit()
    with pytest.raises(TypeError):
        client.submit(clip, server_path="a.mp4")
