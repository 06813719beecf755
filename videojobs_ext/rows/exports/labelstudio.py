"""Label Studio: one task with the video and, as its prediction, a rectangle for each track."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from videojobs_ext.rows.atomic_file import atomic_file
from videojobs_ext.rows.exports.base import ExportContext
from videojobs_ext.rows.exports.boxes import Box, Boxes
from videojobs_ext.rows.exports.json import encode
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.rows.schema import RowsMetadata

NAME = "labelstudio"
MEDIA_TYPE = "application/json"
EXTENSION = ".labelstudio.json"

#: The names of the tags in the labelling interface that the regions belong to.
_FROM, _TO = "box", "video"


def write(reader: RowsReader, path: Path, context: ExportContext) -> None:
    """Write a list of one task in Label Studio's import format (``VideoRectangle``).

    The project's interface must have ``<Video name="video" value="$video"/>``,
    ``<VideoRectangle name="box" toName="video"/>`` and ``<Labels name="labels" toName="video">``.
    Boxes are in percent of the frame, frames count from 1. Between two entries of a sequence Label
    Studio interpolates while the first is ``enabled``.
    """
    boxes = Boxes(reader, NAME)
    spacing = boxes.spacing()
    video = context.video
    shared = {"type": "videorectangle", "from_name": _FROM, "to_name": _TO, "origin": "prediction"}
    facts = {} if video is None else {"framesCount": video.frames, "duration": video.end_time}
    task = {"video": context.name if video is None else video.name}
    with atomic_file(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write(f'[{{"data":{encode(task)},"predictions":[{{"model_version":"videojobs"')
        file.write(',"result":[')
        for number, (first, found) in enumerate(boxes.by_track()):
            region: dict[str, object] = {"id": f"{number + 1:06d}", **shared}
            if first.text is not None:
                region["meta"] = {"text": [first.text]}
            if first.score is not None:
                region["score"] = first.score
            value = facts | {"labels": [first.label]}
            file.write(f"{',' if number else ''}\n{encode(region)[:-1]}")
            file.write(f',"value":{encode(value)[:-1]},"sequence":[')
            _write_sequence(file, found, boxes.metadata, spacing)
            file.write("]}}")
        file.write("\n]}]}]\n")


def _write_sequence(
    file: TextIO, found: Iterator[Box], metadata: RowsMetadata, spacing: int
) -> None:
    """Write a track's boxes; one before a gap, and the last, isn't carried on."""
    last: Box | None = None
    for box in found:
        if last is not None and box.frame_index == last.frame_index:
            continue
        if last is not None:
            carried = box.frame_index - last.frame_index <= 2 * spacing
            file.write(f"{_entry(last, metadata, enabled=carried)},")
        last = box
    if last is not None:
        file.write(_entry(last, metadata, enabled=False))


def _entry(box: Box, metadata: RowsMetadata, *, enabled: bool) -> str:
    return encode(
        {
            "frame": box.frame_index + 1,
            "time": box.time,
            "enabled": enabled,
            "rotation": 0,
            "x": round(box.x * 100 / metadata.width, 4),
            "y": round(box.y * 100 / metadata.height, 4),
            "width": round(box.w * 100 / metadata.width, 4),
            "height": round(box.h * 100 / metadata.height, 4),
        }
    )
