"""Rows and results: pages while the job runs, whole files once it is completed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pyarrow as pa

from videojobs_ext.jobs.model import Job, JobStatus
from videojobs_ext.jobs.store import JobStore
from videojobs_ext.rows.exports import EXPORTS, ExportContext, VideoFacts
from videojobs_ext.rows.reader import FrameResult, RowsReader
from videojobs_ext.services.errors import NotCompleted, NotThere, UnknownFormat
from videojobs_ext.storage.base import StorageService
from videojobs_ext.storage.layout import job_key
from videojobs_ext.video.index import FrameIndex


@dataclass(frozen=True)
class RowFilter:
    """Which rows: of one step, between two times (seconds, [from, to)), a slice of the frames."""

    step: str | None = None
    from_time: float | None = None
    to_time: float | None = None
    offset: int = 0
    limit: int | None = None


class ResultsService:
    """Answers for rows; every method may be called from any thread, and blocks."""

    def __init__(self, store: JobStore, storage: StorageService) -> None:
        self._store = store
        self._storage = storage
        self._exporting = threading.Lock()

    def completed(self, job_id: UUID) -> Job:
        """Return a completed job; raises UnknownJob, or NotCompleted with the status it has."""
        job = self._store.get(job_id)
        if job.status is not JobStatus.COMPLETED:
            raise NotCompleted(job.status)
        return job

    def results_file(self, job_id: UUID) -> Path:
        """Return results.json of a completed job."""
        job = self.completed(job_id)
        try:
            return self._storage.local_path(job.output_path or "")
        except (FileNotFoundError, ValueError):
            raise NotThere("The job's results are no longer there: retry it.") from None

    def page(self, job_id: UUID, chosen: RowFilter) -> Iterator[FrameResult]:
        """Iterate over the results of a completed job, frame by frame."""
        self.completed(job_id)
        return self._reader(job_id).frames(
            offset=chosen.offset,
            limit=chosen.limit,
            from_time=chosen.from_time,
            to_time=chosen.to_time,
            step=chosen.step,
        )

    def rows(self, job_id: UUID, chosen: RowFilter) -> Iterator[pa.RecordBatch]:
        """Iterate over a job's rows so far, also while it runs, in batches of the row schema."""
        self._store.get(job_id)
        return self._reader(job_id).batches(
            offset=chosen.offset,
            limit=chosen.limit,
            from_time=chosen.from_time,
            to_time=chosen.to_time,
            step=chosen.step,
        )

    def export(self, job_id: UUID, format_name: str) -> Path:
        """Return a completed job's results in one of the formats of ``rows.exports``.

        Made when first asked for, then kept beside the job. Raises UnknownFormat, and
        NothingToExport when the job has no rows of the kind that the format holds.
        """
        if format_name not in EXPORTS:
            raise UnknownFormat(
                f"There is no export {format_name!r}; there are: {', '.join(sorted(EXPORTS))}."
            )
        if format_name == "json":
            return self.results_file(job_id)
        job = self.completed(job_id)
        export = EXPORTS[format_name]
        key = job_key(job_id, "exports", f"results{export.EXTENSION}")
        with self._exporting:
            if not self._storage.exists(key):
                made = self._storage.scratch(f"jobs/{job_id}") / f"results{export.EXTENSION}"
                export.write(self._reader(job_id), made, self._context(job))
                self._storage.put(made, key)
        return self._storage.local_path(key)

    def _context(self, job: Job) -> ExportContext:
        index = FrameIndex.load(self._storage.local_path(job_key(job.job_id, "frames.parquet")))
        video = VideoFacts(job.input_name, len(index), index.end_time)
        return ExportContext(job.job_id, job.name, job.created_at, job.updated_at, video)

    def _reader(self, job_id: UUID) -> RowsReader:
        keys = self._storage.list(job_key(job_id, "rows"))
        return RowsReader([self._storage.local_path(key) for key in keys])
