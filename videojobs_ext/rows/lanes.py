"""Rows as lanes of a timeline: counts, scores and values by step, label and stretch of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videojobs_ext.rows.query import query_parts

#: Lanes at most, those with the most rows: with ``bins`` the bound of an answer's size.
MOST_LANES = 48

#: A lane without boxes whose rows are no more than this is told row by row, like a list of cuts.
MOST_MARKS = 500


@dataclass(frozen=True, slots=True)
class Lane:
    """The rows of one step with one label, in a window of time.

    ``bins`` are the numbers of the stretches that have rows, rising; ``count``, ``score`` (the
    highest) and ``value`` (the mean) stand beside them, the last two None where no row has one.
    ``marks`` are the times (seconds) of rows without a box, where those are few.
    """

    step: str
    label: str | None
    rows: int
    boxes: int
    frames: int
    tracks: int
    bins: list[int]
    count: list[int]
    score: list[float | None] | None
    value: list[float | None] | None
    marks: list[float] | None


def read_lanes(
    parts: Sequence[Path], from_time: float, to_time: float, bins: int
) -> tuple[list[Lane], int]:
    """Return the lanes of [from_time, to_time) in ``bins`` equal stretches, and how many are left.

    Lanes stand in order of step and number of rows. Times are seconds; ``to_time`` is the greater.
    """
    width = (to_time - from_time) / bins
    # A frame's time over a bin's length may come out as a hair less than a whole number.
    # The numbers are Python's floats and ints: nothing of the caller's is text here.
    query = f"""
        WITH seen AS MATERIALIZED (
            SELECT step, label, time, frame_index, track_id, score, value, x IS NOT NULL AS box,
                   least(floor((time - {from_time!r}) / {width!r} + 1e-6)::INT, {bins - 1}) AS bin
            FROM rows WHERE time >= {from_time!r} AND time < {to_time!r}
        ),
        every AS (
            SELECT step, label, count(*) AS rows, count(*) FILTER (box) AS boxes,
                   count(DISTINCT frame_index) AS frames, count(DISTINCT track_id) AS tracks
            FROM seen GROUP BY ALL
        ),
        chosen AS (
            SELECT *, count(*) OVER () AS lanes FROM every
            ORDER BY rows DESC, step, label LIMIT {MOST_LANES}
        ),
        binned AS (
            SELECT step, label, bin, count(*) AS n, max(score) AS score, avg(value) AS value
            FROM seen GROUP BY ALL
        ),
        curves AS (
            SELECT step, label, list(bin ORDER BY bin) AS bins, list(n ORDER BY bin) AS count,
                   list(score ORDER BY bin) AS score, list(value ORDER BY bin) AS value
            FROM binned GROUP BY ALL
        ),
        marked AS (
            SELECT seen.step, seen.label, list(time ORDER BY time) AS marks
            FROM seen JOIN chosen
                ON seen.step = chosen.step AND seen.label IS NOT DISTINCT FROM chosen.label
            WHERE boxes = 0 AND rows <= {MOST_MARKS} GROUP BY ALL
        )
        SELECT chosen.*, curves.* EXCLUDE (step, label), marks
        FROM chosen
        JOIN curves
            ON chosen.step = curves.step AND chosen.label IS NOT DISTINCT FROM curves.label
        LEFT JOIN marked
            ON chosen.step = marked.step AND chosen.label IS NOT DISTINCT FROM marked.label
        ORDER BY chosen.step, rows DESC, chosen.label
    """  # noqa: S608
    found = query_parts(parts, query).to_pylist()
    left = found[0]["lanes"] - len(found) if found else 0
    return [_lane(row) for row in found], left


def _lane(row: dict[str, Any]) -> Lane:
    del row["lanes"]
    for name in ("score", "value"):
        if all(number is None for number in row[name]):
            row[name] = None
        else:
            row[name] = [None if number is None else float(f"{number:.6g}") for number in row[name]]
    return Lane(**row)
