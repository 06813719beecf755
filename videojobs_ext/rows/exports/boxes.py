"""The boxes among a job's rows, by frame or by track: what annotation formats are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, groupby
from typing import Any

from videojobs_ext.rows.exports.base import NothingToExport
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.rows.schema import RowsMetadata

#: The class of a box to which its step gave no label.
UNLABELLED = "object"

_COLUMNS = "step, frame_index, time, label, score, track_id, x, y, w, h, text"
_BOXED = "x IS NOT NULL AND y IS NOT NULL AND w IS NOT NULL AND h IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Box:
    """One box on one frame, in pixels of the upright frame.

    ``track`` numbers tracks from 1; unlike the rows' ``track_id`` it belongs to one step's track.
    """

    frame_index: int
    time: float
    step: str
    label: str
    score: float | None
    track: int | None
    x: float
    y: float
    w: float
    h: float
    text: str | None

    def clipped(self, metadata: RowsMetadata) -> tuple[float, float, float, float] | None:
        """Return left, top, right, bottom of what lies within the frame; None when nothing does."""
        left, top = max(self.x, 0.0), max(self.y, 0.0)
        right = min(self.x + self.w, float(metadata.width))
        bottom = min(self.y + self.h, float(metadata.height))
        return (left, top, right, bottom) if right > left and bottom > top else None


class Boxes:
    """A job's boxes; raises NothingToExport when it has none.

    Where a label is tracked, its tracked boxes alone count: the others are the detections from
    which the tracks were made, and would stand twice.
    """

    def __init__(self, reader: RowsReader, format_name: str) -> None:
        metadata = reader.metadata
        numbered = reader.sql(
            f"SELECT label, step, track_id FROM rows WHERE {_BOXED} GROUP BY ALL ORDER BY ALL"  # noqa: S608
        ).to_pylist()
        if metadata is None or not numbered:
            steps = ", ".join(metadata.steps) if metadata is not None else "none"
            raise NothingToExport(
                f"The format {format_name} holds boxes, and this job has found none "
                f"(its steps: {steps}). The formats json, csv and parquet hold every kind of row."
            )
        self.metadata: RowsMetadata = metadata
        self._reader = reader
        self._tracked = {row["label"] for row in numbered if row["track_id"] is not None}
        self._numbers = _numbers(
            {(row["step"], row["track_id"]) for row in numbered if row["track_id"] is not None}
        )

    @property
    def has_tracks(self) -> bool:
        """Tell whether some box belongs to a track."""
        return bool(self._numbers)

    def labels(self) -> list[str]:
        """Return the labels of the boxes, sorted."""
        found = self._reader.sql(f"SELECT DISTINCT label FROM rows WHERE {_BOXED}")  # noqa: S608
        return sorted({label or UNLABELLED for label in found["label"].to_pylist()})

    def spacing(self) -> int:
        """Return how many frames lie from one analyzed frame to the next, as far as rows tell."""
        found = self._reader.sql(
            "SELECT min(gap) AS gap FROM (SELECT frame_index - lag(frame_index) OVER "
            "(ORDER BY frame_index) AS gap FROM (SELECT DISTINCT frame_index FROM rows))"
        )
        return found["gap"].to_pylist()[0] or 1

    def by_frame(self) -> Iterator[tuple[int, list[Box]]]:
        """Iterate over the frames that have boxes, with their numbers."""
        for frame in self._reader.frames():
            found = [
                self._box(row | {"step": step, "frame_index": frame.frame_index}, frame.time)
                for step, rows in frame.result.items()
                for row in rows
                if _is_box(row) and self._counts(row)
            ]
            if found:
                yield frame.frame_index, found

    def by_track(self) -> Iterator[tuple[Box, Iterator[Box]]]:
        """Iterate over tracks: the first box, then all of them in order of time.

        A box that belongs to no track is one of its own. Each track must be read before the next.
        """
        rows = self._reader.stream_sql(
            f"SELECT {_COLUMNS} FROM rows WHERE {_BOXED} "  # noqa: S608
            "ORDER BY track_id IS NULL, step, track_id, frame_index"
        )
        boxes = (
            self._box(row, row["time"])
            for batch in rows
            for row in batch.to_pylist()
            if self._counts(row)
        )
        keyed = ((box.track or -number, box) for number, box in enumerate(boxes, start=1))
        for _, group in groupby(keyed, key=lambda pair: pair[0]):
            track = (box for _, box in group)
            first = next(track)
            yield first, chain([first], track)

    def _counts(self, row: dict[str, Any]) -> bool:
        return row.get("track_id") is not None or row.get("label") not in self._tracked

    def _box(self, row: dict[str, Any], time: float) -> Box:
        track_id, score = row.get("track_id"), row.get("score")
        return Box(
            frame_index=row["frame_index"],
            time=time,
            step=row["step"],
            label=row.get("label") or UNLABELLED,
            score=None if score is None else round(score, 4),
            track=None if track_id is None else self._numbers[row["step"], track_id],
            x=round(row["x"], 2),
            y=round(row["y"], 2),
            w=round(row["w"], 2),
            h=round(row["h"], 2),
            text=row.get("text"),
        )


def _is_box(row: dict[str, Any]) -> bool:
    return all(name in row for name in ("x", "y", "w", "h"))


def _numbers(tracks: set[tuple[str, int]]) -> dict[tuple[str, int], int]:
    """Return a number from 1 for each (step, track_id): the id itself where that is possible."""
    ids = [track_id for _, track_id in tracks]
    if len(set(ids)) == len(ids) and all(track_id > 0 for track_id in ids):
        return {track: track[1] for track in tracks}
    return {track: number for number, track in enumerate(sorted(tracks), start=1)}


def frame_name(number: int) -> str:
    """Return what a frame's picture is called, without ending; numbers count from 0."""
    return f"frame_{number:06d}"
