"""Clips: short films around what happened."""

from __future__ import annotations

import re

import numpy as np

from videojobs_ext.artifacts.annotated_video import Film
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.video.chunks import Chunk
from videojobs_ext.video.index import FrameIndex
from videojobs_ext.video.segments import Span


def plan_clips(
    reader: RowsReader, index: FrameIndex, *, label: str, before: float, after: float, most: int
) -> tuple[Film, ...]:
    """Return the first ``most`` clips around rows of a label, ``before`` and ``after`` in seconds.

    A track is one event, on its first frame. What happens within a clip has no other of its own.
    """
    word = label.replace("'", "''")
    found = reader.sql(
        "SELECT min(time) AS time FROM rows "  # noqa: S608 — the reader's own rows, the word quoted
        f"WHERE label = '{word}' AND track_id IS NOT NULL GROUP BY step, track_id UNION ALL "
        f"SELECT time FROM rows WHERE label = '{word}' AND track_id IS NULL ORDER BY time"
    )
    films: list[Film] = []
    end = -np.inf
    for time in found["time"].to_numpy().tolist():
        if time < end:
            continue
        begin, end = time - before, time + after
        first, stop = (int(at) for at in np.searchsorted(index.time, [begin, end]))
        if stop > first:
            name = f"clip_{len(films) + 1:03d}_{_file_word(label)}.mp4"
            films.append(Film(name, (Chunk(0, first, stop),), Span(begin, end)))
        if len(films) == most:
            break
    return tuple(films)


def _file_word(label: str) -> str:
    """Return a label as a piece of a file's name."""
    return re.sub(r"\W+", "_", label).strip("_")[:40] or "event"
