"""What a service refuses, each with a message that tells the user what to do."""

from __future__ import annotations

from videojobs_ext.jobs.model import JobStatus


class LimitExceeded(Exception):
    """A request that is over one of the configured limits; ``limit`` is the limit's name."""

    def __init__(self, limit: str, message: str) -> None:
        super().__init__(message)
        self.limit = limit


class NotCompleted(Exception):
    """The results of a job that isn't completed were asked for."""

    def __init__(self, status: JobStatus) -> None:
        super().__init__(f"The job has no results: it is {status}, not completed.")
        self.status = status


class NotThere(Exception):
    """A file that the job doesn't have, or doesn't have yet."""


class UnknownFormat(Exception):
    """No export has that name."""
