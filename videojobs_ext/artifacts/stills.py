"""Stills: the artifacts made of a few frames, all from one pass over the video."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from videojobs_ext.artifacts.snapshots import SIDE, Picture
from videojobs_ext.video.frame import fit
from videojobs_ext.video.index import FrameIndex
from videojobs_ext.video.reader import FrameReader


class Still(Protocol):
    """An artifact that a few frames make."""

    @property
    def wanted(self) -> NDArray[np.int64]:
        """The frames it needs, as sorted frame numbers."""
        ...

    @property
    def side(self) -> int:
        """How large it needs them: the longer side in pixels, at most that of a snapshot."""
        ...

    def write(self, pictures: Mapping[int, Picture], folder: Path) -> list[Path]:
        """Write the artifact's files; none when there is no picture that it can do with.

        ``pictures`` (BGR) are in the order of the frames; those of damaged frames are missing.
        """
        ...


def write_stills(
    video: Path,
    index: FrameIndex,
    stills: Sequence[Still],
    folder: Path,
    *,
    snapshots: Mapping[int, Picture] | None = None,
    threads: int = 1,
) -> list[Path]:
    """Write the stills and return their files.

    A frame that some still wants is decoded once, if it isn't among the ``snapshots``. A job has
    nothing else to do when this runs, so some ``threads`` share that.
    """
    wanted = np.unique(np.concatenate([np.zeros(0, np.int64), *(s.wanted for s in stills)]))
    takers = [frozenset(still.wanted.tolist()) for still in stills]

    def scaled(number: int, snapshot: Picture) -> list[tuple[int, Picture]]:
        """Return what each still gets of a frame, by the still's number."""
        return [
            (at, _scaled(snapshot, still.side))
            for at, (still, taken) in enumerate(zip(stills, takers, strict=True))
            if number in taken
        ]

    def decode(numbers: NDArray[np.int64]) -> dict[int, list[tuple[int, Picture]]]:
        with FrameReader(video, index) as reader:
            return {
                frame.number: scaled(frame.number, frame.bgr(SIDE))
                for frame in reader.read(numbers)
            }

    known = {n: scaled(n, snapshot) for n, snapshot in (snapshots or {}).items()}
    missing = np.array([number for number in wanted.tolist() if number not in known], np.int64)
    if len(missing):
        with ThreadPoolExecutor(threads) as pool:
            for share in pool.map(decode, np.array_split(missing, threads)):
                known.update(share)
    pictures: list[dict[int, Picture]] = [{} for _ in stills]
    for number in sorted(known):
        for at, picture in known[number]:
            pictures[at][number] = picture
    return [
        path
        for still, mine in zip(stills, pictures, strict=True)
        for path in still.write(mine, folder)
    ]


def _scaled(picture: Picture, side: int) -> Picture:
    height, width = picture.shape[:2]
    size = fit(width, height, side)
    if size == (width, height):
        return picture
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
