"""JSON lines: one frame a line, each an element of ``results`` in the JSON export."""

from __future__ import annotations

from pathlib import Path

from videojobs_ext.rows.atomic_file import atomic_file
from videojobs_ext.rows.exports.base import ExportContext
from videojobs_ext.rows.exports.json import encode, frame_to_json
from videojobs_ext.rows.reader import RowsReader

NAME = "jsonl"
MEDIA_TYPE = "application/jsonl"
EXTENSION = ".jsonl"


def write(reader: RowsReader, path: Path, context: ExportContext) -> None:  # noqa: ARG001
    """Write the frames that have rows."""
    with atomic_file(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        for frame in reader.frames():
            file.write(f"{encode(frame_to_json(frame))}\n")
