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

#: Seconds between two looks at a running job.
LOOK = 0.005


@contextmanager
def job_system(clip: Path, workers: int | None = None) -> Iterator[Services]:
    """Give a running job system over the folder of a clip, by default with a child a core."""
    with tempfile.TemporaryDirectory() as temporary:
        data_dir = Path(temporary)
        services = Services(
            Settings(
                data_dir=data_dir,
                root_dir=clip.parent,
                db_url=f"duckdb:///{data_dir / 'jobs.duckdb'}",
                storage_url=str(data_dir / "files"),
                workers=workers or len(os.sched_getaffinity(0)),
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
    assert services.worker is not None
    while (job := services.jobs.get(job_id)).status in (JobStatus.PENDING, JobStatus.RUNNING):
        time.sleep(LOOK)
        # A look into the database costs 2 ms of the processors that are measured.
        while services.worker.current == job_id:
            time.sleep(LOOK)
    if job.status is not JobStatus.COMPLETED:
        raise RuntimeError(f"The job failed: {job.error_message}")
    return time.perf_counter() - began, job_id
