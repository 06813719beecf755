"""Jobs whose worker is gone: known at once on this machine, by the lease on another."""

from __future__ import annotations

import shutil
import socket
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from tests.worker.conftest import MakeServices
from tests.worker.test_job_life import ended
from videojobs_ext.jobs.model import FailureReason, JobStatus
from videojobs_ext.services.settings import Settings
from videojobs_ext.services.submission import SubmitRequest
from videojobs_ext.worker.identity import may_be_alive, new_worker_id

DEAD_HERE = f"{socket.gethostname()}:999999:1.00:abc"
ELSEWHERE = "another-machine:1:1.00:abc"


def test_this_process_is_alive_and_so_may_be_another_machine_s() -> None:
    assert may_be_alive(new_worker_id())
    assert may_be_alive(ELSEWHERE)


def test_a_process_that_is_gone_or_whose_id_was_given_again_is_not() -> None:
    assert not may_be_alive(DEAD_HERE)
    again = f"{socket.gethostname()}:{psutil.Process().pid}:1.00:abc"
    assert not may_be_alive(again)


@pytest.mark.parametrize(
    ("worker_id", "lease", "taken"),
    [
        (DEAD_HERE, timedelta(hours=1), True),
        (ELSEWHERE, timedelta(seconds=-1), True),
        (ELSEWHERE, timedelta(hours=1), False),
    ],
)
def test_an_interrupted_job_goes_on_when_its_worker_is_known_to_be_gone(
    worker_id: str,
    lease: timedelta,
    taken: bool,
    make_services: MakeServices,
    settings: Settings,
    bikes: Path,
    tmp_path: Path,
) -> None:
    db_url = f"sqlite:///{tmp_path / 'shared.db'}"
    shutil.copy(bikes, settings.root_dir / "bikes.mp4")
    services = make_services(start_worker=False, db_url=db_url)
    job = services.submissions.submit_path("bikes.mp4", SubmitRequest("motion"))
    services.store.claim(job.job_id, worker_id, lease)
    services.stop()
    services = make_services(db_url=db_url)
    if taken:
        done = ended(services, job.job_id)
        assert (done.status, done.attempt) == (JobStatus.COMPLETED, 2)
    else:
        assert services.jobs.get(job.job_id).worker_id == worker_id


def test_a_job_that_takes_its_worker_down_each_time_is_failed_as_crashed(
    make_services: MakeServices, settings: Settings, bikes: Path
) -> None:
    shutil.copy(bikes, settings.root_dir / "bikes.mp4")
    services = make_services(start_worker=False, max_attempts=2)
    job = services.submissions.submit_path("bikes.mp4", SubmitRequest("motion"))
    for _ in range(2):
        services.store.claim(job.job_id, DEAD_HERE, timedelta(hours=1))
        services.store.recover(may_be_alive, 2, only_expired=False)
    failed = services.jobs.get(job.job_id)
    assert (failed.status, failed.failure_reason) == (JobStatus.FAILED, FailureReason.CRASHED)
    assert failed.error_message
