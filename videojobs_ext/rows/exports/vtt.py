"""WebVTT metadata: a cue a frame with its rows as JSON, for players and their scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from videojobs_ext.rows.atomic_file import atomic_file
from videojobs_ext.rows.exports.base import ExportContext
from videojobs_ext.rows.exports.cues import cue_times
from videojobs_ext.rows.exports.json import encode, frame_to_json
from videojobs_ext.rows.reader import FrameResult, RowsReader

NAME = "vtt"
MEDIA_TYPE = "text/vtt"
EXTENSION = ".vtt"

#: Longest time that a frame's rows stand for, in seconds.
LONGEST = 1.0


def write(reader: RowsReader, path: Path, context: ExportContext) -> None:
    """Write a cue for each frame with rows: until the next such frame, at most a second.

    Its text is the frame's element of ``results`` in the JSON export, its id the frame's number.
    For ``<track kind="metadata">``.
    """
    end = None if context.video is None else context.video.end_time
    with atomic_file(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write("WEBVTT\n")
        for frame, following in _pairs(reader.frames()):
            stop = frame.time + LONGEST
            stop = min(stop, stop if following is None else following.time)
            stop = stop if end is None else min(stop, end)
            # A cue's text can't hold an arrow; in JSON a > can stand as an escape.
            text = encode(frame_to_json(frame)).replace("-->", "--\\u003e")
            times = cue_times(frame.time, stop, ".")
            file.write(f"\n{frame.frame_index}\n{times}\n{text}\n")


def _pairs(frames: Iterator[FrameResult]) -> Iterator[tuple[FrameResult, FrameResult | None]]:
    """Yield each frame with the one after it, None after the last."""
    frame = next(frames, None)
    while frame is not None:
        following = next(frames, None)
        yield frame, following
        frame = following
