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
from benchmarks.ratio import Ratio
from videojobs_ext.client.functions import pack
from videojobs_ext.pipelines.spec import FunctionSource
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.services.submission import SubmitRequest
from videojobs_ext.video.reader import Frame

FFMPEG = "ffmpeg -f null"
LOOP = "a loop of cv2.VideoCapture"
DETECT = "PySceneDetect's detect-content"
NOTHING = "a step that does nothing with full BGR"


def run(folder: Path, *, seconds: float, rounds: int, console: Console) -> list[Ratio]:
    """Measure in ``rounds`` in which all take turns; print the times, return the ratios."""
    clip = make_clip(folder / f"bench-{seconds:g}s.mp4", seconds)
    frames = round(seconds * RATE)
    times: dict[str, list[float]] = {}
    cuts: list[int] = []
    their_cuts: list[int] = []

    def measure(name: str, call: Callable[[], float]) -> None:
        times.setdefault(name, []).append(call())

    for _ in range(rounds):
        measure(FFMPEG, lambda: peers.ffmpeg_null(clip))
        measure("motion", lambda: _job(clip, "motion")[0])
        measure(LOOP, lambda: peers.cv2_loop(clip))
        measure(NOTHING, lambda: _nothing(clip))
        taken, cuts = _job(clip, "scene_cuts")
        times.setdefault("scene_cuts", []).append(taken)
        taken, their_cuts = peers.scene_detect(clip)
        times.setdefault(DETECT, []).append(taken)

    title = f"{frames} frames of 1080p, {os.cpu_count()} cores"
    table = Table("what", "seconds, median", "fastest", "frames/s", title=title)
    for name, all_taken in sorted(times.items(), key=lambda item: min(item[1])):
        fastest = min(all_taken)
        middle = statistics.median(all_taken)
        table.add_row(name, f"{middle:.2f}", f"{fastest:.2f}", f"{frames / fastest:.0f}")
    console.print(table)
    console.print(f"the same cuts as PySceneDetect: {cuts == their_cuts} ({cuts})")
    return [
        Ratio.of_times(f"motion against {FFMPEG}", times["motion"], times[FFMPEG], 1.2),
        Ratio.of_times(f"scene_cuts against {DETECT}", times["scene_cuts"], times[DETECT], 3.0),
        Ratio.of_times(f"{NOTHING} against {LOOP}", times[NOTHING], times[LOOP], 1.6),
    ]


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


def _nothing(clip: Path) -> float:
    """Return the seconds of a step that asks for the whole picture and says nothing."""

    def look(frame: Frame) -> None:  # in here, so that it is sent by value
        frame.bgr()

    functions = {name: FunctionSource(**source) for name, source in pack([look]).items()}
    with job_system(clip) as services:
        return timed(services, clip, SubmitRequest("functions", functions=functions))[0]
