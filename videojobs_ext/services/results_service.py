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
from videojobs_ext.rows.lanes import Lane, read_lanes
from videojobs_ext.rows.reader import FrameResult, RowsReader
from videojobs_ext.rows.schema import RowsMetadata
from videojobs_ext.services.errors import NotCompleted, NotThere, UnknownFormat
from videojobs_ext.storage.base import StorageService
from videojobs_ext.storage.layout import job_key
from videojobs_ext.video.index import FrameIndex

#: A timeline's least length in seconds: a video of one picture still has one.
SHORTEST = 1e-3


@dataclass(frozen=True)
class RowFilter:
    """Which rows: of one step, between two times (seconds, [from, to)), a slice of the frames."""

    step: str | None = None
    from_time: float | None = None
    to_time: float | None = None
    offset: int = 0
    limit: int | None = None


@dataclass(frozen=True)
class Timeline:
    """The lanes of [from_time, to_time) (seconds), and how many lanes were left out.

    ``width`` and ``height`` are those of the upright frame in pixels.
    """

    from_time: float
    to_time: float
    width: int
    height: int
    lanes: list[Lane]
    left_out: int


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

    def timeline(
        self, job_id: UUID, from_time: float | None, to_time: float | None, bins: int
    ) -> Timeline:
        """Return the lanes of a job's rows so far; of the whole video unless told otherwise.

        Raises NotThere before the job has begun.
        """
        self._store.get(job_id)
        try:
            index = FrameIndex.load(self._storage.local_path(job_key(job_id, "frames.parquet")))
        except FileNotFoundError:
            raise NotThere("The job has no frame index yet.") from None
        begin = float(index.pts[0] * index.time_base) if from_time is None else from_time
        end = max(index.end_time if to_time is None else to_time, begin + SHORTEST)
        parts = self._parts(job_id)
        lanes, left_out = read_lanes(parts, begin, end, bins) if parts else ([], 0)
        order = {step: number for number, step in enumerate(self._steps(parts))}
        lanes.sort(key=lambda lane: order.get(lane.step, len(order)))
        return Timeline(begin, end, index.width, index.height, lanes, left_out)

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
        return RowsReader(self._parts(job_id))

    def _parts(self, job_id: UUID) -> list[Path]:
        keys = self._storage.list(job_key(job_id, "rows"))
        return [self._storage.local_path(key) for key in keys]

    @staticmethod
    def _steps(parts: list[Path]) -> tuple[str, ...]:
        return RowsMetadata.read(parts[0]).steps if parts else ()
