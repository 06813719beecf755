"""JSON: the document that ``GET /v1/video/results/{job_id}`` answers with, written in pieces."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from videojobs_ext.rows.atomic_file import atomic_file
from videojobs_ext.rows.exports.base import ExportContext
from videojobs_ext.rows.reader import FrameResult, RowsReader

NAME = "json"
MEDIA_TYPE = "application/json"
EXTENSION = ".json"

_HEAD = ',"results":['
_FOOT = '\n],"created_at":'

#: What stands around the results is never longer than this, and is copied in such pieces; bytes.
_ENDS = 4096
_PIECE = 1 << 20


def write(reader: RowsReader, path: Path, context: ExportContext) -> None:
    """Write ``{"job_id", "results": [one object a frame], "created_at", "updated_at"}``."""
    with atomic_file(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write(_head(context))
        for number, frame in enumerate(reader.frames()):
            file.write(",\n" if number else "\n")
            file.write(encode(frame_to_json(frame)))
        file.write(_foot(context))


def readdress(source: Path, path: Path, context: ExportContext) -> None:
    """Write the document ``source`` for another job, whose results are the same."""
    with source.open("rb") as old, atomic_file(path) as temporary, temporary.open("wb") as new:
        size = old.seek(0, os.SEEK_END)
        old.seek(max(size - _ENDS, 0))
        stop = max(size - _ENDS, 0) + old.read().rindex(_FOOT.encode())
        old.seek(0)
        old.seek(old.read(_ENDS).index(_HEAD.encode()) + len(_HEAD))
        new.write(_head(context).encode())
        while (rest := stop - old.tell()) > 0:
            new.write(old.read(min(rest, _PIECE)))
        new.write(_foot(context).encode())


def frame_to_json(frame: FrameResult) -> dict[str, Any]:
    """Return one element of ``results``."""
    return {
        "frame_index": frame.frame_index,
        "time": frame.time,
        "pts": frame.pts,
        "result": frame.result,
    }


def encode(value: object) -> str:
    """Return compact JSON; raises ValueError for NaN and infinities."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _head(context: ExportContext) -> str:
    return f'{{"job_id":{encode(str(context.job_id))}{_HEAD}'


def _foot(context: ExportContext) -> str:
    created, updated = context.created_at.isoformat(), context.updated_at.isoformat()
    return f'{_FOOT}{encode(created)},"updated_at":{encode(updated)}}}\n'
