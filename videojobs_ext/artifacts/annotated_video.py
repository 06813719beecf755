"""Annotated video: every frame of the source at its own time, with what was found drawn on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from videojobs_ext.artifacts.drawing import Pen, time_stamp
from videojobs_ext.artifacts.overlay import Overlay, Shape
from videojobs_ext.video.chunks import Chunk
from videojobs_ext.video.index import FrameIndex
from videojobs_ext.video.reader import FrameReader
from videojobs_ext.video.segments import Canvas, Colour, SegmentWriter, Span

ANNOTATED_VIDEO = "annotated.mp4"


@dataclass(frozen=True)
class Film:
    """A film to make: its file's name, the pieces of the video, and the span where it isn't all."""

    name: str
    chunks: tuple[Chunk, ...]
    span: Span | None


def render_segment(
    video: Path,
    index: FrameIndex,
    chunk: Chunk,
    overlay: Overlay,
    shapes: Sequence[Shape],
    path: Path,
) -> None:
    """Draw over a chunk's frames and encode them as one piece (see ``video.segments``).

    Frames that can't be decoded are missing: the one before stays longer.
    """
    pen = Pen(index.height)
    with (
        FrameReader(video, index) as reader,
        SegmentWriter(path, index.width, index.height, index.time_base, Colour.of(video)) as writer,
    ):
        wanted = np.arange(chunk.first, chunk.stop)
        for frame in reader.read(wanted):
            canvas = Canvas(frame.yuv())
            stamp = time_stamp(frame.time, frame.number)
            pen.draw(canvas, overlay.at(frame.number), shapes, stamp)
            writer.write(canvas, frame.pts)
