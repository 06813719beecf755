"""A store on each database, and jobs to put into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from videojobs_ext.jobs.model import Job
from videojobs_ext.jobs.store import JobStore

LEASE = timedelta(seconds=30)


@pytest.fixture
def store(db_url: str) -> Iterator[JobStore]:
    """An open store with its tables, on each kind of database."""
    store = JobStore(db_url)
    store.open()
    store.migrate()
    yield store
    store.close()


@pytest.fixture
def sqlite(tmp_path) -> Iterator[JobStore]:
    """An open store for what doesn't depend on the kind of database."""
    store = JobStore(f"sqlite:///{tmp_path / 'jobs.sqlite'}")
    store.open()
    store.migrate()
    yield store
    store.close()


@pytest.fixture
def new_job() -> Callable[..., Job]:
    """Makes a pending job, with fields as they are given."""

    def make(**fields: Any) -> Job:
        return Job(
            **{
                "pipeline_id": "motion",
                "pipeline": "id: motion\n",
                "input_path": "inputs/abc.mp4",
                "input_name": "clip.mp4",
                "name": "clip",
            }
            | fields
        )

    return make
