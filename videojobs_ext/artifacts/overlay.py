"""What is drawn over a frame: told from the rows, frame by frame."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from videojobs_ext.rows.reader import FrameResult, RowsReader
from videojobs_ext.video.chunks import Chunk
from videojobs_ext.video.index import FrameIndex

#: How long boxes stay on frames that were not analyzed, in seconds. Someone who walks moves half
#: their own width in this time; an older box would be beside the thing rather than around it.
HOLD = 0.5
#: How long a trail reaches back, and how long an event without a box is told; seconds.
TRAIL = 1.0
NOTE = 1.5
#: Rows without a box on at most this share of the analyzed frames are events.
RARE = 0.2
#: Most events that are told at once.
MOST_NOTES = 4

#: x (to the right) and y (down) in pixels of the upright frame.
Point = tuple[float, float]


@dataclass(frozen=True)
class Shape:
    """A zone or a line by its name; ``closed`` tells an area."""

    name: str
    points: tuple[Point, ...]
    closed: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A box (left, top, width, height in pixels) with its caption; ``key`` chooses the colour."""

    box: tuple[float, float, float, float]
    caption: str
    key: int | str
    trail: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class Marks:
    """Everything that is drawn over one frame besides its time."""

    boxes: list[Mark] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Overlay:
    """The marks of a chunk's frames, asked for in rising order.

    ``sampled`` are the numbers of all analyzed frames. A frame between them shows the boxes of the
    analyzed frame before it for at most ``HOLD`` seconds; one that was analyzed shows its own,
    or none. Where a label is tracked, only its tracked boxes are shown: the others are the
    detections that the tracks were made from.
    """

    def __init__(
        self, reader: RowsReader, index: FrameIndex, sampled: NDArray[np.int64], chunk: Chunk
    ) -> None:
        self._times = index.time
        self._sampled = sampled
        tracked = reader.sql(
            "SELECT DISTINCT label FROM rows WHERE track_id IS NOT NULL AND x IS NOT NULL"
        )
        self._tracked = set(tracked["label"].to_pylist())
        told = reader.sql(
            "SELECT step, label, count(DISTINCT frame_index) AS frames FROM rows "
            "WHERE x IS NULL AND label IS NOT NULL GROUP BY ALL"
        )
        #: What is an event when it has no box, and no measurement that stands on every frame.
        self._events = {
            (row["step"], row["label"])
            for row in told.to_pylist()
            if row["frames"] <= max(1, RARE * len(sampled))
        }
        begin = float(self._times[chunk.first]) - max(HOLD, TRAIL, NOTE)
        self._results = reader.frames(from_time=begin)
        self._next = next(self._results, None)
        self._shown: FrameResult | None = None
        self._trails: dict[int, deque[tuple[float, Point]]] = defaultdict(deque)
        self._notes: deque[tuple[float, str]] = deque()

    def at(self, number: int) -> Marks:
        """Return what is drawn over a frame."""
        while self._next is not None and self._next.frame_index <= number:
            self._take(self._next)
            self._next = next(self._results, None)
        now = float(self._times[number])
        return Marks(self._boxes(number, now), self._told(now))

    def _take(self, result: FrameResult) -> None:
        self._shown = result
        for step, rows in result.result.items():
            for row in rows:
                if not _has_box(row):
                    if (step, row.get("label")) in self._events:
                        words = [step + ":", row["label"], row.get("text") or ""]
                        self._notes.append((result.time, " ".join(words).strip()))
                elif row.get("track_id") is not None:
                    self._trails[row["track_id"]].append((result.time, _foot(row)))

    def _boxes(self, number: int, now: float) -> list[Mark]:
        at = int(np.searchsorted(self._sampled, number, "right")) - 1
        shown = self._shown
        if shown is None or at < 0 or shown.frame_index != self._sampled[at]:
            return []
        if now - shown.time > HOLD:
            return []
        rows = (row for rows in shown.result.values() for row in rows if _has_box(row))
        return [self._mark(row, now) for row in rows if self._counts(row)]

    def _counts(self, row: dict[str, Any]) -> bool:
        return row.get("track_id") is not None or row.get("label") not in self._tracked

    def _mark(self, row: dict[str, Any], now: float) -> Mark:
        box = (row["x"], row["y"], row["w"], row["h"])
        label, track = row.get("label"), row.get("track_id")
        if track is None:
            return Mark(box, row.get("text") or label or "", label or "")
        trail = self._trails[track]
        while trail and now - trail[0][0] > TRAIL:
            trail.popleft()
        caption = f"{row.get('text') or label or ''} {track}".strip()
        return Mark(box, caption, track, tuple(point for _, point in trail))

    def _told(self, now: float) -> list[str]:
        while self._notes and now - self._notes[0][0] > NOTE:
            self._notes.popleft()
        return list(dict.fromkeys(note for _, note in self._notes))[-MOST_NOTES:]


def _has_box(row: dict[str, Any]) -> bool:
    return all(name in row for name in ("x", "y", "w", "h"))


def _foot(row: dict[str, Any]) -> Point:
    """Return the middle of the lower side, where a thing stands."""
    return row["x"] + row["w"] / 2, row["y"] + row["h"]
