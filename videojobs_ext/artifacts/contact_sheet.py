"""Contact sheet: a page of pictures that shows what is in a video, one for each shot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from videojobs_ext.artifacts.jpeg import write_jpeg
from videojobs_ext.artifacts.picks import clock, first_of_shots, spread, thinned
from videojobs_ext.artifacts.snapshots import Picture
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.video.index import FrameIndex

#: Most pictures on a sheet; of more shots, every so-many-th is shown.
MOST = 30
#: Pictures on the sheet of a video without cuts.
SPREAD = 20
#: Longer side of a picture, in pixels.
SIDE = 320

CONTACT_SHEET = "contact_sheet.jpg"

_GAP = 12
_CAPTION = 26
_HEADER = 44
_PAPER = (30, 28, 27)
_TITLE = (235, 235, 235)
_INK = (200, 200, 200)
_DIM = (140, 140, 140)

#: A picture, its time and its frame number.
Cell = tuple[Picture, str, int]


class ContactSheet:
    """A JPEG page: a picture of each shot where cuts are known, else evenly spaced ones.

    A shot is shown by its first frame where that is cheap to decode (see ``picks``). Under each
    picture stand its own time and frame number. Frames that can't be decoded are missing.
    """

    side = SIDE

    def __init__(self, index: FrameIndex, reader: RowsReader) -> None:
        self._index = index
        cuts = _cuts(reader)
        if len(cuts):
            self.wanted = thinned(first_of_shots(index, np.union1d([0], cuts)), MOST)
            told = f"{len(cuts) + 1} shots"
        else:
            self.wanted = spread(index, SPREAD)
            told = "spread over the video"
        length = clock(index.end_time - float(index.time[0]), hours=False)
        size = f"{index.width} x {index.height}"
        self._title = f"{length}   {size}   {len(index)} frames   {told}"

    def write(self, pictures: Mapping[int, Picture], folder: Path) -> list[Path]:
        """Write ``contact_sheet.jpg``."""
        cells = [
            (picture, clock(float(self._index.time[number]), hours=False), number)
            for number, picture in pictures.items()
        ]
        write_jpeg(folder / CONTACT_SHEET, _page(cells, self._title))
        return [folder / CONTACT_SHEET]


def _cuts(reader: RowsReader) -> NDArray[np.int64]:
    query = "SELECT DISTINCT frame_index FROM rows WHERE label = 'cut' ORDER BY frame_index"
    return reader.sql(query)["frame_index"].to_numpy().astype(np.int64)


def _page(cells: Sequence[Cell], title: str) -> Picture:
    columns = _columns(len(cells))
    height = max((picture.shape[0] for picture, _, _ in cells), default=0)
    width = max((picture.shape[1] for picture, _, _ in cells), default=SIDE)
    rows = -(-len(cells) // columns)
    across, down = width + _GAP, height + _CAPTION + _GAP
    # A page of one narrow picture still has room for its title.
    page_width = max(_GAP + columns * across, 640)
    page = np.full((_HEADER + rows * down, page_width, 3), _PAPER, np.uint8)
    _write(page, title, (_GAP, 28), 17, _TITLE)
    for at, (picture, time, number) in enumerate(cells):
        x, y = _GAP + at % columns * across, _HEADER + at // columns * down
        page[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
        base = y + height + 18
        end = _write(page, time, (x, base), 14, _INK)
        _write(page, f"frame {number}", (end + 10, base), 14, _DIM)
    return page


def _columns(count: int) -> int:
    """Return how many pictures stand in a row: a page somewhat wider than high."""
    return max(1, min(6, int(np.ceil(np.sqrt(count)))))


def _write(
    page: Picture, text: str, at: tuple[int, int], size: int, color: tuple[int, int, int]
) -> int:
    """Draw text on a base line and return where it ends, in pixels from the left."""
    face = cv2.FontFace("sans")
    end, _ = cv2.putText(page, text, at, color, face, size, 400)
    return end[0]
