"""Poster: one frame that stands for the whole video."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from videojobs_ext.artifacts.jpeg import write_jpeg
from videojobs_ext.artifacts.picks import spread
from videojobs_ext.artifacts.snapshots import SIDE, Picture
from videojobs_ext.video.index import FrameIndex

#: So many keyframes, spread over the video, are looked at.
CANDIDATES = 9

POSTER = "poster.jpg"

_BINS = 32


class Poster:
    """The most telling of a few keyframes, as JPEG.

    The most telling one is that whose luma histogram has the highest entropy (Shannon, 1948): a
    black, faded or plain picture has little, a title on black not much more.
    """

    side = SIDE

    def __init__(self, index: FrameIndex) -> None:
        self.wanted = spread(index, CANDIDATES, enough=1)

    def write(self, pictures: Mapping[int, Picture], folder: Path) -> list[Path]:
        """Write ``poster.jpg``."""
        if not pictures:
            return []
        write_jpeg(folder / POSTER, max(pictures.values(), key=_entropy))
        return [folder / POSTER]


def _entropy(picture: Picture) -> float:
    """Return the entropy of a picture's luma in bits, from a histogram of 32 bins."""
    luma = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    counts = cv2.calcHist([luma], [0], None, [_BINS], [0, 256]).ravel()
    shares = counts[counts > 0] / luma.size
    return float(-(shares * np.log2(shares)).sum())
