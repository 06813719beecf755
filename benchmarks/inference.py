"""Objects on every frame against bare loops, one on each core, around the same network.

A loop either takes its frames from the film, with OpenCV, or finds them ready in memory: the
network alone. As a script (``python -m benchmarks.inference KIND CLIP FIRST COUNT``) it is one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.clip import RATE, make_clip
from benchmarks.jobs import job_system, timed
from benchmarks.ratio import Ratio
from videojobs_ext.services.submission import SubmitRequest
from videojobs_ext.steps.letterbox import planes
from videojobs_ext.steps.nanodet import MEAN, SIDE, STD
from videojobs_ext.steps.onnx_session import open_session, packaged_model

#: Length of the clip in seconds: two cores take ten seconds for it.
SECONDS = 30

#: So many different inputs go round where no film is read; so many runs warm a loop up.
INPUTS = 8

NETWORK = "network"
FILM = "film"


def run(folder: Path, *, rounds: int, console: Console) -> list[Ratio]:
    """Measure in rounds in which all take turns; print frames a second, return the ratios."""
    clip = make_clip(folder / f"bench-{SECONDS:g}s.mp4", SECONDS)
    frames = round(SECONDS * RATE)
    cores = len(os.sched_getaffinity(0))
    network, film, all_cores, one = [], [], [], []
    for _ in range(rounds):
        network.append(_loops(NETWORK, clip, frames, cores))
        film.append(_loops(FILM, clip, frames, cores))
        all_cores.append(_job(clip, cores))
        one.append(_job(clip, 1))
    table = Table("what", "frames/s, fastest round", title=f"objects in {frames} frames of 1080p")
    for what, taken in (
        (f"the network alone, a loop on each of {cores} cores", network),
        ("such loops that take their frames from the film", film),
        (f"a job on {cores} cores", all_cores),
        ("a job on one", one),
    ):
        table.add_row(what, f"{frames / min(taken):.1f}")
    console.print(table)
    return [
        Ratio.of_times("objects on all cores against one process", all_cores, one, 1.9),
        Ratio.of_times("objects against bare loops over the film", all_cores, film, 0.9),
        Ratio.of_times("objects against the network alone", all_cores, network, 0.9),
    ]


def _job(clip: Path, workers: int) -> float:
    with job_system(clip, workers) as services:
        # A model is opened by the first frame that needs it.
        timed(services, clip, SubmitRequest("objects", frame_stride=60))
        return timed(services, clip, SubmitRequest("objects"))[0]


def _loops(kind: str, clip: Path, frames: int, loops: int) -> float:
    """Return the seconds that so many processes take for all frames together, once warm."""
    share = frames // loops
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.inference", kind, clip, f"{at * share}", f"{share}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[1],
            text=True,
        )
        for at in range(loops)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()  # it is warm
    began = time.perf_counter()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
    return time.perf_counter() - began


def _loop(kind: str, clip: Path, first: int, count: int) -> None:
    """Run the network ``count`` times, once it is warm and told to begin."""
    cv2.setNumThreads(1)
    session = open_session(packaged_model("nanodet_g_416.onnx"))
    film = cv2.VideoCapture(str(clip))
    film.set(cv2.CAP_PROP_POS_FRAMES, first)
    inputs = [_next(film) for _ in range(INPUTS)]
    for picture in inputs:
        session.run(None, {"images": picture})
    film.set(cv2.CAP_PROP_POS_FRAMES, first)
    print("warm", flush=True)
    sys.stdin.readline()
    for number in range(count):
        picture = inputs[number % INPUTS] if kind == NETWORK else _next(film)
        session.run(None, {"images": picture})


def _next(film: cv2.VideoCapture) -> NDArray[np.float32]:
    """Return the next frame as the network wants it."""
    _, frame = film.read()
    height, width = frame.shape[:2]
    size = SIDE, round(height * SIDE / width)
    image = np.zeros((SIDE, SIDE, 3), np.uint8)
    image[: size[1]] = cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR)
    return planes(image, MEAN, STD)


if __name__ == "__main__":
    _loop(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
