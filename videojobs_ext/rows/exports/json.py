"""JSON: the document that ``GET /v1/video/results/{job_id}`` answers with, written in pieces."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from videojobs_ext.rows.atomic_file import atomic_file
from videojobs_ext.rows.exports.base import ExportContext
from videojobs_ext.rows.reader import FrameResult, RowsReader

NAME = "json"
MEDIA_TYPE = "application/json"
EXTENSION = ".json"


def write(reader: RowsReader, path: Path, context: ExportContext) -> None:
    """Write ``{"job_id", "results": [one object a frame], "created_at", "updated_at"}``."""
    with atomic_file(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write(f'{{"job_id":{_encode(str(context.job_id))},"results":[')
        for number, frame in enumerate(reader.frames()):
            file.write(",\n" if number else "\n")
            file.write(_encode(frame_to_json(frame)))
        file.write(f'\n],"created_at":{_encode(context.created_at.isoformat())}')
        file.write(f',"updated_at":{_encode(context.updated_at.isoformat())}}}\n')


def frame_to_json(frame: FrameResult) -> dict[str, Any]:
    """Return one element of ``results``."""
    return {
        "frame_index": frame.frame_index,
        "time": frame.time,
        "pts": frame.pts,
        "result": frame.result,
    }


def _encode(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
