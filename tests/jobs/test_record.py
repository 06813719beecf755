"""job.json: all of a job, from which a database can be rebuilt."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tests.jobs.conftest import LEASE
from videojobs_ext.jobs.model import FailureReason, Job, JobStatus
from videojobs_ext.jobs.record import job_from_json, job_to_json


def test_a_job_goes_through_json_and_another_database_unchanged(store, sqlite, new_job):
    store.create(job := new_job(params={"a": [1.5, None, "ü"]}, name="Ü 🎬", owner="ann"))
    store.claim(job.job_id, "w", LEASE)
    store.fail(job.job_id, "w", FailureReason.BAD_VIDEO, "no", ["w1", "w2"])
    record = job_to_json(store.get(job.job_id))
    sqlite.create(job_from_json(json.loads(json.dumps(record))))
    assert job_to_json(sqlite.get(job.job_id)) == record
    assert record["status"] == "failed"
    assert record["failure_reason"] == "bad_video"
    assert record["created_at"].endswith("+00:00")


def test_every_column_is_in_the_record(new_job):
    assert set(job_to_json(new_job())) == set(Job.__table__.columns.keys())


def test_types_come_back_as_they_were(new_job):
    moment = datetime(2026, 5, 4, 3, 2, 1, 123456, tzinfo=UTC)
    job = new_job(
        status=JobStatus.RUNNING,
        started_at=moment,
        lease_expires_at=moment,
        fps=1 / 3,
        failure_reason=FailureReason.TIMEOUT,
    )
    again = job_from_json(json.loads(json.dumps(job_to_json(job))))
    for field in job_to_json(job):
        assert getattr(again, field) == getattr(job, field), field
    assert type(again.status) is JobStatus
    assert type(again.failure_reason) is FailureReason


def test_older_and_newer_records_are_read(new_job):
    record = job_to_json(new_job(attempt=2))
    del record["attempt"]
    record["colour"] = "blue"
    assert job_from_json(record).attempt == 0


@pytest.mark.parametrize(
    "change",
    [
        {"job_id": "x"},
        {"job_id": None},
        {"status": "sleeping"},
        {"failure_reason": "mood"},
        {"created_at": "yesterday"},
        {"created_at": 5},
    ],
)
def test_a_record_that_makes_no_sense_is_refused(new_job, change):
    with pytest.raises(ValueError, match="no job's record"):
        job_from_json(job_to_json(new_job()) | change)


@pytest.mark.parametrize("field", ["job_id", "status", "pipeline", "input_path"])
def test_a_record_that_lacks_the_essence_is_refused(new_job, field):
    record = job_to_json(new_job())
    del record[field]
    with pytest.raises(ValueError, match="no job's record"):
        job_from_json(record)
