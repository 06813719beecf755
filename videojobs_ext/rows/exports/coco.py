"""COCO for video: one JSON with videos, images (frames), annotations (boxes) and categories."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TextIO

from videojobs_ext.rows.atomic_file import atomic_file
from videojobs_ext.rows.exports.base import ExportContext
from videojobs_ext.rows.exports.boxes import Box, Boxes, frame_name
from videojobs_ext.rows.exports.json import encode
from videojobs_ext.rows.reader import RowsReader

NAME = "coco"
MEDIA_TYPE = "application/json"
EXTENSION = ".coco.json"

_VIDEO_ID = 1


def write(reader: RowsReader, path: Path, context: ExportContext) -> None:
    """Write the boxes by frame.

    An image's id is its frame's number plus 1 (COCO ids count from 1), ``frame_id`` the number
    itself. An annotation's ``track_id`` (TAO) and ``instance_id`` (CocoVID) are the same.
    """
    boxes = Boxes(reader, NAME)
    categories = {label: number for number, label in enumerate(boxes.labels(), start=1)}
    name = context.name if context.video is None else context.video.name
    metadata = boxes.metadata
    size = {"width": metadata.width, "height": metadata.height}
    head = {
        "info": {"description": context.name, "date_created": context.updated_at.isoformat()},
        "licenses": [],
        "videos": [{"id": _VIDEO_ID, "name": name, **size}],
        "categories": [
            {"id": number, "name": label, "supercategory": ""}
            for label, number in categories.items()
        ],
    }
    with (
        atomic_file(path) as temporary,
        temporary.open("w", encoding="utf-8") as file,
        tempfile.TemporaryFile("w+", encoding="utf-8", dir=path.parent) as annotations,
    ):
        file.write(encode(head)[:-1] + ',"images":[')
        count = 0
        for at, (number, found) in enumerate(boxes.by_frame()):
            image = {
                "id": number + 1,
                "video_id": _VIDEO_ID,
                "frame_id": number,
                "file_name": f"{frame_name(number)}.jpg",
                "time": found[0].time,
                **size,
            }
            file.write(f"{',' if at else ''}\n{encode(image)}")
            for box in found:
                count += 1
                _annotate(annotations, count, box, categories[box.label])
        file.write('\n],"annotations":[')
        annotations.seek(0)
        shutil.copyfileobj(annotations, file)
        file.write("\n]}\n")


def _annotate(file: TextIO, number: int, box: Box, category: int) -> None:
    annotation: dict[str, object] = {
        "id": number,
        "image_id": box.frame_index + 1,
        "video_id": _VIDEO_ID,
        "category_id": category,
        "bbox": [box.x, box.y, box.w, box.h],
        "area": round(box.w * box.h, 2),
        "iscrowd": 0,
        "step": box.step,
    }
    if box.track is not None:
        annotation |= {"track_id": box.track, "instance_id": box.track}
    if box.score is not None:
        annotation["score"] = box.score
    if box.text is not None:
        annotation["text"] = box.text
    file.write(f"{',' if number > 1 else ''}\n{encode(annotation)}")
