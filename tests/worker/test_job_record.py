"""``job.json`` says what became of a job also where no worker had it in hand."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.worker.conftest import MakeServices
from videojobs_ext.jobs.record import job_from_json
from videojobs_ext.services.services import Services
from videojobs_ext.services.submission import SubmitRequest
from videojobs_ext.storage.errors import StorageFull
from videojobs_ext.storage.layout import job_key


@pytest.fixture
def services(make_services: MakeServices, bikes: Path) -> Services:
    services = make_services(start_worker=False)
    shutil.copy(bikes, services.settings.root_dir / "clip.mp4")
    return services


def test_it_follows_a_job_that_is_cancelled_while_it_waits_and_retried(services: Services) -> None:
    job = services.submissions.submit_path("clip.mp4", SubmitRequest("motion"))
    record = job_key(job.job_id, "job.json")
    for change in (lambda job_id: job, services.jobs.cancel, services.jobs.retry):
        changed = change(job.job_id)
        kept = job_from_json(json.loads(services.storage.read_bytes(record)))
        assert (kept.status, kept.failure_reason) == (changed.status, changed.failure_reason)


def test_a_full_disk_does_not_keep_a_job_from_being_cancelled(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = services.submissions.submit_path("clip.mp4", SubmitRequest("motion"))

    def full(key: str, data: bytes) -> None:
        raise StorageFull("no space left")

    monkeypatch.setattr(services.storage, "write_bytes", full)
    assert services.jobs.cancel(job.job_id).failure_reason == "cancelled"
