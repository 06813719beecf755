"""Waiting for a job: the bar, the limit of time, and the errors in which it can end."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from videojobs_ext.client.errors import JobFailed, WaitTimeout
from videojobs_ext.client.progress import JobBar
from videojobs_ext.client.shapes import JobStatus
from videojobs_ext.client.watching import Seen


class Waiting:
    """One wait for one job; fed with looks at the job, which another makes."""

    def __init__(self, job_id: str, *, timeout: float | None, progress: bool) -> None:
        self._job_id = job_id
        self._timeout = timeout
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._progress = progress
        self._bar: JobBar | None = None

    def take(self, seen: Seen) -> JobStatus | None:
        """Draw a look and return the job's status once it is completed.

        Raises JobFailed when it failed, and WaitTimeout.
        """
        self._draw(seen)
        status = seen.status
        if seen.ended and status is not None:
            if status["status"] == "failed":
                raise JobFailed(why(status), status)
            return status
        if self._deadline is not None and time.monotonic() >= self._deadline:
            raise WaitTimeout(
                f"Job {self._job_id} is not done after {self._timeout:g} s; it goes on running. "
                "wait() shows it again."
            )
        return None

    def _draw(self, seen: Seen) -> None:
        status = seen.status
        if self._progress and self._bar is None and status is not None:
            self._bar = JobBar(status["name"] or status["input_name"])
        if self._bar is None:
            return
        if seen.away:
            self._bar.show_away(seen.away)
        elif status is not None:
            self._bar.show(status)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave the bar as it stands, and say that an interrupt does not stop the job."""
        if isinstance(error, KeyboardInterrupt):
            sys.stderr.write(
                f"\nJob {self._job_id} goes on running on the server. "
                f'client.wait("{self._job_id}") shows it again, '
                f'client.cancel("{self._job_id}") stops it.\n'
            )
        if self._bar is not None:
            self._bar.close()


def why(status: JobStatus) -> str:
    """Say why a job failed and what can be done."""
    job_id = status["job_id"]
    if status["failure_reason"] == "cancelled":
        return f"Job {job_id} was cancelled. retry() continues it from its last finished chunk."
    said = status["error_message"] or status["failure_reason"] or "no reason given"
    advice = {
        "timeout": "Raise c.VideoJobs.job_timeout or analyze fewer frames, then retry().",
        "out_of_memory": "Raise c.VideoJobs.memory_limit_per_process, then retry().",
        "bad_video": "The rows up to there are kept: table() returns them.",
        "missing_input": "Submit the video again.",
    }.get(status["failure_reason"] or "", "log() shows its log; retry() tries it once more.")
    return f"Job {job_id} failed: {said.rstrip('.')}. {advice}"
