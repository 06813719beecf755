"""Child processes of the store's tests: ``python -m tests.jobs.process WHAT URL ARGUMENT``."""

from __future__ import annotations

import sys
from datetime import timedelta

from videojobs_ext.jobs.model import Job
from videojobs_ext.jobs.store import JobStore


def hold(store: JobStore, _argument: str) -> None:
    """Hold the open database until stdin closes."""
    print("open", flush=True)
    sys.stdin.read()
    store.close()


def create(store: JobStore, _argument: str) -> None:
    """Create jobs, and take each up, until killed; say which ones are committed."""
    store.migrate()
    while True:
        job = store.create(Job(pipeline_id="p", pipeline="y" * 500, input_path="x"))
        print(job.job_id, flush=True)
        store.claim(job.job_id, "killed", timedelta(seconds=30))


def claim(store: JobStore, worker_id: str) -> None:
    """Claim the next job until there is none; say which ones were won."""
    while (job := store.claim_next(worker_id, timedelta(seconds=30))) is not None:
        print(job.job_id, flush=True)
    store.close()


def migrate(store: JobStore, _argument: str) -> None:
    """Bring the tables up to date."""
    store.migrate()
    store.close()


if __name__ == "__main__":
    what, url, argument = sys.argv[1:]
    opened = JobStore(url)
    opened.open()
    {"hold": hold, "create": create, "claim": claim, "migrate": migrate}[what](opened, argument)
