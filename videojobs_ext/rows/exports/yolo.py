"""YOLO: a zip with a text file for each frame that has boxes, the classes, and a ``data.yaml``."""

from __future__ import annotations

import zipfile
from pathlib import Path

import yaml

from videojobs_ext.rows.atomic_file import atomic_file
from videojobs_ext.rows.exports.base import ExportContext
from videojobs_ext.rows.exports.boxes import Boxes, frame_name
from videojobs_ext.rows.reader import RowsReader

NAME = "yolo"
MEDIA_TYPE = "application/zip"
EXTENSION = ".yolo.zip"

_FOLDER = "labels/train"


def write(reader: RowsReader, path: Path, context: ExportContext) -> None:
    """Write ``class x y w h`` a box: its centre and size as fractions of the frame.

    Boxes are cut off at the frame's borders, as trainers want them. ``data.yaml`` is that of
    Ultralytics; it expects the pictures in ``images/train``, called as the text files (frames
    count from 0). A zip's table of contents is kept until the end: half a kilobyte a frame.
    """
    boxes = Boxes(reader, NAME)
    classes = {label: number for number, label in enumerate(boxes.labels())}
    width, height = boxes.metadata.width, boxes.metadata.height
    about = {"path": ".", "train": "images/train", "val": "images/train"}
    about_classes = {"names": {number: label for label, number in classes.items()}}
    names = "".join(f"{' '.join(label.split())}\n" for label in classes)
    data = yaml.safe_dump({**about, **about_classes}, sort_keys=False, allow_unicode=True)
    at = context.updated_at.timetuple()[:6]
    with (
        atomic_file(path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as file,
    ):

        def add(name: str, text: str) -> None:
            entry = zipfile.ZipInfo(name, at)
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, text)

        add("data.yaml", data)
        add("classes.txt", names)
        for number, found in boxes.by_frame():
            lines = []
            for box in found:
                inside = box.clipped(boxes.metadata)
                if inside is not None:
                    left, top, right, bottom = inside
                    x, y = (left + right) / 2 / width, (top + bottom) / 2 / height
                    w, h = (right - left) / width, (bottom - top) / height
                    lines.append(f"{classes[box.label]} {x:.6f} {y:.6f} {w:.6f} {h:.6f}\n")
            add(f"{_FOLDER}/{frame_name(number)}.txt", "".join(lines))
