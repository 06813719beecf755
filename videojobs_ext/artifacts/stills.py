"""Stills: the artifacts made of a few frames, all from one pass over the video."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from videojobs_ext.video.index import FrameIndex
from videojobs_ext.video.reader import Frame, FrameReader

T = TypeVar("T")


class Still(Protocol[T]):
    """An artifact that a few frames make."""

    @property
    def wanted(self) -> NDArray[np.int64]:
        """The frames it needs, as sorted frame numbers."""
        ...

    def look(self, frame: Frame) -> T:
        """Return what is needed of a wanted frame; called by several threads at once."""
        ...

    def write(self, looks: Sequence[T], folder: Path) -> list[Path]:
        """Write the artifact's files; none when there is no look that it can do with.

        ``looks`` are in the order of the frames; those of damaged frames are missing.
        """
        ...


def write_stills(
    video: Path, index: FrameIndex, stills: Sequence[Still[Any]], folder: Path, threads: int = 1
) -> list[Path]:
    """Decode each frame that some still wants once, and write them all; returns their files.

    A job has nothing else to do when this runs, so some ``threads`` share the frames.
    """
    wanted = np.unique(np.concatenate([np.zeros(0, np.int64), *(s.wanted for s in stills)]))
    takers = [set(still.wanted.tolist()) for still in stills]

    def look(numbers: NDArray[np.int64]) -> list[list[Any]]:
        looks: list[list[Any]] = [[] for _ in stills]
        with FrameReader(video, index) as reader:
            for frame in reader.read(numbers):
                for still, taken, mine in zip(stills, takers, looks, strict=True):
                    if frame.number in taken:
                        mine.append(still.look(frame))
        return looks

    with ThreadPoolExecutor(threads) as pool:
        shares = list(pool.map(look, np.array_split(wanted, threads)))
    return [
        path
        for number, still in enumerate(stills)
        for path in still.write([one for share in shares for one in share[number]], folder)
    ]
