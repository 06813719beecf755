"""What can go wrong between a caller and the job database."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from videojobs_ext.jobs.model import JobStatus


class UnknownJob(KeyError):
    """No job has this id."""

    def __init__(self, job_id: UUID) -> None:
        super().__init__(job_id)
        self.job_id = job_id

    def __str__(self) -> str:
        return f"There is no job {self.job_id}."


class JobExists(ValueError):
    """A job with this id is in the database already."""

    def __init__(self, job_id: UUID) -> None:
        super().__init__(f"Job {job_id} exists already.")
        self.job_id = job_id


class WrongStatus(Exception):
    """The job's status forbids what was asked; ``wanted`` are the statuses that would allow it."""

    def __init__(self, status: JobStatus, wanted: Iterable[JobStatus]) -> None:
        self.status = status
        self.wanted = tuple(wanted)
        names = " or ".join(self.wanted)
        super().__init__(f"The job is {status}; this works only while it is {names}.")


class LostLease(Exception):
    """The job is no longer this worker's: it was taken back, ended or deleted meanwhile."""

    def __init__(self, job_id: UUID, worker_id: str) -> None:
        super().__init__(f"Job {job_id} is no longer held by worker {worker_id}.")
        self.job_id = job_id
        self.worker_id = worker_id


class DatabaseUnavailable(Exception):
    """The database can't be used now; the text says why, and what would help."""


class DatabaseLocked(DatabaseUnavailable):
    """Another process holds the DuckDB file, which serves one process only.

    ``holder`` is that process's id, where it is known.
    """

    def __init__(self, path: str, holder: int | None) -> None:
        who = "another process" if holder is None else f"process {holder}"
        super().__init__(
            f"{path} is in use by {who}, and a DuckDB file serves one process only. Stop that "
            f"process, or let several share one queue: set VideoJobs.db_url to SQLite "
            f"(sqlite:///jobs.sqlite, one machine) or PostgreSQL (postgresql://user@host/name)."
        )
        self.holder = holder
