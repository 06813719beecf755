"""A job's life: which transition is allowed when, and what it leaves in the row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.jobs.conftest import LEASE
from videojobs_ext.jobs.errors import JobExists, LostLease, UnknownJob, WrongStatus
from videojobs_ext.jobs.model import PROGRESS, TERMINAL, FailureReason, JobStatus

REPORT = {
    "frames_done": 30,
    "frames_total": 250,
    "chunks_done": 1,
    "chunks_total": 8,
    "stage": "frames",
    "fps": 1234.56789,
    "lease": LEASE,
}


def test_a_created_job_comes_back_as_it_was(store, new_job):
    job = new_job(params={"a": [1, None, "ü"]}, owner="ann", name='50% "_" ü 🎬', warnings=["w"])
    created = store.create(job)
    found = store.get(job.job_id)
    assert created.job_id == job.job_id
    for field in ("status", "params", "owner", "name", "warnings", "created_at", "queued_at"):
        assert getattr(found, field) == getattr(created, field) == getattr(job, field)
    assert found.status is JobStatus.PENDING
    assert found.created_at.utcoffset() == timedelta(0)
    assert (found.attempt, found.frames_done, found.cancel_requested) == (0, 0, False)
    assert found.started_at is found.finished_at is found.failure_reason is None


def test_a_moment_in_another_time_zone_is_the_same_moment(store, new_job):
    moment = datetime.fromisoformat("2026-03-29T03:30:00.123456+05:30")
    store.create(job := new_job(created_at=moment))
    found = store.get(job.job_id).created_at
    assert found == moment
    assert found.tzinfo == UTC or found.utcoffset() == timedelta(0)


def test_a_naive_moment_is_refused(sqlite, new_job):
    with pytest.raises(ValueError, match="no time zone"):
        sqlite.create(new_job(created_at=datetime(2026, 1, 1)))  # noqa: DTZ001


def test_the_same_id_twice_is_refused(store, new_job):
    store.create(job := new_job(name="first"))
    with pytest.raises(JobExists, match=str(job.job_id)):
        store.create(new_job(job_id=job.job_id, name="second"))
    assert store.get(job.job_id).name == "first"


@pytest.mark.parametrize("text", ["a\0b", "half a pair \ud800"])
def test_text_that_no_database_keeps_is_refused(store, new_job, text):
    with pytest.raises(ValueError, match="name"):
        store.create(new_job(name=text))


@pytest.mark.parametrize("value", [float("nan"), object()])
def test_parameters_that_are_no_json_are_refused(sqlite, new_job, value):
    with pytest.raises(ValueError, match=r"JSON|json"):
        sqlite.create(new_job(params={"a": value}))


def test_an_id_that_no_job_has_is_unknown_everywhere(store):
    nobody = uuid4()
    asks = (
        store.get,
        store.request_cancel,
        store.retry,
        store.delete,
        store.queue_position,
        lambda job_id: store.fail(job_id, None, FailureReason.ERROR, "no"),
    )
    for ask in asks:
        with pytest.raises(UnknownJob, match=f"There is no job {nobody}") as caught:
            ask(nobody)
        assert caught.value.job_id == nobody
    assert store.claim(nobody, "w", LEASE) is None


def test_claim_begins_an_attempt(store, new_job):
    store.create(job := new_job())
    before = datetime.now(UTC)
    claimed = store.claim(job.job_id, "w1", LEASE)
    assert claimed.status is JobStatus.RUNNING
    assert (claimed.attempt, claimed.worker_id) == (1, "w1")
    assert before <= claimed.started_at <= claimed.lease_expires_at - LEASE + timedelta(seconds=1)
    assert claimed.updated_at > job.updated_at or claimed.updated_at >= before
    assert store.claim(job.job_id, "w2", LEASE) is None
    assert store.get(job.job_id).worker_id == "w1"


def test_progress_is_kept_and_renews_the_lease(store, new_job):
    store.create(job := new_job())
    claimed = store.claim(job.job_id, "w", timedelta(seconds=1))
    assert store.progress(job.job_id, "w", **REPORT) is False
    found = store.get(job.job_id)
    assert {key: getattr(found, key) for key in REPORT if key != "lease"} == {
        key: value for key, value in REPORT.items() if key != "lease"
    }
    assert found.lease_expires_at > claimed.lease_expires_at


def test_a_completed_job_has_its_output_and_no_worker(store, new_job):
    store.create(job := new_job())
    store.claim(job.job_id, "w", LEASE)
    store.set_input(job.job_id, "w", "ab" * 32)
    done = store.complete(job.job_id, "w", "jobs/x/results.json", ["frame 7 is damaged"])
    assert done.status is JobStatus.COMPLETED
    assert done.output_path == "jobs/x/results.json"
    assert done.input_sha256 == "ab" * 32
    assert done.warnings == ["frame 7 is damaged"]
    assert done.worker_id is done.lease_expires_at is done.stage is None
    assert done.started_at <= done.finished_at


def test_a_failed_job_says_why(store, new_job):
    store.create(job := new_job())
    store.claim(job.job_id, "w", LEASE)
    failed = store.fail(job.job_id, "w", FailureReason.TIMEOUT, "too long\0", ["w\ud800"])
    assert (failed.status, failed.failure_reason) == (JobStatus.FAILED, FailureReason.TIMEOUT)
    assert failed.error_message == "too long\ufffd"  # a message never keeps a job from failing
    assert failed.warnings == ["w?"]
    assert failed.finished_at is not None


def test_a_job_that_has_not_ended_fails_without_a_worker_too(store, new_job):
    for claimed in (False, True):
        store.create(job := new_job())
        if claimed:
            store.claim(job.job_id, "w", LEASE)
        failed = store.fail(job.job_id, None, FailureReason.MISSING_INPUT, "gone")
        assert failed.failure_reason is FailureReason.MISSING_INPUT
        with pytest.raises(WrongStatus):
            store.fail(job.job_id, None, FailureReason.ERROR, "again")


def test_only_the_holder_of_the_lease_changes_a_running_job(store, new_job):
    store.create(job := new_job())
    store.claim(job.job_id, "owner", LEASE)
    changes = (
        lambda worker: store.progress(job.job_id, worker, **REPORT),
        lambda worker: store.set_input(job.job_id, worker, "00"),
        lambda worker: store.complete(job.job_id, worker, "out"),
        lambda worker: store.fail(job.job_id, worker, FailureReason.ERROR, "no"),
        lambda worker: store.hand_back(job.job_id, worker),
    )
    for change in changes:
        with pytest.raises(LostLease, match="thief"):
            change("thief")
    store.complete(job.job_id, "owner", "out")
    for change in changes:
        with pytest.raises(LostLease):
            change("owner")
    assert store.get(job.job_id).output_path == "out"


def test_a_job_handed_back_waits_again_and_lost_no_attempt(store, new_job):
    store.create(job := new_job())
    store.claim(job.job_id, "w", LEASE)
    store.progress(job.job_id, "w", **REPORT)
    back = store.hand_back(job.job_id, "w")
    assert (back.status, back.attempt) == (JobStatus.PENDING, 0)
    assert back.worker_id is back.lease_expires_at is back.started_at is None
    assert back.frames_done == 30  # finished chunks stay
    assert store.claim(job.job_id, "w2", LEASE).attempt == 1


def test_a_cancelled_job_that_is_handed_back_ends(store, new_job):
    store.create(job := new_job())
    store.claim(job.job_id, "w", LEASE)
    store.request_cancel(job.job_id)
    back = store.hand_back(job.job_id, "w")
    assert (back.status, back.failure_reason) == (JobStatus.FAILED, FailureReason.CANCELLED)


def test_cancel_ends_a_pending_job_at_once(store, new_job):
    store.create(job := new_job())
    ended = store.request_cancel(job.job_id)
    assert (ended.status, ended.failure_reason) == (JobStatus.FAILED, FailureReason.CANCELLED)
    assert ended.finished_at is not None
    assert store.claim(job.job_id, "w", LEASE) is None


def test_cancel_tells_the_worker_of_a_running_job(store, new_job):
    store.create(job := new_job())
    store.claim(job.job_id, "w", LEASE)
    asked = store.request_cancel(job.job_id)
    assert (asked.status, asked.cancel_requested) == (JobStatus.RUNNING, True)
    assert store.progress(job.job_id, "w", **REPORT) is True
    failed = store.fail(job.job_id, "w", FailureReason.CANCELLED, "Cancelled.")
    assert failed.cancel_requested is False


def test_a_job_that_has_ended_can_not_be_cancelled(store, new_job):
    store.create(job := new_job())
    store.request_cancel(job.job_id)
    with pytest.raises(WrongStatus, match=r"failed; .* pending or running") as caught:
        store.request_cancel(job.job_id)
    assert caught.value.status is JobStatus.FAILED
    assert caught.value.wanted == (JobStatus.PENDING, JobStatus.RUNNING)


def test_retry_gives_a_failed_job_all_its_attempts_again(store, new_job):
    store.create(job := new_job())
    store.claim(job.job_id, "w", LEASE)
    store.fail(job.job_id, "w", FailureReason.ERROR, "boom", ["half"])
    again = store.retry(job.job_id)
    assert (again.status, again.attempt, again.warnings) == (JobStatus.PENDING, 0, [])
    assert again.error_message is again.failure_reason is again.finished_at is None
    with pytest.raises(WrongStatus, match="only while it is failed"):
        store.retry(job.job_id)


def test_delete_takes_any_job_but_a_running_one(store, new_job):
    for status in JobStatus:
        store.create(job := new_job(status=status))
        if status is JobStatus.RUNNING:
            with pytest.raises(WrongStatus):
                store.delete(job.job_id)
            assert store.get(job.job_id).status is status
        else:
            store.delete(job.job_id)
            with pytest.raises(UnknownJob):
                store.get(job.job_id)


def test_an_id_can_be_used_again_after_delete(store, new_job):
    store.create(job := new_job())
    store.delete(job.job_id)
    store.create(new_job(job_id=job.job_id, name="again"))
    assert store.get(job.job_id).name == "again"


def test_inputs_in_use_counts_the_jobs_of_a_video(store, new_job):
    for path in ("inputs/a.mp4", "inputs/a.mp4", "inputs/b.mp4"):
        store.create(new_job(input_path=path))
    assert [store.inputs_in_use(f"inputs/{name}.mp4") for name in "abc"] == [2, 1, 0]


def test_the_coarse_progress_of_every_status_is_the_contract():
    assert {status.value: progress for status, progress in PROGRESS.items()} == {
        "pending": 0.0,
        "running": 0.5,
        "completed": 1.0,
        "failed": 1.0,
    }
    assert {status for status in JobStatus if PROGRESS[status] == 1.0} == TERMINAL
