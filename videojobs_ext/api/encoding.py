"""Rows and frame tables as streams of bytes, made piece by piece at constant memory."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq

from videojobs_ext.api.media import ARROW
from videojobs_ext.rows.exports.json import frame_to_json

if TYPE_CHECKING:
    from datetime import datetime

    from _typeshed import ReadableBuffer as Buffer

    from videojobs_ext.rows.reader import FrameResult

#: Frames that are turned into JSON at once.
_FRAMES_A_PIECE = 256


def encode_batches(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, media_type: str
) -> Iterator[bytes]:
    """Yield record batches as an Arrow IPC stream or as a Parquet file."""
    sink = _Sink()
    file = pa.PythonFile(sink, mode="w")
    kind = pa.ipc.new_stream if media_type == ARROW else pq.ParquetWriter
    with kind(file, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            yield sink.take()
    yield sink.take()


def rows_to_json(job_id: UUID, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """Yield ``{"job_id", "rows": [one object a row]}``; what a row doesn't have is left out."""
    yield f'{{"job_id":"{job_id}","rows":['.encode()
    comma = ""
    for batch in batches:
        rows = ",".join(_dumps(_row(row)) for row in batch.to_pylist())
        yield (comma + rows).encode()
        comma = ","
    yield b"]}"


def results_to_json(
    job_id: UUID, frames: Iterator[FrameResult], created_at: datetime, updated_at: datetime
) -> Iterator[bytes]:
    """Yield a page of results, as results.json is written."""
    yield f'{{"job_id":"{job_id}","results":['.encode()
    comma = ""
    while piece := list(islice(frames, _FRAMES_A_PIECE)):
        yield (comma + ",".join(_dumps(frame_to_json(frame)) for frame in piece)).encode()
        comma = ","
    ends = {"created_at": created_at.isoformat(), "updated_at": updated_at.isoformat()}
    yield f"],{_dumps(ends)[1:]}".encode()


def _row(row: dict[str, Any]) -> dict[str, Any]:
    found = {name: value for name, value in row.items() if value is not None}
    if "attrs" in found:
        found["attrs"] = json.loads(found["attrs"])
    return found


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


class _Sink(io.RawIOBase):
    """A file that is emptied while it is written."""

    def __init__(self) -> None:
        super().__init__()
        self._pending = bytearray()
        self._position = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer, /) -> int:
        size = memoryview(data).nbytes
        self._pending += data
        self._position += size
        return size

    def tell(self) -> int:
        return self._position

    def take(self) -> bytes:
        taken = bytes(self._pending)
        self._pending.clear()
        return taken
