"""Chunks: runs of whole GOPs, the unit of parallel work, progress, checkpoint and cache."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from videojobs_ext.video.index import FrameIndex


@dataclass(frozen=True, order=True)
class Chunk:
    """The frames [first, stop) of a video; ``first`` is a keyframe, or 0."""

    number: int
    first: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.first


def plan_chunks(index: FrameIndex, chunk_seconds: float) -> tuple[Chunk, ...]:
    """Cut a video at keyframes into chunks of at least ``chunk_seconds``.

    The borders depend on the index and ``chunk_seconds`` alone, never on who will do the work.
    Together the chunks cover every frame once; a last one of less than half joins its neighbour.
    Raises ValueError unless ``chunk_seconds`` > 0.
    """
    if not chunk_seconds > 0:
        raise ValueError(f"chunk_seconds must be more than 0, not {chunk_seconds!r}")
    time = index.time
    keyframes = np.flatnonzero(index.keyframe)
    borders = [0]
    begin = time[0]
    for number in keyframes[keyframes > 0].tolist():
        if time[number] - begin >= chunk_seconds:
            borders.append(number)
            begin = time[number]
    if len(borders) > 1 and index.end_time - begin < chunk_seconds / 2:
        borders.pop()
    return tuple(
        Chunk(number, first, stop)
        for number, (first, stop) in enumerate(
            zip(borders, [*borders[1:], len(index)], strict=True)
        )
    )
