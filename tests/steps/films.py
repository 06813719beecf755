"""Short films made of arrays, and steps run over them as a chunk runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from videojobs_ext.rows.schema import FrameRef, Observation
from videojobs_ext.steps.base import FrameStep, WindowStep
from videojobs_ext.steps.content import Content, ContentParams
from videojobs_ext.steps.scene_cuts import SceneCuts, SceneCutsParams
from videojobs_ext.video.index import read_frame_index
from videojobs_ext.video.loop_filter import LoopFilter
from videojobs_ext.video.reader import FrameReader
from videojobs_ext.video.writer import H264Writer

Picture = NDArray[np.uint8]
Said = dict[int, list[Observation]]

WIDTH, HEIGHT = 320, 180


def film(path: Path, pictures: Iterable[Picture]) -> Path:
    """Write pictures, uint8[h, w] or uint8[h, w, 3], as 25 fps H.264 with little loss."""
    writer: H264Writer | None = None
    for picture in pictures:
        bgr = np.repeat(picture[:, :, None], 3, 2) if picture.ndim == 2 else picture
        if writer is None:
            height, width = bgr.shape[:2]
            writer = H264Writer(path, width, height, crf=12).__enter__()
        writer.write(np.ascontiguousarray(bgr))
    assert writer is not None
    writer.__exit__(None, None, None)
    return path


def scene(seed: int, width: int = WIDTH, height: int = HEIGHT) -> Picture:
    """Return a picture of soft blobs, the same for the same seed."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(20, 236, (5, 8)).astype(np.uint8)
    across = np.linspace(0, 7, width)
    down = np.linspace(0, 4, height)
    left, top = np.minimum(across.astype(int), 6), np.minimum(down.astype(int), 3)
    fx, fy = (across - left)[None, :], (down - top)[:, None]
    corners = [coarse[np.ix_(top + dy, left + dx)] for dy in (0, 1) for dx in (0, 1)]
    upper = corners[0] * (1 - fx) + corners[1] * fx
    lower = corners[2] * (1 - fx) + corners[3] * fx
    return (upper * (1 - fy) + lower * fy).astype(np.uint8)


def run(
    step: FrameStep[Any] | WindowStep[Any],
    path: Path,
    wanted: Sequence[int] | None = None,
    *,
    loop_filter: LoopFilter = LoopFilter.ALL,
) -> Said:
    """Return what a step says about each frame (all by default) of a video."""
    index = read_frame_index(path)
    numbers = np.arange(len(index)) if wanted is None else np.array(wanted)
    with FrameReader(path, index, loop_filter=loop_filter) as reader:
        said = {frame.number: list(step.process(frame, {})) for frame in reader.read(numbers)}
        assert not reader.damage
    return said


def cuts(
    path: Path, *, loop_filter: LoopFilter = LoopFilter.ALL, every: int = 1, **params: Any
) -> list[int]:
    """Return the frames on which ``scene_cuts`` says that a new shot begins."""
    index = read_frame_index(path)
    times = index.time
    said = run(Content(ContentParams()), path, range(0, len(index), every), loop_filter=loop_filter)
    step = SceneCuts(SceneCutsParams(**params))
    placed = []
    for number, rows in said.items():
        ref = FrameRef(number, int(index.pts[number]), float(times[number]))
        placed += step.process(ref, {"content": rows})
    placed += step.finish()
    assert all(row.label == "cut" for _, row in placed)
    return [ref.frame_index for ref, _ in placed]


def windows_agree(make: Callable[[], WindowStep[Any]], path: Path, first: int, stop: int) -> bool:
    """Tell whether a step that begins at ``first`` says the same from its warm-up on."""
    step = make()
    whole = run(make(), path)
    part = run(step, path, range(first, stop))
    return all(part[n] == whole[n] for n in range(first + step.warmup, stop))
