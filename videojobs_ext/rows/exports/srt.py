"""SubRip subtitles: the shots between cuts, and the text that was read, for any player."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from videojobs_ext.rows.atomic_file import atomic_file
from videojobs_ext.rows.exports.base import ExportContext, NothingToExport
from videojobs_ext.rows.exports.cues import cue_times
from videojobs_ext.rows.reader import FrameResult, RowsReader

NAME = "srt"
MEDIA_TYPE = "application/x-subrip"
EXTENSION = ".srt"

#: How long text stays that isn't seen again, in seconds; longer when sampling is sparser.
HOLD = 1.0


@dataclass(frozen=True, slots=True)
class _State:
    """What the subtitle says: which shot (from 1; 0 where none is told), and lines of text."""

    shot: int
    lines: tuple[str, ...]

    def __str__(self) -> str:
        shot = (f"Shot {self.shot}",) if self.shot else ()
        return "\n".join((*shot, *self.lines))


def write(reader: RowsReader, path: Path, context: ExportContext) -> None:
    """Write a subtitle for each stretch in which shot and text stay the same.

    A row labelled ``cut`` begins a shot. Raises NothingToExport without cuts and text.
    """
    (told,) = reader.sql(
        "SELECT count(*) FILTER (label = 'cut') AS cuts, max(time) AS end, "
        "count(text) FILTER (x IS NOT NULL) AS texts FROM rows"
    ).to_pylist()
    if not told["cuts"] and not told["texts"]:
        raise NothingToExport(
            "The format srt holds cuts and text, and this job has found neither. "
            "The formats json, csv, parquet and vtt hold every kind of row."
        )
    end = told["end"] + HOLD if context.video is None else context.video.end_time
    start = _State(1 if told["cuts"] else 0, ())
    hold = max(HOLD, 2 * _spacing(reader))
    with atomic_file(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        number = 0
        for begin, stop, state in _stretches(reader.frames(), start, hold, end):
            if str(state) and stop > begin:
                number += 1
                file.write(f"{number}\n{cue_times(begin, stop, ',')}\n{state}\n\n")


def _stretches(
    frames: Iterator[FrameResult], state: _State, hold: float, end: float
) -> Iterator[tuple[float, float, _State]]:
    """Yield from when until when each state lasts."""
    begin = seen = 0.0
    for frame in frames:
        if state.lines and frame.time - seen > hold:
            yield begin, seen + hold, state
            begin, state = seen + hold, _State(state.shot, ())
        lines = _lines(frame)
        if lines:
            seen = frame.time
        # A frame on which nothing was read doesn't end the text at once.
        following = _State(state.shot + _is_cut(frame), lines or state.lines)
        if following != state:
            yield begin, frame.time, state
            begin, state = frame.time, following
    if state.lines and end > seen + hold:
        yield begin, seen + hold, state
        begin, state = seen + hold, _State(state.shot, ())
    yield begin, end, state


def _is_cut(frame: FrameResult) -> bool:
    return any(row.get("label") == "cut" for rows in frame.result.values() for row in rows)


def _lines(frame: FrameResult) -> tuple[str, ...]:
    """Return the texts with a box on a frame, from top to bottom, each as one line and once."""
    rows = [row for rows in frame.result.values() for row in rows if row.get("text") and "x" in row]
    rows.sort(key=lambda row: (row.get("y", 0.0), row.get("x", 0.0)))
    return tuple(dict.fromkeys(" ".join(row["text"].split()) for row in rows))


def _spacing(reader: RowsReader) -> float:
    """Return the shortest time between two frames with text, in seconds."""
    found = reader.sql(
        "SELECT min(gap) AS gap FROM (SELECT time - lag(time) OVER (ORDER BY time) AS gap "
        "FROM (SELECT DISTINCT time FROM rows WHERE text IS NOT NULL AND x IS NOT NULL))"
    )
    return found["gap"].to_pylist()[0] or 0.0
