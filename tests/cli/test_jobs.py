"""The commands that speak with a server."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.server import RunningServer, wait_for

#: The first frames of the shots of bikes.mp4, as its makers cut it.
CUTS = [30, 76, 137, 187, 242]


def test_submit_prints_the_job_id_alone_and_status_follows_it(
    run: Run, running_server: RunningServer, clip: Path
) -> None:
    submitted = run("submit", clip, "-p", "scene_cuts", "--name", "mine", server=running_server)
    assert submitted.returncode == 0, submitted.stderr
    job_id = submitted.stdout.strip()
    assert len(job_id) == 36
    followed = run("status", job_id[:8], "--wait", "--json", server=running_server)
    assert followed.returncode == 0, followed.stderr
    status = json.loads(followed.stdout)
    assert (status["job_id"], status["status"]) == (job_id, "completed")
    shown = run("status", job_id, server=running_server).stdout
    assert "completed" in shown
    assert "mine" in shown


def test_submit_and_wait_then_list_results_and_export(
    run: Run, running_server: RunningServer, clip: Path, tmp_path: Path
) -> None:
    waited = run("submit", clip, "--name", "a [bold] name", "--wait", server=running_server)
    assert waited.returncode == 0, waited.stderr
    listed = run("list", "--search", "bold", server=running_server).stdout
    assert "a [bold] name" in listed
    assert "quicklook" in listed
    (job,) = json.loads(run("list", "--search", "bold", "--json", server=running_server).stdout)
    summary = run("results", job["job_id"][:8], server=running_server).stdout
    assert "5 cuts" in summary
    assert "motion" in summary
    frames = json.loads(run("results", "--step", "cuts", "--json", server=running_server).stdout)[
        "results"
    ]
    assert [frame["frame_index"] for frame in frames] == CUTS
    exported = run("export", "--format", "csv", "-o", "rows.csv", server=running_server)
    assert Path(exported.stdout.strip()).name == "rows.csv"
    assert (tmp_path / "rows.csv").read_text().startswith('"step","frame_index"')
    saved = run("export", "--artifacts", "-o", "found", server=running_server).stdout.split()
    assert "contact_sheet.jpg" in {Path(path).name for path in saved}


def test_pipelines_are_listed_with_their_parameters(
    run: Run, running_server: RunningServer
) -> None:
    assert "scene_cuts" in run("pipelines", server=running_server).stdout
    listed = json.loads(run("pipelines", "--json", server=running_server).stdout)
    assert "motion" in {pipeline["id"] for pipeline in listed}


def test_a_refusal_exits_with_1_and_says_what_to_do(
    run: Run, running_server: RunningServer, clip: Path
) -> None:
    for words, message in (
        (["submit", clip, "-p", "moton"], "Did you mean 'motion'"),
        (["status", "ffff"], "No job begins with 'ffff'"),
        (["submit", "nothing.mp4"], "nothing.mp4"),
        (["submit", "--server-path", "../x.mp4"], "x.mp4"),
    ):
        said = run(*words, server=running_server)
        assert said.returncode == 1
        assert message in said.stderr
        assert "Traceback" not in said.stderr


def test_a_wrong_token_exits_with_3(run: Run, running_server: RunningServer) -> None:
    said = run("list", "--url", running_server.url, "--token", "wrong-secret")
    assert said.returncode == 3
    assert "does not accept the token" in said.stderr
    assert "wrong-secret" not in said.stderr


def test_pending_jobs_are_cancelled_retried_and_deleted(
    run: Run, start_server: Callable[..., RunningServer], clip: Path
) -> None:
    idle = start_server("--VideoJobs.start_worker=False")
    job_id = run("submit", clip, server=idle).stdout.strip()
    assert run("cancel", job_id[:6], server=idle).returncode == 0
    assert "cancelled" in run("list", server=idle).stdout
    again = run("cancel", job_id, server=idle)
    assert again.returncode == 1
    assert run("status", "--wait", server=idle).returncode == 1
    assert run("retry", job_id, server=idle).returncode == 0
    assert "waiting" in run("status", server=idle).stdout
    assert run("delete", job_id, server=idle).returncode == 0
    assert "No such jobs" in run("list", server=idle).stderr


def test_an_interrupted_wait_exits_with_130_and_leaves_the_job(
    run: Run,
    start_server: Callable[..., RunningServer],
    clip: Path,
    environment: dict[str, str],
) -> None:
    idle = start_server("--VideoJobs.start_worker=False")
    job_id = run("submit", clip, server=idle).stdout.strip()
    where = {"VIDEOJOBS_URL": idle.url, "VIDEOJOBS_TOKEN": idle.token}
    pty, end = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "videojobs_ext.cli", "status", job_id, "--wait"],
        env=environment | where | {"TERM": "xterm"},
        stdin=subprocess.DEVNULL,
        stdout=end,
        stderr=end,
    ) as waiting:
        os.close(end)
        said = b""
        try:
            while b"waiting" not in said:
                said += os.read(pty, 1024)
        finally:
            waiting.send_signal(signal.SIGINT)
        with contextlib.suppress(OSError):  # how a terminal says that nobody is left
            while more := os.read(pty, 1024):
                said += more
    os.close(pty)
    assert waiting.returncode == 130
    assert b"goes on running on the server" in said
    with idle.client() as client:
        assert client.get(f"status/{job_id}").json()["status"] == "pending"


@pytest.fixture
def shared(start_server: Callable[..., RunningServer], tmp_path: Path) -> RunningServer:
    """A server that works on nothing, on a database that a daemon may share."""
    return start_server(
        "--VideoJobs.start_worker=False", f"--VideoJobs.db_url=sqlite:///{tmp_path}/jobs.sqlite"
    )


def test_the_daemon_works_on_a_servers_jobs_and_stops_cleanly(
    run: Run,
    shared: RunningServer,
    clip: Path,
    tmp_path: Path,
    environment: dict[str, str],
) -> None:
    job_id = run("submit", clip, "-p", "scene_cuts", server=shared).stdout.strip()
    with subprocess.Popen(
        [
            sys.executable, "-m", "videojobs_ext.cli", "worker",
            f"--VideoJobs.db_url=sqlite:///{tmp_path}/jobs.sqlite",
            f"--VideoJobs.data_dir={shared.data_dir}",
            f"--ServerApp.root_dir={shared.root_dir}",
        ],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as daemon:  # fmt: skip
        try:
            with shared.client() as client:
                assert wait_for(client, job_id)["status"] == "completed"
                found = client.get(f"results/{job_id}", params={"step": "cuts"}).json()["results"]
        finally:
            daemon.terminate()
            _, said = daemon.communicate(timeout=20)
    assert daemon.returncode == 0, said
    assert "Traceback" not in said
    assert [frame["frame_index"] for frame in found] == CUTS
