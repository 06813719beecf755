"""Poster: one frame that stands for the whole video."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from videojobs_ext.artifacts.jpeg import write_jpeg
from videojobs_ext.artifacts.picks import spread
from videojobs_ext.video.index import FrameIndex
from videojobs_ext.video.reader import FrameReader

#: Longer side of the poster, in pixels.
SIDE = 640
#: So many frames, spread over the video, are looked at.
CANDIDATES = 9

_MEASURED_SIDE = 160
_BINS = 32


def write_poster(video: Path, index: FrameIndex, path: Path) -> bool:
    """Write the most telling of a few frames as JPEG; returns False when none can be decoded.

    The most telling one is that whose luma histogram has the highest entropy (Shannon, 1948): a
    black, faded or plain picture has little, a title on black not much more.
    """
    best: tuple[float, NDArray[np.uint8]] | None = None
    with FrameReader(video, index) as reader:
        for frame in reader.read(spread(index, CANDIDATES)):
            entropy = _entropy(frame.luma(_MEASURED_SIDE))
            if best is None or entropy > best[0]:
                best = entropy, frame.bgr(SIDE)
    if best is None:
        return False
    write_jpeg(path, best[1])
    return True


def _entropy(luma: NDArray[np.uint8]) -> float:
    """Return the entropy of a picture's luma in bits, from a histogram of 32 bins."""
    counts = cv2.calcHist([luma], [0], None, [_BINS], [0, 256]).ravel()
    shares = counts[counts > 0] / luma.size
    return float(-(shares * np.log2(shares)).sum())
