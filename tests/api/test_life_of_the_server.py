"""Start, stop and activity of the extension in its server."""

import json
import subprocess
import sys
import time

import httpx
import psutil
import pytest

from tests.api import videos
from tests.server import TOKEN, wait_for


def submit(client, path, pipeline_id="quality"):
    with path.open("rb") as file:
        submitted = client.post(
            "submit", data={"pipeline_id": pipeline_id}, files={"file": (path.name, file)}
        )
    return submitted.raise_for_status().json()["job_id"]


def lives(process):
    # Whoever inherits the children of a server that is gone may be slow to bury them.
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_server_with_a_running_job_stops_in_time_and_goes_on_at_its_next_start(
    start_server, bikes
):
    server = start_server("--VideoJobs.chunk_seconds=1")
    with server.client() as client:
        job_id = submit(client, bikes)
        wait_for(client, job_id, "running", limit=10)
    children = psutil.Process(server.process.pid).children(recursive=True)
    took = server.stop()
    while any(lives(child) for child in children):
        # Whoever was starting just then ends by itself when it finds its server gone.
        assert took < 5.0
        time.sleep(0.05)
        took += 0.05
    assert took < 5.0
    again = start_server("--VideoJobs.chunk_seconds=1", home=server.home)
    with again.client() as client:
        ended = wait_for(client, job_id)
        assert (ended["status"], ended["attempt"]) == ("completed", 1)


def test_the_data_lies_where_the_command_line_says(running_server):
    with running_server.client() as client:
        assert client.get("health").status_code == 200
    assert (running_server.data_dir / "jobs.duckdb").is_file()
    assert not list((running_server.home / "data").glob("videojobs*"))


def test_a_database_in_use_is_503_with_advice_and_the_server_lives(start_server, running_server):
    with running_server.client() as client:
        client.get("health").raise_for_status()
    other = start_server(data_dir=running_server.data_dir)
    with other.client() as client:
        for path in ("health", "jobs", "openapi.json"):
            refused = client.get(path)
            assert (refused.status_code, refused.json()["reason"]) == (503, "not_ready")
            assert "SQLite" in refused.json()["message"]
            assert "Traceback" not in refused.text
    assert "could not start" in other.log()
    headers = {"Authorization": f"token {TOKEN}"}
    assert httpx.get(f"{other.url}api/contents", headers=headers).status_code == 200
    assert other.stop() < 5.0


def test_a_mistake_in_the_configuration_is_told_in_the_log(start_server):
    server = start_server("--VideoJobs.workers=0")
    assert "workers must be at least 1" in server.log()
    with server.client() as client:
        assert client.get("health").status_code == 404
    assert server.stop() < 5.0


def test_the_options_are_told_with_their_help():
    # `jupyter server --help-all` ends before Jupyter Server looks for extensions.
    code = (
        "from videojobs_ext.extension import VideoJobsExtension;"
        "VideoJobsExtension.launch_instance(['--help-all'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    for option in ("data_dir", "db_url", "max_upload_bytes", "keep_server_alive_while_running"):
        assert f"--VideoJobs.{option}=" in done.stdout


@pytest.fixture
def jp_server_config(tmp_path):
    return {
        "ServerApp": {"jpserver_extensions": {"videojobs_ext": True}},
        "VideoJobs": {"data_dir": str(tmp_path / "videojobs"), "workers": 1},
    }


async def fetch(jp_fetch, *path, **options):
    response = await jp_fetch("v1", "video", *path, **options)
    return json.loads(response.body)


async def test_a_running_job_is_activity_and_looking_at_it_is_not(
    jp_fetch, jp_serverapp, jp_root_dir
):
    extension = jp_serverapp.extension_manager.extension_points["videojobs_ext"].app
    settings = jp_serverapp.web_app.settings
    (jp_root_dir / "a.mp4").write_bytes(videos.video(frames=3000))
    assert not extension.current_activity()
    job = await fetch(
        jp_fetch,
        "submit",
        method="POST",
        body=json.dumps({"path": "a.mp4", "pipeline_id": "quality"}),
        headers={"Content-Type": "application/json"},
    )
    submitted_at = settings["api_last_activity"]
    deadline = time.monotonic() + 60
    while not extension.current_activity():
        assert time.monotonic() < deadline
        status = await fetch(jp_fetch, "status", job["job_id"])
    extension._tell_activity()
    assert settings["last_activity_times"]["videojobs"] > submitted_at
    assert settings["api_last_activity"] == submitted_at
    while extension.current_activity():
        assert time.monotonic() < deadline
        status = await fetch(jp_fetch, "status", job["job_id"])
    status = await fetch(jp_fetch, "status", job["job_id"])
    assert status["status"] == "completed"
    extension.configuration.keep_server_alive_while_running = False
    assert not extension.current_activity()
