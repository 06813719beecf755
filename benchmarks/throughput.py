"""End-to-end time of jobs against the peers, on the same clip in the same run."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from rich.console import Console
from rich.table import Table

from benchmarks import peers
from benchmarks.clip import RATE, make_clip
from videojobs_ext.jobs.model import JobStatus
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.services.services import Services
from videojobs_ext.services.settings import Settings
from videojobs_ext.services.submission import SubmitRequest


def run(folder: Path, *, seconds: float, rounds: int, console: Console) -> None:
    """Measure and print; a figure is the median of ``rounds`` in which all take turns."""
    clip = make_clip(folder / f"bench-{seconds:g}s.mp4", seconds)
    frames = round(seconds * RATE)
    times: dict[str, list[float]] = {}
    cuts: list[int] = []
    their_cuts: list[int] = []

    def measure(name: str, call: Callable[[], float]) -> None:
        times.setdefault(name, []).append(call())

    for _ in range(rounds):
        measure("ffmpeg -f null", lambda: peers.ffmpeg_null(clip))
        measure("motion", lambda: _job(clip, "motion")[0])
        measure("cv2.VideoCapture loop", lambda: peers.cv2_loop(clip))
        taken, cuts = _job(clip, "scene_cuts")
        times.setdefault("scene_cuts", []).append(taken)
        taken, their_cuts = peers.scene_detect(clip)
        times.setdefault("PySceneDetect detect-content", []).append(taken)

    median = {name: statistics.median(taken) for name, taken in times.items()}
    table = Table(
        "what", "seconds", "frames/s", title=f"{frames} frames of 1080p, {os.cpu_count()} cores"
    )
    for name, taken in sorted(median.items(), key=lambda item: item[1]):
        table.add_row(name, f"{taken:.2f}", f"{frames / taken:.0f}")
    console.print(table)
    ratio = median["ffmpeg -f null"] / median["motion"]
    console.print(f"motion against ffmpeg -f null: {ratio:.2f} × (target 1.0)")
    console.print(
        f"motion against a cv2 loop: {median['cv2.VideoCapture loop'] / median['motion']:.2f} ×"
    )
    ratio = median["PySceneDetect detect-content"] / median["scene_cuts"]
    console.print(f"scene_cuts against PySceneDetect: {ratio:.2f} × (target 1.8)")
    console.print(f"the same cuts as PySceneDetect: {cuts == their_cuts} ({cuts})")


def _job(clip: Path, pipeline_id: str) -> tuple[float, list[int]]:
    """Return the seconds from submit to completed (children warm, cache empty), and the cuts."""
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
            _warm(services, clip)
            began = time.perf_counter()
            job_id = _submit(services, clip, pipeline_id)
            _wait(services, job_id)
            taken = time.perf_counter() - began
            parts = [
                services.storage.local_path(k) for k in services.storage.list(f"jobs/{job_id}/rows")
            ]
            cuts = [
                frame.frame_index
                for frame in RowsReader(parts).frames()
                for rows in frame.result.values()
                for row in rows
                if row.get("label") == "cut"
            ]
        finally:
            services.stop()
    return taken, cuts


def _warm(services: Services, clip: Path) -> None:
    job = services.submissions.submit_path(
        clip.name, SubmitRequest("quality", max_frames=2 * services.settings.workers)
    )
    _wait(services, job.job_id)


def _submit(services: Services, clip: Path, pipeline_id: str) -> UUID:
    return services.submissions.submit_path(clip.name, SubmitRequest(pipeline_id)).job_id


def _wait(services: Services, job_id: UUID) -> None:
    while (job := services.jobs.get(job_id)).status in (JobStatus.PENDING, JobStatus.RUNNING):
        time.sleep(0.01)
    if job.status is not JobStatus.COMPLETED:
        raise RuntimeError(f"The job failed: {job.error_message}")
