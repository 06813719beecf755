"""Thumbnails: one picture full of small ones, with a WebVTT index, for scrubbing in a player."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from videojobs_ext.artifacts.jpeg import write_jpeg
from videojobs_ext.artifacts.picks import clock, spread
from videojobs_ext.rows.atomic_file import atomic_file
from videojobs_ext.video.index import FrameIndex
from videojobs_ext.video.reader import Frame

#: Most thumbnails of a video, and thumbnails in a row.
MOST = 100
COLUMNS = 10
#: Longer side of a thumbnail, in pixels.
SIDE = 160
#: Shortest time that one thumbnail stands for, in seconds.
SHORTEST = 1.0

SPRITE = "thumbnails.jpg"
CUES = "thumbnails.vtt"


class Thumbnails:
    """``thumbnails.jpg``, a sheet of small pictures, and ``thumbnails.vtt``, which finds them.

    Mostly keyframes (see ``picks.spread``). Each cue runs from its thumbnail's frame to the next
    one's and says where in the sprite it lies (``thumbnails.jpg#xywh=x,y,w,h``, W3C Media
    Fragments). Frames that can't be decoded have no thumbnail; when none can, nothing is written.
    """

    def __init__(self, index: FrameIndex) -> None:
        self._end = index.end_time
        length = index.end_time - float(index.time[0])
        self.wanted = spread(index, min(MOST, max(1, int(length / SHORTEST))))

    def look(self, frame: Frame) -> tuple[float, NDArray[np.uint8]]:
        """Return a thumbnail and its time."""
        return frame.time, frame.bgr(SIDE)

    def write(self, looks: Sequence[tuple[float, NDArray[np.uint8]]], folder: Path) -> list[Path]:
        """Write the sprite and its cues."""
        if not looks:
            return []
        height, width = looks[0][1].shape[:2]
        rows = -(-len(looks) // COLUMNS)
        sprite = np.zeros((rows * height, min(len(looks), COLUMNS) * width, 3), np.uint8)
        ends = [time for time, _ in looks[1:]] + [self._end]
        cues = ["WEBVTT"]
        for at, ((time, picture), end) in enumerate(zip(looks, ends, strict=True)):
            x, y = at % COLUMNS * width, at // COLUMNS * height
            sprite[y : y + height, x : x + width] = picture
            span = f"{clock(max(time, 0))} --> {clock(max(end, 0))}"
            cues.append(f"{span}\n{SPRITE}#xywh={x},{y},{width},{height}")
        write_jpeg(folder / SPRITE, sprite, quality=75)
        with atomic_file(folder / CUES) as temporary:
            temporary.write_text("\n\n".join(cues) + "\n", encoding="utf-8")
        return [folder / SPRITE, folder / CUES]
