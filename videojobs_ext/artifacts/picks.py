"""Which frames stand for a video when only a few can be shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from videojobs_ext.video.index import FrameIndex


def spread(index: FrameIndex, count: int) -> NDArray[np.int64]:
    """Return up to ``count`` sorted frame numbers, about evenly spaced in time.

    Each stands for one of ``count`` equal pieces of the video. Within the first half of its piece
    a keyframe is taken where there is one, since it decodes alone.
    """
    length = int(index.pts[-1] + index.duration[-1] - index.pts[0])
    # Python's integers: length times count may not fit 64 bits.
    begins = np.array([length * piece // count for piece in range(count)]) + index.pts[0]
    first = np.minimum(np.searchsorted(index.pts, begins), len(index) - 1)
    keyframes = np.flatnonzero(index.keyframe)
    if len(keyframes) == 0:
        return np.unique(first)
    at = np.searchsorted(keyframes, first)
    nearest = keyframes[np.minimum(at, len(keyframes) - 1)]
    soon = (nearest >= first) & (index.pts[nearest] < begins + length // count // 2)
    return np.unique(np.where(soon, nearest, first))


def thinned(numbers: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return at most ``count`` of the sorted frame numbers, evenly taken, with the first."""
    if len(numbers) <= count:
        return numbers
    return numbers[np.arange(count) * len(numbers) // count]


def clock(seconds: float, *, hours: bool = True) -> str:
    """Return a time as ``HH:MM:SS.mmm``; without ``hours``, they are left out where zero."""
    sign = "-" if seconds < 0 else ""
    whole, thousandths = divmod(round(abs(seconds) * 1000), 1000)
    minutes, second = divmod(whole, 60)
    hour, minute = divmod(minutes, 60)
    text = f"{minute:02d}:{second:02d}.{thousandths:03d}"
    return f"{sign}{hour:02d}:{text}" if hours or hour else f"{sign}{text}"
