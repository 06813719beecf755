"""Poster: one frame that stands for the whole video."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from videojobs_ext.artifacts.jpeg import write_jpeg
from videojobs_ext.artifacts.picks import spread
from videojobs_ext.video.index import FrameIndex
from videojobs_ext.video.reader import Frame

#: Longer side of the poster, in pixels.
SIDE = 640
#: So many keyframes, spread over the video, are looked at.
CANDIDATES = 9

POSTER = "poster.jpg"

_MEASURED_SIDE = 160
_BINS = 32


class Poster:
    """The most telling of a few keyframes, as JPEG.

    The most telling one is that whose luma histogram has the highest entropy (Shannon, 1948): a
    black, faded or plain picture has little, a title on black not much more.
    """

    def __init__(self, index: FrameIndex) -> None:
        self.wanted = spread(index, CANDIDATES, enough=1)

    def look(self, frame: Frame) -> tuple[float, Frame]:
        """Return the frame with its entropy."""
        return _entropy(frame.luma(_MEASURED_SIDE)), frame

    def write(self, looks: Sequence[tuple[float, Frame]], folder: Path) -> list[Path]:
        """Write ``poster.jpg``."""
        if not looks:
            return []
        _, best = max(looks, key=itemgetter(0))
        write_jpeg(folder / POSTER, best.bgr(SIDE))
        return [folder / POSTER]


def _entropy(luma: NDArray[np.uint8]) -> float:
    """Return the entropy of a picture's luma in bits, from a histogram of 32 bins."""
    counts = cv2.calcHist([luma], [0], None, [_BINS], [0, 256]).ravel()
    shares = counts[counts > 0] / luma.size
    return float(-(shares * np.log2(shares)).sum())
