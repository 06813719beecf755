"""A job system of its own for each measurement: children warm, cache empty."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from videojobs_ext.jobs.model import JobStatus
from videojobs_ext.services.services import Services
from videojobs_ext.services.settings import Settings
from videojobs_ext.services.submission import SubmitRequest


@contextmanager
def job_system(clip: Path) -> Iterator[Services]:
    """Give a running job system, with one child for each core, over the folder of a clip."""
    with tempfile.TemporaryDirectory() as temporary:
        data_dir = Path(temporary)
        services = Services(
            Settings(
                data_dir=data_dir,
                root_dir=clip.parent,
                db_url=f"duckdb:///{data_dir / 'jobs.duckdb'}",
                storage_url=str(data_dir / "files"),
                workers=len(os.sched_getaffinity(0)),
            )
        )
        services.start()
        try:
            # A frame of each chunk, so that every child has had one.
            timed(services, clip, SubmitRequest("quality", frame_stride=60))
            yield services
        finally:
            services.stop()


def timed(services: Services, clip: Path, request: SubmitRequest) -> tuple[float, UUID]:
    """Return the seconds from submit to completed."""
    began = time.perf_counter()
    job_id = services.submissions.submit_path(clip.name, request).job_id
    while (job := services.jobs.get(job_id)).status in (JobStatus.PENDING, JobStatus.RUNNING):
        time.sleep(0.03)  # each look costs a query
    if job.status is not JobStatus.COMPLETED:
        raise RuntimeError(f"The job failed: {job.error_message}")
    return time.perf_counter() - began, job_id
