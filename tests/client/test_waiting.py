"""Jobs that are not done: waiting for them, leaving them, and servers that go away meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.server import RunningServer
from videojobs_ext import Client
from videojobs_ext.client.errors import (
    JobFailed,
    NotReady,
    ServerUnreachable,
    WaitTimeout,
    WrongStatus,
)

WAITING = """
import sys
from videojobs_ext import Client
client = Client()
print("waiting", flush=True)
client.wait(sys.argv[1])
"""


@pytest.fixture
def pending(idle: Client, clip: Path) -> str:
    return idle.submit(clip, "scene_cuts", progress=False)


def test_a_job_that_is_not_completed_has_no_results_and_the_error_says_why(
    idle: Client, pending: str
) -> None:
    with pytest.raises(NotReady, match="pending"):
        idle.results(pending)


def test_waiting_ends_after_its_time_and_the_job_goes_on(idle: Client, pending: str) -> None:
    with pytest.raises(WaitTimeout, match="goes on running"):
        idle.wait(pending, timeout=0.01)
    assert idle.status(pending)["status"] == "pending"


def test_a_cancelled_job_fails_the_wait_can_be_retried_and_deleted(
    idle: Client, pending: str
) -> None:
    idle.cancel(pending)
    with pytest.raises(JobFailed, match="cancelled") as caught:
        idle.wait(pending, progress=False)
    assert caught.value.status["failure_reason"] == "cancelled"
    with pytest.raises(WrongStatus):
        idle.cancel(pending)
    idle.retry(pending)
    assert idle.status(pending)["status"] == "pending"
    idle.delete(pending)
    assert pending not in {job["job_id"] for job in idle.jobs()}


def test_jobs_are_listed_by_page_and_chosen_by_status_pipeline_and_name(
    idle: Client, clip: Path
) -> None:
    mine = [
        idle.submit(clip, "motion", name=f"mine {number}", progress=False) for number in range(3)
    ]
    idle.cancel(mine[0])
    assert [job["job_id"] for job in idle.jobs(q="MINE", limit=2)] == mine[:0:-1]
    assert [job["job_id"] for job in idle.jobs(q="mine", status="failed")] == mine[:1]
    both = idle.jobs(q="mine", status=["failed", "pending"], pipeline="motion", sort="created_at")
    assert [job["job_id"] for job in both] == mine
    assert idle.jobs(q="mine", pipeline="quality") == []


def test_an_interrupt_leaves_the_job_and_says_so(
    idle_server: RunningServer, idle: Client, pending: str
) -> None:
    environment = {
        **os.environ,
        "VIDEOJOBS_URL": idle_server.url,
        "VIDEOJOBS_TOKEN": idle_server.token,
    }
    with subprocess.Popen(
        [sys.executable, "-c", WAITING, pending],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "waiting\n"
        # The bar is drawn once the first status has come.
        first = process.stderr.read(1)
        process.send_signal(signal.SIGINT)
        said = first + process.stderr.read()
    assert f"Job {pending} goes on running on the server." in said
    assert f'client.cancel("{pending}")' in said
    assert "KeyboardInterrupt" in said
    assert idle.status(pending)["status"] == "pending"


def test_waiting_survives_a_killed_server_that_comes_back_at_another_port(
    start_server: Callable[..., RunningServer],
    clip: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = start_server("--VideoJobs.start_worker=False")
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(first.runtime_dir))
    with Client() as client, ThreadPoolExecutor(1) as pool:
        job_id = client.submit(clip, "scene_cuts", upload=True, progress=False)
        looked, away = threading.Event(), threading.Event()

        def follow() -> str:
            for seen in client.watch(job_id, patience=60):
                looked.set()
                if seen.away:
                    away.set()
            assert seen.status is not None
            return seen.status["status"]

        ended = pool.submit(follow)
        assert looked.wait(30)
        first.kill()
        assert away.wait(30)
        second = start_server(home=first.home)
        assert ended.result(60) == "completed"
        assert client.url == second.url


def test_a_server_that_stays_away_is_reported_after_the_patience(
    start_server: Callable[..., RunningServer],
    clip: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server = start_server("--VideoJobs.start_worker=False")
    with Client(server.url, server.token) as client:
        job_id = client.submit(clip, "scene_cuts", progress=False)
        looks = client.watch(job_id, patience=0.3)
        assert next(looks).status is not None
        server.kill()
        with pytest.raises(ServerUnreachable, match="jupyter server list"):
            list(looks)
