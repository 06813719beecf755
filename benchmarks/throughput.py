"""End-to-end time of jobs against the peers, on the same clip in the same run."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import peers
from benchmarks.clip import RATE, make_clip
from benchmarks.jobs import job_system, timed
from videojobs_ext.rows.reader import RowsReader
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
    console.print(f"motion against ffmpeg -f null: {ratio:.2f} × (target 1.2)")
    console.print(
        f"motion against a cv2 loop: {median['cv2.VideoCapture loop'] / median['motion']:.2f} ×"
    )
    ratio = median["PySceneDetect detect-content"] / median["scene_cuts"]
    console.print(f"scene_cuts against PySceneDetect: {ratio:.2f} × (target 3.0)")
    console.print(f"the same cuts as PySceneDetect: {cuts == their_cuts} ({cuts})")


def _job(clip: Path, pipeline_id: str) -> tuple[float, list[int]]:
    """Return the seconds from submit to completed (children warm, cache empty), and the cuts."""
    with job_system(clip) as services:
        taken, job_id = timed(services, clip, SubmitRequest(pipeline_id))
        keys = services.storage.list(f"jobs/{job_id}/rows")
        cuts = [
            frame.frame_index
            for frame in RowsReader([services.storage.local_path(key) for key in keys]).frames()
            for rows in frame.result.values()
            for row in rows
            if row.get("label") == "cut"
        ]
    return taken, cuts
