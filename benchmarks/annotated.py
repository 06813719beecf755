"""The annotated video against the loop that people write: cv2 reads and draws, x264 encodes."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.clip import HEIGHT, RATE, SHOT_SECONDS, WIDTH, make_clip
from benchmarks.ratio import Ratio
from videojobs_ext.artifacts.annotated_video import ANNOTATED_VIDEO, Film
from videojobs_ext.engines.local import LocalEngine
from videojobs_ext.pipelines.rendering import JoinTask, RenderTask, join, render_chunk
from videojobs_ext.rows.schema import FrameRef, Observation, RowsMetadata
from videojobs_ext.rows.writer import RowBuffer
from videojobs_ext.video.chunks import plan_chunks
from videojobs_ext.video.index import FrameIndex, read_frame_index
from videojobs_ext.video.segments import CRF, PRESET

THINGS = 6
CHUNK_SECONDS = 4.0

PIPELINE = "id: bench\nsteps: [{id: motion, uses: motion}]\noutputs: {annotated_video: true}\n"

#: The usual loop. Arguments: video, target, frames a second, the encoder's options, the boxes.
PEER = """
import json, sys, time
import av, cv2
video, target, rate, options = sys.argv[1], sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4])
boxes = json.load(open(sys.argv[5]))
began = time.perf_counter()
source = cv2.VideoCapture(video)
colour = (80, 190, 255)
with av.open(target, "w", options={"movflags": "+faststart"}) as out:
    stream = out.add_stream("libx264", rate=rate, options=options)
    stream.width, stream.height = int(source.get(3)), int(source.get(4))
    stream.pix_fmt = "yuv420p"
    number = 0
    while True:
        there, frame = source.read()
        if not there:
            break
        for track, (x, y, w, h) in enumerate(boxes[number]):
            cv2.rectangle(frame, (x, y), (x + w, y + h), colour, 3)
            cv2.putText(frame, f"thing {track}", (x, y - 6), 0, 0.8, colour, 2, cv2.LINE_AA)
        stamp = f"{number / rate:.3f}  {number}"
        cv2.putText(frame, stamp, (12, 32), 0, 0.8, (255, 255, 255), 2, cv2.LINE_AA)
        out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "bgr24")))
        number += 1
    out.mux(stream.encode(None))
print(time.perf_counter() - began)
"""


def run(folder: Path, *, seconds: float, rounds: int, console: Console) -> list[Ratio]:
    """Measure in ``rounds`` in which all take turns; print the medians, return the ratios."""
    clip = make_clip(folder / f"bench-{seconds:g}s.mp4", seconds)
    index = read_frame_index(clip)
    boxes = [_boxes(number) for number in range(len(index))]
    plain = {"preset": PRESET, "crf": str(CRF)}
    bare = plain | {"bf": "0"}
    times: dict[str, list[float]] = {}
    sizes: dict[str, int] = {}
    cores = len(os.sched_getaffinity(0))
    engine = LocalEngine(cores)
    try:
        with tempfile.TemporaryDirectory() as temporary:
            desk = Path(temporary)

            def measure(name: str, call: Callable[[], tuple[float, Path]]) -> None:
                taken, made = call()
                times.setdefault(name, []).append(taken)
                sizes[name] = made.stat().st_size

            task = _prepare(index, clip, boxes, desk)
            _ours(engine, task, most=2)
            for _ in range(rounds):
                measure("annotated video", lambda: _ours(engine, task))
                measure(f"cv2 + x264 {PRESET}", lambda: _peer(clip, boxes, plain, desk))
                measure("the same without B-frames", lambda: _peer(clip, boxes, bare, desk))
    finally:
        engine.stop()
    table = Table("what", "seconds", "frames/s", "MB", title=f"{len(index)} frames, {cores} cores")
    median = {name: statistics.median(taken) for name, taken in times.items()}
    for name, taken in median.items():
        table.add_row(name, f"{taken:.2f}", f"{len(index) / taken:.0f}", f"{sizes[name] / 1e6:.1f}")
    console.print(table)
    ours, usual, fair = times.values()
    return [
        Ratio.of_times("annotated video against the usual loop", ours, usual, 1.5),
        Ratio.of_times("annotated video, without B-frames there, too", ours, fair, 1.5),
    ]


def _boxes(number: int) -> list[tuple[int, int, int, int]]:
    """Return where the clip's things are (see ``benchmarks.clip``)."""
    within = number % round(SHOT_SECONDS * RATE)
    return [
        (
            (thing * 331 + within * (3 + 2 * thing)) % (WIDTH - 160),
            (thing * 173 + within * (1 + thing)) % (HEIGHT - 120),
            140,
            90,
        )
        for thing in range(THINGS)
    ]


def _prepare(
    index: FrameIndex, clip: Path, boxes: list[list[tuple[int, int, int, int]]], desk: Path
) -> JoinTask:
    base = f"{index.time_base.numerator}/{index.time_base.denominator}"
    buffer = RowBuffer(RowsMetadata(base, index.width, index.height, 0, "", ("motion",)))
    for number, found in enumerate(boxes):
        ref = FrameRef(number, int(index.pts[number]), float(index.time[number]))
        for track, (x, y, w, h) in enumerate(found):
            buffer.add("motion", ref, Observation("thing", 0.9, track, x, y, w, h))
    buffer.write(desk / "rows.parquet")
    index.save(desk / "frames.parquet")
    chunks = plan_chunks(index, CHUNK_SECONDS)
    segments = tuple(desk / f"{chunk.number}.nut" for chunk in chunks)
    film = Film(ANNOTATED_VIDEO, chunks, None)
    return JoinTask(film, clip, desk / "frames.parquet", segments, desk / ANNOTATED_VIDEO)


def _ours(engine: LocalEngine, task: JoinTask, *, most: int | None = None) -> tuple[float, Path]:
    """Render and join; with ``most``, only so many frames of each chunk, to warm the children."""
    began = time.perf_counter()
    rows = (task.index.with_name("rows.parquet"),)
    rendered = []
    for chunk, segment in zip(task.film.chunks, task.segments, strict=True):
        part = chunk if most is None else replace(chunk, stop=chunk.first + most)
        piece = RenderTask(PIPELINE, task.video, task.index, rows, part, segment)
        rendered.append(engine.submit(render_chunk, piece))
    for future in rendered:
        future.result()
    made = engine.submit(join, task).result()
    assert made is not None
    return time.perf_counter() - began, made


def _peer(
    clip: Path,
    boxes: list[list[tuple[int, int, int, int]]],
    options: dict[str, str],
    desk: Path,
) -> tuple[float, Path]:
    """Run the loop in a process of its own; the time leaves out its imports."""
    (desk / "boxes.json").write_text(json.dumps(boxes))
    target = desk / "peer.mp4"
    command = [sys.executable, "-c", PEER, str(clip), str(target), str(int(RATE))]
    command += [json.dumps(options), str(desk / "boxes.json")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout), target
