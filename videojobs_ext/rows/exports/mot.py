"""MOTChallenge text: one box a line, everything counted from 1; labels have no place in it."""

from __future__ import annotations

from pathlib import Path

from videojobs_ext.rows.atomic_file import atomic_file
from videojobs_ext.rows.exports.base import ExportContext
from videojobs_ext.rows.exports.boxes import Boxes
from videojobs_ext.rows.reader import RowsReader

NAME = "mot"
MEDIA_TYPE = "text/plain"
EXTENSION = ".mot.txt"

#: The id of a detection that belongs to no track, and what stands for unknown world coordinates.
_NONE = -1


def write(reader: RowsReader, path: Path, context: ExportContext) -> None:  # noqa: ARG001
    """Write ``frame,id,left,top,width,height,confidence,-1,-1,-1``, sorted by frame.

    Frames, ids and pixels count from 1 (motchallenge.net, "Format"): frame 0 of the video is 1 and
    its top left pixel is 1,1. A job without tracks gives detections, whose id is -1.
    """
    boxes = Boxes(reader, NAME)
    with atomic_file(path) as temporary, temporary.open("w", encoding="ascii") as file:
        for number, found in boxes.by_frame():
            for box in found:
                if boxes.has_tracks and box.track is None:
                    continue
                track = _NONE if box.track is None else box.track
                score = 1 if box.score is None else box.score
                place = f"{box.x + 1:.2f},{box.y + 1:.2f},{box.w:.2f},{box.h:.2f}"
                file.write(f"{number + 1},{track},{place},{score:g},{_NONE},{_NONE},{_NONE}\n")
