"""Stills: the artifacts made of a few frames, all from one pass over the video."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from videojobs_ext.video.index import FrameIndex
from videojobs_ext.video.reader import Frame, FrameReader


class Still(Protocol):
    """An artifact that a few frames make."""

    @property
    def wanted(self) -> NDArray[np.int64]:
        """The frames it needs, as sorted frame numbers."""
        ...

    def take(self, frame: Frame) -> None:
        """Keep what is needed of a wanted frame; they come in order, without those damaged."""
        ...

    def write(self, folder: Path) -> list[Path]:
        """Write the artifact's files; none when no frame came that it can do with."""
        ...


def write_stills(
    video: Path, index: FrameIndex, stills: Sequence[Still], folder: Path
) -> list[Path]:
    """Decode each frame that some still wants once, and write them all; returns their files."""
    wanted = np.unique(np.concatenate([np.zeros(0, np.int64), *(s.wanted for s in stills)]))
    takers = [(set(still.wanted.tolist()), still) for still in stills]
    with FrameReader(video, index) as reader:
        for frame in reader.read(wanted):
            for numbers, still in takers:
                if frame.number in numbers:
                    still.take(frame)
    return [path for still in stills for path in still.write(folder)]
