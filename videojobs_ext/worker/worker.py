"""The worker: takes jobs from the queue, one after the other, and sees each to its end."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from videojobs_ext.jobs.errors import DatabaseUnavailable, LostLease, UnknownJob, WrongStatus
from videojobs_ext.jobs.model import FailureReason, Job
from videojobs_ext.jobs.store import JobStore
from videojobs_ext.queues.base import QueueService
from videojobs_ext.storage.layout import job_key
from videojobs_ext.worker.failures import (
    JobCancelled,
    JobFailed,
    WorkerStopping,
    failure_of,
)
from videojobs_ext.worker.heartbeat import LEASE, WRITE_EVERY, Heartbeat
from videojobs_ext.worker.identity import may_be_alive, new_worker_id
from videojobs_ext.worker.inputs import is_in_place, resolve_input
from videojobs_ext.worker.job_log import JobLog
from videojobs_ext.worker.job_record import write_record
from videojobs_ext.worker.runner import JobRunner, RunRequest, RunResult

_log = logging.getLogger("videojobs")

#: How often an idle worker looks into a database that it shares with others, in seconds.
POLL_SHARED = 1.0

#: How often an idle worker looks for jobs whose worker died, in seconds.
RECOVER_EVERY = 10.0


class JobWorker:
    """Drives jobs from pending to completed or failed; one thread runs it, any thread stops it."""

    def __init__(
        self,
        store: JobStore,
        queue: QueueService,
        runner: JobRunner,
        *,
        allowed_roots: tuple[Path, ...],
        allow_hidden: bool = False,
        job_timeout: float | None = None,
        max_attempts: int = 3,
        housekeeping: Callable[[], None] | None = None,
    ) -> None:
        self.worker_id = new_worker_id()
        self._store = store
        self._queue = queue
        self._runner = runner
        self._storage = runner.storage
        self._allowed_roots = allowed_roots
        self._allow_hidden = allow_hidden
        self._job_timeout = job_timeout
        self._max_attempts = max_attempts
        self._housekeeping = housekeeping
        self._stop = threading.Event()
        self._recovered_at = 0.0
        self.current: UUID | None = None

    def recover(self) -> None:
        """Take back jobs whose worker is gone, and fill the queue from the database."""
        # A worker of this machine that died is known at once; of others only the lease tells.
        died = self._store.recover(may_be_alive, self._max_attempts, only_expired=False)
        silent = self._store.recover(lambda _: False, self._max_attempts, only_expired=True)
        for job_id in (*died.requeued, *silent.requeued):
            _log.warning("Job %s was interrupted and goes on from its last chunk.", job_id)
        for job_id in (*died.failed, *silent.failed):
            job = self._store.get(job_id)
            _log.error("Job %s, interrupted, has failed: %s", job_id, job.error_message)
            write_record(self._storage, job)
        self._queue.rebuild(self._store.queued())
        self._recovered_at = time.monotonic()

    def run_forever(self) -> None:
        """Work until ``stop`` is called; a job in hand then goes back to the queue."""
        while not self._stop.is_set():
            try:
                if time.monotonic() - self._recovered_at > RECOVER_EVERY:
                    self._recover_when_shared()
                if self.run_once(timeout=POLL_SHARED) is None and self._housekeeping is not None:
                    self._housekeeping()
            except DatabaseUnavailable as error:
                _log.warning("The database can't be reached, trying again: %s", error)
                self._stop.wait(POLL_SHARED)
            except Exception:  # noqa: BLE001 — the thread must outlive any one job
                _log.exception("The worker met an error that is its own; it goes on.")
                self._stop.wait(POLL_SHARED)

    def run_once(self, timeout: float | None = None) -> UUID | None:
        """Take one job and see it to its end; returns its id, or None when there is none."""
        job = self._claim(timeout)
        if job is None or self._stop.is_set():
            if job is not None:
                self._store.hand_back(job.job_id, self.worker_id)
            return None
        self.current = job.job_id
        try:
            self._run(job)
        finally:
            self.current = None
        return job.job_id

    def stop(self) -> None:
        """Ask the worker to stop; it hands back its job within a second or two."""
        self._stop.set()
        self._queue.wake()

    def _recover_when_shared(self) -> None:
        if self._store.exclusive:
            self._recovered_at = time.monotonic()
        else:
            self.recover()

    def _claim(self, timeout: float | None) -> Job | None:
        job_id = self._queue.get(timeout)
        if job_id is not None:
            return self._store.claim(job_id, self.worker_id, LEASE)
        # A database that others write to may hold jobs that this queue has never heard of.
        return None if self._store.exclusive else self._store.claim_next(self.worker_id, LEASE)

    def _run(self, job: Job) -> None:
        log = self._open_log(job)
        log.write(f"attempt {job.attempt} by {self.worker_id}")
        try:
            result = self._analyze(job, log)
        except WorkerStopping:
            log.write("the worker stops; the job goes back to the queue")
            self._settle(lambda: self._store.hand_back(job.job_id, self.worker_id))
        except LostLease:
            _log.warning("Job %s is another worker's now.", job.job_id)
        except JobCancelled:
            self._fail(job, log, FailureReason.CANCELLED, "Cancelled by its user.")
        except JobFailed as failed:
            self._fail(job, log, failed.reason, str(failed))
        except Exception as error:  # noqa: BLE001 — every job must end, whatever went wrong
            failure = failure_of(error) or self._unexpected(job, error)
            for note in getattr(error, "__notes__", ()):
                log.write(note)
            self._fail(job, log, failure.reason, str(failure))
        else:
            self._complete(job, log, result)

    def _analyze(self, job: Job, log: JobLog) -> RunResult:
        request = RunRequest(
            job_id=job.job_id,
            name=job.name,
            pipeline=job.pipeline,
            video=resolve_input(
                job, self._storage, self._allowed_roots, allow_hidden=self._allow_hidden
            ),
            sha256=job.input_sha256,
            in_place=is_in_place(job),
            created_at=job.created_at,
            completed_like=lambda sha256: self._store.completed_like(job.pipeline, sha256),
        )
        heartbeat = Heartbeat(
            self._store, self.worker_id, job.job_id, stop=self._stop, timeout=self._job_timeout
        )
        return self._runner.run(request, log, heartbeat)

    def _complete(self, job: Job, log: JobLog, result: RunResult) -> None:
        log.write(
            f"completed: {result.chunks_computed} chunks computed, {result.chunks_reused} reused"
        )
        self._keep_log(job, log)
        self._settle(
            lambda: self._store.complete(
                job.job_id, self.worker_id, result.output_path, list(result.warnings)
            )
        )
        self._clear(job)

    def _fail(self, job: Job, log: JobLog, reason: FailureReason, message: str) -> None:
        log.write(f"failed ({reason}): {message}")
        self._keep_log(job, log)
        self._settle(lambda: self._store.fail(job.job_id, self.worker_id, reason, message))
        self._clear(job)

    def _settle(self, transition: Callable[[], Job]) -> None:
        """Make a job's last transition, however long the database takes to come back."""
        while True:
            try:
                write_record(self._storage, transition())
            except DatabaseUnavailable as error:
                _log.warning("The database can't be reached, trying again: %s", error)
                if self._stop.wait(WRITE_EVERY):
                    return  # the next worker finds the job by its lease, and all chunks done
            except (LostLease, UnknownJob, WrongStatus) as error:
                _log.warning("A job was taken away at its end: %s", error)
                return
            else:
                return

    def _open_log(self, job: Job) -> JobLog:
        """Return the job's log, which goes on where an earlier attempt ended it."""
        path = self._storage.scratch(f"jobs/{job.job_id}") / "log.txt"
        kept = job_key(job.job_id, "log.txt")
        if not path.exists() and self._storage.exists(kept):
            path.write_bytes(self._storage.read_bytes(kept))
        return JobLog(path)

    def _clear(self, job: Job) -> None:
        shutil.rmtree(self._storage.scratch(f"jobs/{job.job_id}"), ignore_errors=True)

    def _keep_log(self, job: Job, log: JobLog) -> None:
        self._storage.write_bytes(job_key(job.job_id, "log.txt"), log.path.read_bytes())

    @staticmethod
    def _unexpected(job: Job, error: Exception) -> JobFailed:
        _log.error("Job %s met an error that is ours.", job.job_id, exc_info=error)
        return JobFailed(FailureReason.ERROR, f"Unexpected {type(error).__name__}: {error}")
