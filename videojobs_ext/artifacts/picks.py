"""Which frames stand for a video when only a few can be shown, and cost little to decode."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from videojobs_ext.video.index import FrameIndex

#: A frame at most so many packets after the keyframe it is decoded from is cheap: about as much
#: work as three keyframes.
NEAR: Final = 30

#: How far from a keyframe pictures are looked for, in packets: further when there are too few.
_REACHES: Final = (0, NEAR, 10 * NEAR)

#: So many pictures are enough to see what is in a video.
ENOUGH: Final = 8


def distance(index: FrameIndex) -> NDArray[np.int64]:
    """Return for each frame how many packets after its keyframe it stands in the file."""
    return index.decode_order - index.entries.order[index.entry]


def spread(index: FrameIndex, count: int, *, enough: int = ENOUGH) -> NDArray[np.int64]:
    """Return up to ``count`` sorted frame numbers, about evenly spaced in time and cheap to decode.

    Each is the first cheap frame in one of ``count`` equal pieces of the video; a piece without
    one has none. Keyframes alone count as cheap where that gives ``enough`` pictures, else frames
    up to 30 and in the end up to 300 packets after a keyframe.
    """
    far = distance(index)
    picked = np.zeros(0, np.int64)
    for reach in _REACHES:
        cheap = np.flatnonzero(index.keyframe if reach == 0 else far <= reach)
        if len(cheap):
            picked = _first_in_each_piece(index, cheap, count)
        if len(picked) >= min(enough, count):
            break
    return picked


def _first_in_each_piece(
    index: FrameIndex, numbers: NDArray[np.int64], count: int
) -> NDArray[np.int64]:
    length = int(index.pts[-1] + index.duration[-1] - index.pts[0])
    # Python's integers: length times count may not fit 64 bits.
    begins = np.array([length * piece // count for piece in range(count + 1)]) + index.pts[0]
    at = np.searchsorted(index.pts[numbers], begins[:-1])
    found = numbers[np.minimum(at, len(numbers) - 1)]
    inside = (index.pts[found] >= begins[:-1]) & (index.pts[found] < begins[1:])
    return np.unique(found[inside])


def first_of_shots(index: FrameIndex, starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a frame for each shot, given the first frames of all shots (sorted, from 0 on).

    The shot's first frame where it is cheap to decode, else the first keyframe within the shot,
    else the first frame all the same.
    """
    keyframes = np.flatnonzero(index.keyframe)
    if len(keyframes) == 0:
        return starts
    stops = np.append(starts[1:], len(index))
    at = np.searchsorted(keyframes, starts)
    keyframe = keyframes[np.minimum(at, len(keyframes) - 1)]
    dear = distance(index)[starts] > NEAR
    return np.where(dear & (keyframe >= starts) & (keyframe < stops), keyframe, starts)


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
