"""Drawing on 4:2:0 planes: no frame is turned into BGR and back for a few lines."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final
from zlib import crc32

import cv2
import numpy as np
from numpy.typing import NDArray

from videojobs_ext.artifacts.overlay import Marks, Point, Shape
from videojobs_ext.artifacts.picks import clock
from videojobs_ext.video.segments import Canvas

#: Luma and both chroma values.
Colour = tuple[int, int, int]

#: Eight hues that are told apart on any ground and bear dark letters; BGR.
_PALETTE: Final = (
    (80, 190, 255),
    (120, 220, 90),
    (255, 190, 90),
    (200, 130, 255),
    (90, 230, 230),
    (170, 170, 255),
    (230, 220, 110),
    (140, 255, 190),
)
_INK: Final = 20
_DARK: Final[Colour] = (30, 128, 128)
_WHITE: Final[Colour] = (230, 128, 128)


class Pen:
    """Draws marks, zones and times at a line width and letter size that fit the frame."""

    def __init__(self, height: int) -> None:
        self._size = max(12, round(height / 45))
        self._line = max(2, round(height / 360))

    def draw(self, canvas: Canvas, marks: Marks, shapes: Sequence[Shape], stamp: str) -> None:
        """Draw everything that belongs on a frame."""
        for shape in shapes:
            colour = colour_of(shape.name)
            self._lines(canvas, shape.points, colour, closed=shape.closed)
            self._label(canvas, shape.name, shape.points[0], colour)
        for mark in marks.boxes:
            colour = colour_of(mark.key)
            if len(mark.trail) > 1:
                self._lines(canvas, mark.trail, colour, closed=False)
            x, y, w, h = mark.box
            corners = ((x, y), (x + w, y), (x + w, y + h), (x, y + h))
            self._lines(canvas, corners, colour, closed=True)
            if mark.caption:
                self._label(canvas, mark.caption, (x, y), colour)
        top = self._size // 2
        for line in (stamp, *marks.notes):
            tile = _stamp(line, self._size) if line is stamp else _tile(line, self._size, _WHITE[0])
            _paste(canvas, tile, self._size // 2, top, _DARK)
            top += tile.shape[0]

    def _lines(
        self, canvas: Canvas, points: Sequence[Point], colour: Colour, *, closed: bool
    ) -> None:
        # Far outside the frame OpenCV's fixed-point coordinates would wrap around.
        corners = np.clip(np.array(points), -20000, 20000)
        for plane, level, scale in zip(
            (canvas.y, canvas.u, canvas.v), colour, (1, 2, 2), strict=True
        ):
            at = np.floor(corners / scale).astype(np.int32)
            width = max(1, self._line // scale)
            cv2.polylines(plane, [at], closed, level, width)

    def _label(self, canvas: Canvas, text: str, at: Point, colour: Colour) -> None:
        """Write on a filled ground above a point, or below it at the frame's upper border."""
        tile = _tile(text, self._size, _INK, colour[0])
        height, width = canvas.y.shape
        x = min(max(int(at[0]), 0), max(width - tile.shape[1], 0))
        above = int(at[1]) - tile.shape[0]
        y = min(above if above >= 0 else max(int(at[1]), 0), max(height - tile.shape[0], 0))
        _paste(canvas, tile, x, y, colour)


def colour_of(key: int | str) -> Colour:
    """Return the colour of a track's number or a label, the same in every chunk and job."""
    number = key if isinstance(key, int) else crc32(key.encode())
    blue, green, red = _PALETTE[number % len(_PALETTE)]
    # BT.601 in limited range; a little off in BT.709, which no one sees in a line.
    luma = 16 + 0.257 * red + 0.504 * green + 0.098 * blue
    u = 128 - 0.148 * red - 0.291 * green + 0.439 * blue
    v = 128 + 0.439 * red - 0.368 * green - 0.071 * blue
    return round(luma), round(u), round(v)


def time_stamp(time: float, number: int) -> str:
    """Return a frame's time and number as they are written in its corner."""
    return f"{clock(time)}  {number}"


def _paste(canvas: Canvas, tile: NDArray[np.uint8], x: int, y: int, colour: Colour) -> None:
    """Lay a tile of luma over the canvas, with its ground's chroma; x and y become even."""
    x, y = x - x % 2, y - y % 2
    height, width = canvas.y[y : y + tile.shape[0], x : x + tile.shape[1]].shape
    canvas.y[y : y + height, x : x + width] = tile[:height, :width]
    here = slice(y // 2, (y + height) // 2), slice(x // 2, (x + width) // 2)
    canvas.u[here] = colour[1]
    canvas.v[here] = colour[2]


@lru_cache(maxsize=1024)
def _tile(text: str, size: int, ink: int, ground: int = _DARK[0]) -> NDArray[np.uint8]:
    """Return a line of text as luma, uint8[h, w] of even sides; kept, since captions repeat."""
    text = " ".join(text.split())[:80]
    height = (round(size * 1.4) + 1) & ~1
    tile = np.full((height, (len(text) + 2) * size * 2), ground, np.uint8)
    face = cv2.FontFace("sans")
    margin = size // 4
    end, _ = cv2.putText(tile, text, (margin, round(size * 1.05)), ink, face, size, 500)
    return tile[:, : (end[0] + margin + 1) & ~1]


def _stamp(text: str, size: int) -> NDArray[np.uint8]:
    """Return a line that changes with each frame, put together from kept letters."""
    return np.hstack([_letter(letter, size) for letter in text])


@lru_cache(maxsize=256)
def _letter(letter: str, size: int) -> NDArray[np.uint8]:
    height = (round(size * 1.4) + 1) & ~1
    tile = np.full((height, size * 2), _DARK[0], np.uint8)
    cv2.putText(tile, letter, (1, round(size * 1.05)), _WHITE[0], cv2.FontFace("sans"), size, 500)
    narrow = letter in ":. "
    return tile[:, : (round(size * (0.35 if narrow else 0.65)) + 1) & ~1]
