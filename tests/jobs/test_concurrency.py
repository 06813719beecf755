"""Many threads, stores and processes at once: each job is won once, and nothing is lost."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import update

from tests.jobs.conftest import LEASE
from videojobs_ext.jobs import database
from videojobs_ext.jobs.errors import DatabaseUnavailable, LostLease, WrongStatus
from videojobs_ext.jobs.model import FailureReason, Job, JobStatus, utc_now
from videojobs_ext.jobs.store import JobStore

THREADS = 4
REPORT = {
    "frames_total": 9,
    "chunks_done": 0,
    "chunks_total": 1,
    "stage": None,
    "fps": None,
    "lease": LEASE,
}


def at_once(*tasks):
    """Run the tasks in threads that start together; return their results."""
    start = threading.Barrier(len(tasks))

    def run(task):
        start.wait()
        return task()

    with ThreadPoolExecutor(len(tasks)) as threads:
        return [future.result() for future in [threads.submit(run, task) for task in tasks]]


def take_all(store: JobStore, worker_id: str) -> list[UUID]:
    taken = []
    while (job := store.claim_next(worker_id, LEASE)) is not None:
        assert (job.worker_id, job.attempt) == (worker_id, 1)
        taken.append(job.job_id)
    return taken


def test_threads_of_one_store_claim_each_job_once(store, new_job):
    ids = [store.create(new_job()).job_id for _ in range(60)]
    taken = at_once(*(lambda name=f"w{n}": take_all(store, name) for n in range(THREADS)))
    assert sorted(chain.from_iterable(taken)) == sorted(ids)


def test_threads_that_want_the_same_job_have_one_winner(store, new_job):
    for _ in range(10):
        job_id = store.create(new_job()).job_id
        claims = at_once(*(partial(store.claim, job_id, f"w{n}", LEASE) for n in range(THREADS)))
        (winner,) = [job for job in claims if job is not None]
        assert store.get(job_id).worker_id == winner.worker_id


def test_stores_of_several_processes_claim_each_job_once(store, new_job, db_url):
    if store.exclusive:
        pytest.skip("DuckDB serves one process only")
    ids = {str(store.create(new_job()).job_id) for _ in range(200)}
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.jobs.process", "claim", db_url, f"w{n}"],
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(2)
    ]
    others = [JobStore(db_url) for _ in range(2)]
    for other in others:
        other.open()
    taken = at_once(*(lambda other=other: take_all(other, "here") for other in others))
    claimed = [str(job_id) for job_id in chain.from_iterable(taken)]
    for child in children:
        claimed += child.communicate()[0].split()
        assert child.returncode == 0
    assert sorted(claimed) == sorted(ids)
    for other in others:
        other.close()


def test_a_worker_and_the_api_use_one_store_at_once(store, new_job):
    jobs = [store.create(new_job()).job_id for _ in range(THREADS)]
    for job_id in jobs:
        store.claim(job_id, "w", LEASE)
    stop = threading.Event()

    def work(job_id):
        try:
            for number in range(40):
                store.progress(job_id, "w", frames_done=number, **REPORT)
        finally:
            stop.set()
        return store.complete(job_id, "w", "out").status

    def ask():
        while not stop.is_set():
            assert len(store.list(limit=100).jobs) >= THREADS
            assert sum(store.counts().values()) >= THREADS

    def submit():
        return [store.create(new_job()).job_id for _ in range(20)]

    results = at_once(*(lambda job_id=job_id: work(job_id) for job_id in jobs), ask, submit)
    assert results[:THREADS] == [JobStatus.COMPLETED] * THREADS
    assert store.queued() == results[-1]


def test_a_job_ends_once_whoever_ends_it(store, new_job):
    for _ in range(8):
        job_id = store.create(new_job()).job_id
        store.claim(job_id, "w", LEASE)
        ends = (
            lambda job_id=job_id: store.complete(job_id, "w", "out"),
            lambda job_id=job_id: store.fail(job_id, "w", FailureReason.ERROR, "no"),
            lambda job_id=job_id: store.fail(job_id, None, FailureReason.TIMEOUT, "no"),
            lambda job_id=job_id: store.hand_back(job_id, "w"),
        )

        def attempt(end):
            try:
                return end().status
            except (LostLease, WrongStatus):
                return None

        outcomes = at_once(*(lambda end=end: attempt(end) for end in ends))
        # A job handed back is pending, which may still fail without a worker.
        won = [outcome for outcome in outcomes if outcome is not None]
        assert len(won) == 1 or (len(won) == 2 and JobStatus.PENDING in won)
        assert store.get(job_id).status in won


def test_cancel_and_claim_leave_a_job_that_ends(store, new_job):
    for _ in range(8):
        job_id = store.create(new_job()).job_id
        claimed, cancelled = at_once(
            lambda job_id=job_id: store.claim(job_id, "w", LEASE),
            lambda job_id=job_id: store.request_cancel(job_id),
        )
        found = store.get(job_id)
        if claimed is None:
            assert found.failure_reason is FailureReason.CANCELLED
        else:
            assert (found.status, found.cancel_requested) == (JobStatus.RUNNING, True)
        assert cancelled.job_id == job_id


def test_recovery_by_two_servers_takes_each_job_back_once(store, new_job):
    ids = [store.create(new_job()).job_id for _ in range(20)]
    for job_id in ids:
        store.claim(job_id, "dead", LEASE)
    recovered = at_once(
        *(lambda: store.recover(lambda _: False, 3, only_expired=False) for _ in range(2))
    )
    assert sorted(recovered[0].requeued + recovered[1].requeued) == sorted(ids)


def test_a_conflict_is_waited_out(store, new_job):
    job_id = store.create(new_job()).job_id
    store.claim(job_id, "w", LEASE)
    engine = store._database._opened()
    with ThreadPoolExecutor(1) as threads, engine.connect() as other:
        other.execute(
            update(Job).where(Job.job_id == job_id).values(name="other", updated_at=utc_now())
        )
        renewed = threads.submit(store.progress, job_id, "w", frames_done=7, **REPORT)
        with pytest.raises(TimeoutError):
            renewed.result(0.1)
        other.commit()
        assert renewed.result(20) is False
    found = store.get(job_id)
    assert (found.name, found.frames_done) == ("other", 7)


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_a_conflict_without_end_is_an_unavailable_database(kind, tmp_path, new_job, monkeypatch):
    monkeypatch.setattr(database, "RETRY_FOR", 0.1)
    monkeypatch.setattr(database, "SQLITE_PATIENCE", 0.1)
    store = JobStore(f"{kind}:///{tmp_path / 'jobs'}")
    store.open()
    store.migrate()
    job_id = store.create(new_job()).job_id
    with store._database._opened().connect() as other:
        other.execute(
            update(Job).where(Job.job_id == job_id).values(name="other", updated_at=utc_now())
        )
        with pytest.raises(DatabaseUnavailable, match="stays busy"):
            store.request_cancel(job_id)
        other.rollback()
    assert store.request_cancel(job_id).failure_reason is FailureReason.CANCELLED
    store.close()


def test_a_server_that_was_restarted_is_found_again(store, new_job, db_url):
    if not db_url.startswith("postgresql"):
        pytest.skip("only PostgreSQL has connections that others can cut")
    job_id = store.create(new_job()).job_id
    with psycopg.connect(db_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert store.get(job_id).job_id == job_id


@pytest.mark.timeout(60)
def test_a_caller_that_finds_every_connection_taken_waits(store, new_job):
    job_id = store.create(new_job()).job_id
    found = at_once(*(lambda: [store.get(job_id).job_id for _ in range(5)] for _ in range(40)))
    assert found == [[job_id] * 5] * 40
