"""Chunks: runs of whole GOPs, the unit of parallel work, progress, checkpoint and cache."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from videojobs_ext.video.index import FrameIndex


@dataclass(frozen=True, order=True)
class Chunk:
    """The frames [first, stop) of a video; ``first`` is a keyframe, or 0."""

    number: int
    first: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.first


def plan_chunks(
    index: FrameIndex,
    chunk_seconds: float,
    wanted: NDArray[np.int64] | None = None,
    fewest: int = 0,
) -> tuple[Chunk, ...]:
    """Cut a video at keyframes into chunks of at least ``chunk_seconds``.

    Each holds at least ``fewest`` of the ``wanted`` frames (sorted numbers; None: all), so that
    what is decoded past its end stays small beside it. The borders depend on these alone, never on
    who will do the work. Together the chunks cover every frame once; a last one of less than half
    joins its neighbour.
    Raises ValueError unless ``chunk_seconds`` > 0.
    """
    if not chunk_seconds > 0:
        raise ValueError(f"chunk_seconds must be more than 0, not {chunk_seconds!r}")
    time = index.time
    keyframes = np.flatnonzero(index.keyframe)
    #: How many wanted frames lie before each frame, and before the end.
    count = np.arange(len(index) + 1)
    if wanted is not None:
        count = np.searchsorted(wanted, count)
    borders = [0]
    for number in keyframes[keyframes > 0].tolist():
        lasts = time[number] - time[borders[-1]]
        if lasts >= chunk_seconds and count[number] - count[borders[-1]] >= fewest:
            borders.append(number)
    lasts = index.end_time - time[borders[-1]]
    if len(borders) > 1 and (
        lasts < chunk_seconds / 2 or count[-1] - count[borders[-1]] < fewest / 2
    ):
        borders.pop()
    return tuple(
        Chunk(number, first, stop)
        for number, (first, stop) in enumerate(
            zip(borders, [*borders[1:], len(index)], strict=True)
        )
    )
