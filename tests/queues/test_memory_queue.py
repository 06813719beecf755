"""The queue in memory: first in, first out, each job once, and nobody sleeps for ever."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from videojobs_ext.queues.base import QueueService
from videojobs_ext.queues.memory import InMemoryQueueService

IDS = [uuid4() for _ in range(5)]


@pytest.fixture
def queue() -> QueueService:
    return InMemoryQueueService()


def test_jobs_come_out_in_the_order_of_their_arrival(queue):
    for job_id in IDS:
        queue.put(job_id)
    assert len(queue) == 5
    assert queue.snapshot() == IDS
    assert [queue.get(0) for _ in IDS] == IDS
    assert len(queue) == 0


def test_a_job_that_waits_keeps_its_one_place(queue):
    for job_id in (IDS[0], IDS[1], IDS[0]):
        queue.put(job_id)
    assert queue.snapshot() == IDS[:2]
    queue.get(0)
    queue.put(IDS[0])
    assert queue.snapshot() == [IDS[1], IDS[0]]


def test_an_empty_queue_gives_none_in_time(queue):
    assert queue.get(0) is None
    assert queue.get(0.01) is None


def test_a_removed_job_does_not_come_out(queue):
    queue.rebuild(IDS)
    assert queue.remove(IDS[0]) is True
    assert queue.remove(IDS[0]) is False
    assert queue.get(0) == IDS[1]


def test_rebuild_forgets_what_was(queue):
    queue.put(IDS[4])
    queue.rebuild([IDS[0], IDS[1], IDS[0]])
    assert queue.snapshot() == [IDS[0], IDS[1]]


@pytest.mark.parametrize("how", ["put", "rebuild"])
def test_a_waiter_gets_a_job_that_comes(queue, how):
    with ThreadPoolExecutor(1) as threads:
        got = threads.submit(queue.get, 30)
        if how == "put":
            queue.put(IDS[0])
        else:
            queue.rebuild(IDS[:1])
        assert got.result(10) == IDS[0]


def test_wake_ends_a_wait_even_if_it_comes_first(queue):
    with ThreadPoolExecutor(1) as threads:
        got = threads.submit(queue.get)
        queue.wake()
        assert got.result(10) is None
    queue.put(IDS[0])
    queue.wake()
    assert queue.get() is None
    assert queue.get() == IDS[0]


def test_many_threads_take_each_job_once(queue):
    ids = [uuid4() for _ in range(400)]
    taken, lock = [], threading.Lock()

    def take():
        while (job_id := queue.get(0.2)) is not None:
            with lock:
                taken.append(job_id)

    with ThreadPoolExecutor(4) as threads:
        for _ in range(4):
            threads.submit(take)
        for job_id in ids:
            queue.put(job_id)
    assert sorted(taken) == sorted(ids)
