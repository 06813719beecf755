"""SIGKILL at any moment: every job whose creation was acknowledged is there afterwards."""

from __future__ import annotations

import random
import subprocess
import sys
from uuid import UUID

import pytest

from videojobs_ext.jobs.model import JobStatus
from videojobs_ext.jobs.store import JobStore

ROUNDS = 15


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_acknowledged_job_is_lost_when_the_process_is_killed(db_url):
    acknowledged: set[str] = set()
    moments = random.Random(20)
    for _ in range(ROUNDS):
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.jobs.process", "create", db_url, ""],
            stdout=subprocess.PIPE,
            text=True,
        )
        new = {child.stdout.readline() for _ in range(moments.randrange(1, 60))}
        child.kill()
        new |= set(child.communicate()[0].splitlines(keepends=True))
        new = {line.strip() for line in new if line.endswith("\n")}
        acknowledged |= new

        store = JobStore(db_url)
        store.open()
        store.recover(lambda _: False, max_attempts=3, only_expired=False)
        jobs = store.list(limit=10_000).jobs
        assert acknowledged <= {str(job.job_id) for job in jobs}
        assert {job.status for job in jobs} == {JobStatus.PENDING}
        assert len(store.queued()) == len(jobs)
        for job_id in new:  # a stale index would show here
            assert store.get(UUID(job_id)).status is JobStatus.PENDING
        store.close()
    assert len(acknowledged) > ROUNDS
