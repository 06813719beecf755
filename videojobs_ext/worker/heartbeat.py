"""A running job's pulse: renews the lease, writes progress, and brings the news that end a run."""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta
from uuid import UUID

from videojobs_ext.jobs.errors import DatabaseUnavailable
from videojobs_ext.jobs.model import FailureReason
from videojobs_ext.jobs.store import JobStore
from videojobs_ext.worker.failures import JobCancelled, JobFailed, WorkerStopping
from videojobs_ext.worker.runner import Progress

_log = logging.getLogger("videojobs")

#: A worker that hasn't been heard of for so long has lost its job to others.
LEASE = timedelta(seconds=30)

#: Progress is written to the database at most this often, in seconds.
WRITE_EVERY = 1.0


class Heartbeat:
    """The tick that a worker hands to its runner, for one attempt at one job."""

    def __init__(
        self,
        store: JobStore,
        worker_id: str,
        job_id: UUID,
        *,
        stop: threading.Event,
        timeout: float | None,
    ) -> None:
        self._store = store
        self._worker_id = worker_id
        self._job_id = job_id
        self._stop = stop
        self._timeout = timeout
        self._started = time.monotonic()
        self._written = 0.0
        self._stage: str | None = None
        self._sha256_told = False

    def __call__(self, progress: Progress) -> None:
        """Raise WorkerStopping, JobCancelled, JobFailed (timeout) or LostLease where it is so."""
        if self._stop.is_set():
            raise WorkerStopping
        now = time.monotonic()
        if self._timeout is not None and now - self._started > self._timeout:
            raise JobFailed(
                FailureReason.TIMEOUT,
                f"The job took longer than {self._timeout:g} seconds (VideoJobs.job_timeout).",
            )
        if now - self._written < WRITE_EVERY and progress.stage == self._stage:
            return
        self._written, self._stage = now, progress.stage
        try:
            cancelled = self._write(progress)
        except DatabaseUnavailable as error:
            _log.warning("The database can't be reached; the job goes on: %s", error)
            return
        if cancelled:
            raise JobCancelled

    def _write(self, progress: Progress) -> bool:
        if progress.sha256 is not None and not self._sha256_told:
            self._store.set_input(self._job_id, self._worker_id, progress.sha256)
            self._sha256_told = True
        return self._store.progress(
            self._job_id,
            self._worker_id,
            frames_done=progress.frames_done,
            frames_total=progress.frames_total,
            chunks_done=progress.chunks_done,
            chunks_total=progress.chunks_total,
            stage=progress.stage,
            fps=progress.fps,
            lease=LEASE,
        )
