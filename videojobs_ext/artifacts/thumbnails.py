"""Thumbnails: one picture full of small ones, with a WebVTT index, for scrubbing in a player."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np

from videojobs_ext.artifacts.jpeg import write_jpeg
from videojobs_ext.artifacts.picks import clock, spread
from videojobs_ext.artifacts.snapshots import Picture
from videojobs_ext.rows.atomic_file import atomic_file
from videojobs_ext.video.index import FrameIndex

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

    side = SIDE

    def __init__(self, index: FrameIndex) -> None:
        self._times = index.time
        self._end = index.end_time
        length = index.end_time - float(index.time[0])
        self.wanted = spread(index, min(MOST, max(1, int(length / SHORTEST))))

    def write(self, pictures: Mapping[int, Picture], folder: Path) -> list[Path]:
        """Write the sprite and its cues."""
        if not pictures:
            return []
        height, width = next(iter(pictures.values())).shape[:2]
        rows = -(-len(pictures) // COLUMNS)
        sprite = np.zeros((rows * height, min(len(pictures), COLUMNS) * width, 3), np.uint8)
        times = [*self._times[list(pictures)].tolist(), self._end]
        cues = ["WEBVTT"]
        for at, (picture, span) in enumerate(zip(pictures.values(), pairwise(times), strict=True)):
            time, end = span
            x, y = at % COLUMNS * width, at // COLUMNS * height
            sprite[y : y + height, x : x + width] = picture
            shown = f"{clock(max(time, 0))} --> {clock(max(end, 0))}"
            cues.append(f"{shown}\n{SPRITE}#xywh={x},{y},{width},{height}")
        write_jpeg(folder / SPRITE, sprite, quality=75)
        with atomic_file(folder / CUES) as temporary:
            temporary.write_text("\n\n".join(cues) + "\n", encoding="utf-8")
        return [folder / SPRITE, folder / CUES]
