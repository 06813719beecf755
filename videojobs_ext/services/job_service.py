"""What can be asked of a job and done to it, besides its rows and results."""

from __future__ import annotations

import builtins
import contextlib
import mimetypes
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from videojobs_ext.jobs.model import PROGRESS, TERMINAL, Job, JobStatus
from videojobs_ext.jobs.store import JobFilter, JobPage, JobStore
from videojobs_ext.queues.base import QueueService
from videojobs_ext.services.errors import NotThere
from videojobs_ext.services.settings import Settings
from videojobs_ext.storage.base import StorageService
from videojobs_ext.storage.errors import StorageFull
from videojobs_ext.storage.layout import job_key
from videojobs_ext.video.index import FrameIndex
from videojobs_ext.worker.failures import JobFailed
from videojobs_ext.worker.inputs import is_in_place, resolve_input
from videojobs_ext.worker.job_record import write_record


@dataclass(frozen=True)
class JobStatusView:
    """A job and what is derived from it: its progress, time left, and place in the queue."""

    job: Job
    progress: float
    fraction: float
    eta_seconds: float | None
    queue_position: int | None


@dataclass(frozen=True)
class ArtifactInfo:
    """One file that a job made besides its rows; size in bytes."""

    name: str
    size: int
    media_type: str


class JobService:
    """Answers for jobs; every method may be called from any thread, and blocks.

    Every method raises UnknownJob for an id that no job has.
    """

    def __init__(
        self,
        settings: Settings,
        store: JobStore,
        queue: QueueService,
        storage: StorageService,
        inputs_lock: threading.Lock,
    ) -> None:
        self._settings = settings
        self._store = store
        self._queue = queue
        self._storage = storage
        self._inputs_lock = inputs_lock

    def get(self, job_id: UUID) -> Job:
        """Return a job as the database has it."""
        return self._store.get(job_id)

    def status(self, job_id: UUID) -> JobStatusView:
        """Return a job and how far it is."""
        return self.view(self._store.get(job_id))

    def view(self, job: Job) -> JobStatusView:
        """Return what is derived from a job."""
        position = None
        if job.status is JobStatus.PENDING:
            position = self._store.queue_position(job.job_id)
        return JobStatusView(job, PROGRESS[job.status], _fraction(job), _eta(job), position)

    def list(self, chosen: JobFilter, *, sort: str, limit: int, cursor: str | None) -> JobPage:
        """Return one page of jobs; ValueError for a sort or a cursor that doesn't exist."""
        return self._store.list(chosen, sort=sort, limit=limit, cursor=cursor)

    def cancel(self, job_id: UUID) -> Job:
        """Cancel a job: at once where it waits, within two seconds where it runs.

        Raises WrongStatus when it has ended already.
        """
        job = self._store.request_cancel(job_id)
        self._queue.remove(job_id)
        if job.status in TERMINAL:  # it waited; a running one's record is its worker's
            self._keep_record(job)
        return job

    def retry(self, job_id: UUID) -> Job:
        """Queue a failed job again; what it has done stays done. Raises WrongStatus otherwise."""
        job = self._store.retry(job_id)
        self._keep_record(job)
        self._queue.put(job_id)
        return job

    def delete(self, job_id: UUID) -> None:
        """Remove a job, its files, and its upload when no other job uses it.

        Raises WrongStatus while it runs: cancel it first. A file that was analyzed in place stays.
        """
        with self._inputs_lock:
            job = self._store.get(job_id)
            self._store.delete(job_id)
            self._queue.remove(job_id)
            if not is_in_place(job) and self._store.inputs_in_use(job.input_path) == 0:
                self._storage.delete(job.input_path)
        self._storage.delete_tree(job_key(job_id))
        shutil.rmtree(self._storage.scratch(f"jobs/{job_id}"), ignore_errors=True)

    def log(self, job_id: UUID) -> Path:
        """Return the log: of the running attempt where there is one, else of the last."""
        job = self._store.get(job_id)
        running = self._storage.scratch(f"jobs/{job_id}") / "log.txt"
        # An ended job's log is kept before the end is committed, and the running one goes after.
        if job.status not in TERMINAL and running.exists():
            return running
        return self._file(job_id, "log.txt", "no log yet")

    def artifacts(self, job_id: UUID) -> builtins.list[ArtifactInfo]:
        """Return the files that the job has made besides its rows."""
        self._store.get(job_id)
        prefix = job_key(job_id, "artifacts")
        return [
            ArtifactInfo(name, self._storage.size(key), media_type(name))
            for key in self._storage.list(prefix)
            for name in [key.removeprefix(f"{prefix}/")]
        ]

    def artifact(self, job_id: UUID, name: str) -> Path:
        """Return one artifact; raises NotThere."""
        if name not in {artifact.name for artifact in self.artifacts(job_id)}:
            raise NotThere(f"The job has no artifact {name!r}.")
        return self._storage.local_path(job_key(job_id, "artifacts", name))

    def thumbnail(self, job_id: UUID) -> Path:
        """Return the poster, a JPEG of one telling frame; raises NotThere."""
        self._store.get(job_id)
        return self._file(job_id, "poster.jpg", "no thumbnail yet")

    def video(self, job_id: UUID) -> Path:
        """Return the video that the job analyzes; raises NotThere when it is gone."""
        job = self._store.get(job_id)
        try:
            return resolve_input(
                job,
                self._storage,
                self._settings.roots,
                allow_hidden=self._settings.allow_hidden,
            )
        except JobFailed as failure:
            raise NotThere(str(failure)) from None

    def frames(self, job_id: UUID) -> FrameIndex:
        """Return the table of the video's frames; raises NotThere before the job has begun."""
        self._store.get(job_id)
        return FrameIndex.load(self._file(job_id, "frames.parquet", "no frame index yet"))

    def _keep_record(self, job: Job) -> None:
        """Write what became of a job; a full disk is no reason to refuse what has happened."""
        with contextlib.suppress(StorageFull):
            write_record(self._storage, job)

    def _file(self, job_id: UUID, name: str, lacking: str) -> Path:
        try:
            return self._storage.local_path(job_key(job_id, name))
        except FileNotFoundError:
            raise NotThere(f"The job has {lacking}.") from None


def media_type(name: str) -> str:
    """Return the media type of a file name, octet-stream where it isn't known."""
    if name.endswith(".vtt"):
        return "text/vtt"
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _fraction(job: Job) -> float:
    if job.status is JobStatus.COMPLETED:
        return 1.0
    return min(job.frames_done / job.frames_total, 1.0) if job.frames_total else 0.0


def _eta(job: Job) -> float | None:
    if job.status is not JobStatus.RUNNING or not job.fps or job.frames_total is None:
        return None
    return max(job.frames_total - job.frames_done, 0) / job.fps
