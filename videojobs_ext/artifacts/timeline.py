"""Timeline: one picture of what happens when, a lane for each thing that steps say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from videojobs_ext.artifacts.picks import clock
from videojobs_ext.rows.atomic_file import atomic_file
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.video.index import FrameIndex

TIMELINE = "timeline.png"

#: Pixels: the columns of time, a lane, what stands around them.
COLUMNS: Final = 1200
LANE: Final = 44
_LEFT, _RIGHT, _TOP, _BOTTOM = 260, 90, 56, 40
_GAP: Final = 10
#: Most lanes; of more, those with the most rows.
MOST_LANES: Final = 24
#: Rows of one label on at most this share of the frames are events: each gets its own mark.
_RARE: Final = 0.05

_PAPER = (30, 28, 27)
_FIELD = (44, 41, 39)
_GRID = (70, 66, 63)
_TITLE = (235, 235, 235)
_INK = (200, 200, 200)
_DIM = (150, 150, 150)
_VALUE = (240, 180, 90)
_COUNT = (110, 200, 120)
_EVENT = (90, 170, 255)

#: Distances of the axis' marks that people like, in seconds.
_STEPS: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class _Lane:
    """One lane: a measurement, how many of a label at once, or single events.

    ``level`` has a number for each column of time, NaN where nothing was said.
    """

    name: str
    told: str
    colour: tuple[int, int, int]
    level: NDArray[np.float64]
    most: float
    is_event: bool


class _Scale:
    """The columns of time from the first frame to the end of the last."""

    def __init__(self, index: FrameIndex) -> None:
        self.begin = float(index.time[0])
        self.length = max(index.end_time - self.begin, 1e-6)

    def sql(self) -> str:
        """Return the column of a row's time as SQL."""
        return (
            f"least(greatest(floor((time - {self.begin!r}) / {self.length!r} * {COLUMNS}), 0), "
            f"{COLUMNS - 1})::INTEGER"
        )

    def column(self, time: float) -> int:
        """Return where a time lies in the picture, in pixels from the left."""
        return _LEFT + round((time - self.begin) / self.length * COLUMNS)


def write_timeline(index: FrameIndex, reader: RowsReader, path: Path) -> None:
    """Write a PNG with a lane for each step's measurement and each of its labels.

    A measurement (rows with a value and no box, on many frames) is drawn as its mean in each
    column of time; a label as how many there are on a frame at most; a rare one as single events.
    """
    scale = _Scale(index)
    lanes = _lanes(reader, scale, len(index))
    page = _page(lanes, scale)
    _, encoded = cv2.imencode(".png", page)
    with atomic_file(path) as temporary:
        temporary.write_bytes(encoded.tobytes())


def _lanes(reader: RowsReader, scale: _Scale, frames: int) -> list[_Lane]:
    found = reader.sql(
        "WITH counted AS (SELECT step, label, frame_index, any_value(time) AS time, "  # noqa: S608
        "count(*) AS n, max(value) AS value, count(x) AS boxes FROM rows "
        "WHERE label IS NOT NULL OR value IS NOT NULL GROUP BY step, label, frame_index) "
        f"SELECT step, label, {scale.sql()} AS bin, max(n) AS n, avg(value) AS mean, "
        "sum(boxes)::BIGINT AS boxes, count(*) AS frames FROM counted GROUP BY ALL "
        "ORDER BY step, label NULLS FIRST, bin"
    ).to_pylist()
    grouped: dict[tuple[str, str | None], list[dict[str, float]]] = {}
    for row in found:
        grouped.setdefault((row["step"], row["label"]), []).append(row)
    weights = {key: sum(row["frames"] for row in rows) for key, rows in grouped.items()}
    kept = sorted(sorted(grouped, key=lambda key: -weights[key])[:MOST_LANES], key=_order(reader))
    return [_lane(key, grouped[key], is_rare=weights[key] <= _RARE * frames) for key in kept]


def _order(reader: RowsReader) -> Callable[[tuple[str, str | None]], tuple[int, str]]:
    steps = () if reader.metadata is None else reader.metadata.steps
    return lambda key: (steps.index(key[0]), key[1] or "")


def _lane(key: tuple[str, str | None], rows: list[dict[str, float]], *, is_rare: bool) -> _Lane:
    step, label = key
    rare = is_rare and label is not None
    measured = not rare and all(row["mean"] is not None and not row["boxes"] for row in rows)
    level = np.full(COLUMNS, np.nan)
    for row in rows:
        level[int(row["bin"])] = row["mean"] if measured else row["n"]
    most = float(np.nanmax(level))
    name = step if label in (None, step) else f"{step}: {label}"
    colour = _VALUE if measured else _EVENT if rare else _COUNT
    told = f"up to {most:.3g}" if measured else f"at most {most:g} at once"
    if rare:
        frames = int(sum(row["frames"] for row in rows))
        told = f"on {frames} frame{'s' if frames > 1 else ''}"
    return _Lane(name, told, colour, level, most, rare)


def _page(lanes: list[_Lane], scale: _Scale) -> Picture:
    height = _TOP + max(len(lanes), 1) * (LANE + _GAP) + _BOTTOM
    page = np.full((height, _LEFT + COLUMNS + _RIGHT, 3), _PAPER, np.uint8)
    bottom = height - _BOTTOM
    _write(page, "What happens when", (_GAP * 2, 34), 18, _TITLE)
    for number in range(len(lanes)):
        top = _TOP + number * (LANE + _GAP)
        page[top : top + LANE, _LEFT : _LEFT + COLUMNS] = _FIELD
    _draw_axis(page, scale, bottom)
    for number, lane in enumerate(lanes):
        _draw_lane(page, lane, _TOP + number * (LANE + _GAP))
    if not lanes:
        _write(page, "No step said anything.", (_LEFT, _TOP + 26), 15, _DIM)
    return page


def _draw_axis(page: Picture, scale: _Scale, bottom: int) -> None:
    step = next((step for step in _STEPS if scale.length / step <= 10), _STEPS[-1])
    first = np.ceil(scale.begin / step) * step
    for mark in np.arange(first, scale.begin + scale.length + step / 1000, step).tolist():
        x = scale.column(mark)
        page[_TOP:bottom, min(x, page.shape[1] - 1)] = _GRID
        text = clock(mark, hours=False)
        _write(page, text if step < 1 else text[:-4], (x - 18, bottom + 22), 13, _INK)


def _draw_lane(page: Picture, lane: _Lane, top: int) -> None:
    bottom = top + LANE
    _write(page, _short(lane.name), (_GAP * 2, top + 19), 15, _INK)
    said = np.flatnonzero(~np.isnan(lane.level))
    _write(page, lane.told, (_GAP * 2, top + 37), 12, _DIM)
    if lane.is_event:
        for column in said.tolist():
            page[top + 2 : bottom - 1, _LEFT + column : _LEFT + column + 2] = lane.colour
        return
    # Between two columns in which something was said, the level is that of the one before.
    span = _gap(said)
    for column, after in zip(said.tolist(), [*said[1:].tolist(), COLUMNS], strict=True):
        share = lane.level[column] / lane.most if lane.most > 0 else 0.0
        height = round(max(share, 0.0) * (LANE - 4))
        page[bottom - 1 - height : bottom, _LEFT + column : _LEFT + min(after, column + span)] = (
            lane.colour
        )


def _gap(said: NDArray[np.int64]) -> int:
    """Return how many columns a level stands for: the usual distance of two, and its rounding."""
    usual = int(np.median(np.diff(said))) if len(said) > 1 else 1
    return usual + 1 if usual > 1 else 1


def _short(text: str, most: int = 26) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _write(
    page: Picture, text: str, at: tuple[int, int], size: int, colour: tuple[int, int, int]
) -> None:
    cv2.putText(page, text, at, colour, cv2.FontFace("sans"), size, 400)
