"""Objects on every frame against the network alone: as many bare loops as there are cores.

As a script (``python -m benchmarks.inference CLIP COUNT``) it is one such loop.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.clip import RATE, make_clip
from benchmarks.jobs import job_system, timed
from benchmarks.ratio import Ratio
from videojobs_ext.services.submission import SubmitRequest
from videojobs_ext.steps.letterbox import letterbox, planes
from videojobs_ext.steps.nanodet import MEAN, SIDE, STD
from videojobs_ext.steps.onnx_session import open_session, packaged_model
from videojobs_ext.video.index import read_frame_index
from videojobs_ext.video.reader import FrameReader

#: Length of the clip in seconds: two cores take ten seconds for it.
SECONDS = 30

#: So many different inputs go round in a bare loop; so many runs warm it up.
INPUTS = 8


def run(folder: Path, *, rounds: int, console: Console) -> list[Ratio]:
    """Measure in rounds in which all take turns; print frames a second, return the ratios."""
    clip = make_clip(folder / f"bench-{SECONDS:g}s.mp4", SECONDS)
    frames = round(SECONDS * RATE)
    cores = len(os.sched_getaffinity(0))
    bare, all_cores, one = [], [], []
    for _ in range(rounds):
        bare.append(_bare(clip, frames, cores))
        all_cores.append(_job(clip, cores))
        one.append(_job(clip, 1))
    table = Table("what", "frames/s, fastest round", title=f"objects in {frames} frames of 1080p")
    for what, taken in (
        (f"the network alone, a loop on each of {cores} cores", bare),
        (f"a job on {cores} cores", all_cores),
        ("a job on one", one),
    ):
        table.add_row(what, f"{frames / min(taken):.1f}")
    console.print(table)
    return [
        Ratio.of_times("objects on all cores against one process", all_cores, one, 1.9),
        Ratio.of_times("objects against the network alone", all_cores, bare, 0.9),
    ]


def _job(clip: Path, workers: int) -> float:
    with job_system(clip, workers) as services:
        # A model is opened by the first frame that needs it.
        timed(services, clip, SubmitRequest("objects", frame_stride=60))
        return timed(services, clip, SubmitRequest("objects"))[0]


def _bare(clip: Path, frames: int, loops: int) -> float:
    """Return the seconds that ``loops`` processes take for all frames together."""
    command = [sys.executable, "-m", "benchmarks.inference", str(clip), str(frames // loops)]
    processes = [
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[1],
            text=True,
        )
        for _ in range(loops)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()  # it is warm
    began = time.perf_counter()
    for process in processes:
        process.communicate("go\n")
    return time.perf_counter() - began


def _loop(clip: Path, count: int) -> None:
    """Run the network ``count`` times on inputs that are ready in memory, when told to."""
    cv2.setNumThreads(1)
    session = open_session(packaged_model("nanodet_g_416.onnx"))
    with FrameReader(clip, read_frame_index(clip)) as reader:
        inputs = [
            planes(letterbox(frame, SIDE, SIDE, fill=0).image, MEAN, STD)
            for frame in reader.read(np.arange(INPUTS))
        ]
    for picture in inputs:
        session.run(None, {"images": picture})
    print("warm", flush=True)
    sys.stdin.readline()
    for number in range(count):
        session.run(None, {"images": inputs[number % INPUTS]})


if __name__ == "__main__":
    _loop(Path(sys.argv[1]), int(sys.argv[2]))
