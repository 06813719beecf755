"""Who is next: arrival, then interrupted jobs, as the queue is rebuilt at start."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.jobs.conftest import LEASE
from videojobs_ext.jobs.errors import LostLease
from videojobs_ext.jobs.model import FailureReason, JobStatus

GONE = timedelta(seconds=-1)


def nobody_lives(worker_id: str) -> bool:
    return False


def everybody_lives(worker_id: str) -> bool:
    return True


@pytest.fixture
def three(store, new_job):
    """Three pending jobs, in their order."""
    return [store.create(new_job(name=name)).job_id for name in "abc"]


def test_jobs_queue_in_the_order_of_their_arrival(store, three):
    assert store.queued() == three
    assert [store.queue_position(job_id) for job_id in three] == [0, 1, 2]
    assert [store.claim_next("w", LEASE).job_id for _ in three] == three
    assert store.claim_next("w", LEASE) is None
    assert store.queued() == []
    assert store.queue_position(three[0]) is None


def test_interrupted_jobs_follow_the_waiting_ones(store, three):
    first, second, third = three
    store.claim(second, "dead", LEASE)
    store.claim(first, "dead", LEASE)
    recovered = store.recover(nobody_lives, 3, only_expired=False)
    assert recovered.requeued == [first, second]
    assert recovered.failed == []
    assert store.queued() == [third, first, second]
    assert store.claim(first, "w", LEASE).attempt == 2


def test_retried_and_handed_back_jobs_stand_at_the_end(store, three):
    first, second, third = three
    store.claim(first, "w", LEASE)
    store.hand_back(first, "w")
    store.request_cancel(second)
    store.retry(second)
    assert store.queued() == [third, first, second]


def test_a_job_of_a_living_worker_is_left_alone(store, three):
    store.claim(three[0], "alive", GONE)
    recovered = store.recover(everybody_lives, 3, only_expired=True)
    assert (recovered.requeued, recovered.failed) == ([], [])
    assert store.get(three[0]).status is JobStatus.RUNNING


def test_only_expired_leases_are_taken_where_workers_are_elsewhere(store, three):
    store.claim(three[0], "far", LEASE)
    store.claim(three[1], "far", GONE)
    assert store.recover(nobody_lives, 3, only_expired=True).requeued == [three[1]]
    assert store.recover(nobody_lives, 3, only_expired=False).requeued == [three[0]]


def test_a_running_job_that_nobody_holds_is_taken_back(store, new_job):
    store.create(job := new_job(status=JobStatus.RUNNING, attempt=1))
    assert store.recover(everybody_lives, 3, only_expired=True).requeued == [job.job_id]


def test_a_job_without_attempts_left_fails_as_crashed(store, three):
    for _ in range(2):
        store.claim(three[0], "dead", LEASE)
        assert store.recover(nobody_lives, 3, only_expired=False).requeued == [three[0]]
    store.claim(three[0], "dead", LEASE)
    assert store.recover(nobody_lives, 3, only_expired=False).failed == [three[0]]
    failed = store.get(three[0])
    assert failed.failure_reason is FailureReason.CRASHED
    assert "3 attempts" in failed.error_message
    assert store.claim(three[0], "w", LEASE) is None


def test_an_interrupted_job_that_was_cancelled_ends_cancelled(store, three):
    store.claim(three[0], "dead", LEASE)
    store.request_cancel(three[0])
    assert store.recover(nobody_lives, 3, only_expired=False).failed == [three[0]]
    assert store.get(three[0]).failure_reason is FailureReason.CANCELLED


def test_the_interrupted_worker_can_not_come_back(store, three):
    store.claim(three[0], "slow", LEASE)
    store.recover(nobody_lives, 3, only_expired=False)
    store.claim(three[0], "new", LEASE)
    with pytest.raises(LostLease):
        store.complete(three[0], "slow", "out")
    assert store.complete(three[0], "new", "out").status is JobStatus.COMPLETED


def test_counts_know_every_status(store, three):
    store.claim(three[0], "w", LEASE)
    assert store.counts() == {
        JobStatus.PENDING: 2,
        JobStatus.RUNNING: 1,
        JobStatus.COMPLETED: 0,
        JobStatus.FAILED: 0,
    }
