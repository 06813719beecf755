"""Rows read back from parts: by page, as tables, as a stream, or by SQL."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from videojobs_ext.rows.merge import PartsMerge, Window
from videojobs_ext.rows.query import query_parts, stream_parts
from videojobs_ext.rows.schema import OBSERVED, SCHEMA, RowsMetadata


@dataclass(frozen=True, slots=True)
class FrameResult:
    """All rows of one frame: by step id, in the order in which the steps ran.

    ``time`` is in seconds, ``pts`` in units of the video's time base. A row's dict has no keys
    for what the step left out, and ``attrs`` is decoded.
    """

    frame_index: int
    time: float
    pts: int
    result: dict[str, list[dict[str, Any]]]


class RowsReader:
    """The rows of one job, in the order of frame, step and insertion. Used from one thread.

    Made from the parts that are there now, so it also reads a running job; parts that appear
    later need a new reader. Wherever ``offset`` and ``limit`` stand, they count frames (those
    that have rows under the other filters); times are seconds, ``from_time`` included and
    ``to_time`` not. Memory is that of a few row groups, whatever the length of the video.
    """

    def __init__(self, parts: Sequence[Path]) -> None:
        self._parts = list(parts)
        self._merge = PartsMerge(self._parts)

    @property
    def metadata(self) -> RowsMetadata | None:
        """Return what the parts say of the video and the pipeline; None without parts."""
        return self._merge.metadata

    def count(self, step: str | None = None) -> int:
        """Return how many rows there are, of all steps or of one."""
        if step is None:
            return self._merge.rows
        return sum(block.num_rows for block in self._merge.blocks(Window(step=step), ["step"]))

    def frames(
        self,
        offset: int = 0,
        limit: int | None = None,
        from_time: float | None = None,
        to_time: float | None = None,
        step: str | None = None,
    ) -> Iterator[FrameResult]:
        """Iterate over the frames that have rows."""
        for block in self._blocks(offset, limit, Window(None, None, from_time, to_time, step)):
            yield from _frame_results(block)

    def batches(
        self,
        offset: int = 0,
        limit: int | None = None,
        from_time: float | None = None,
        to_time: float | None = None,
        step: str | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Iterate over the rows as record batches under ``SCHEMA``."""
        for block in self._blocks(offset, limit, Window(None, None, from_time, to_time, step)):
            yield from block.combine_chunks().to_batches()

    def table(
        self,
        offset: int = 0,
        limit: int | None = None,
        from_time: float | None = None,
        to_time: float | None = None,
        step: str | None = None,
    ) -> pa.Table:
        """Return the rows as one table under ``SCHEMA``; its size is the caller's to bound."""
        blocks = self._blocks(offset, limit, Window(None, None, from_time, to_time, step))
        metadata = None if self.metadata is None else self.metadata.to_parquet()
        table = pa.concat_tables([SCHEMA.empty_table(), *blocks])
        return table.unify_dictionaries().combine_chunks().replace_schema_metadata(metadata)

    def sql(self, query: str) -> pa.Table:
        """Return what a SELECT (DuckDB's SQL) over the view ``rows`` gives.

        The query sees the rows and nothing else: no files, no network, no settings. Raises
        QueryError, a ValueError, with DuckDB's own text.
        """
        return query_parts(self._parts, query)

    def stream_sql(self, query: str) -> Iterator[pa.RecordBatch]:
        """Iterate over what ``sql`` would return; a sort of any length keeps to its memory."""
        return stream_parts(self._parts, query)

    def _blocks(self, offset: int, limit: int | None, window: Window) -> Iterator[pa.Table]:
        if offset < 0 or (limit is not None and limit < 0):
            raise ValueError("offset and limit count frames: neither can be negative")
        page = self._page(offset, limit, window)
        if page is not None:
            for block in self._merge.blocks(page):
                yield block.replace_schema_metadata(None)

    def _page(self, offset: int, limit: int | None, window: Window) -> Window | None:
        """Turn a page into frame numbers, by reading no more than the column of numbers."""
        if offset == 0 and limit is None:
            return window
        if limit == 0:
            return None
        first = last = None
        seen = 0
        for block in self._merge.blocks(window, ["frame_index"]):
            frames = block["frame_index"].to_numpy()
            frames = frames[np.diff(frames, prepend=frames[0] - 1) != 0]
            stop = len(frames) if limit is None else offset + limit - seen
            page = frames[max(offset - seen, 0) : stop]
            if len(page):
                first, last = int(page[0]) if first is None else first, int(page[-1])
            if first is not None and (limit is None or stop <= len(frames)):
                break
            seen += len(frames)
        if first is None or last is None:
            return None
        return replace(window, first=first, stop=None if limit is None else last + 1)


def _frame_results(block: pa.Table) -> Iterator[FrameResult]:
    """Turn rows (whole frames, sorted) into one value a frame."""
    frames = block["frame_index"].to_numpy()
    steps = block["step"].to_numpy().tolist()
    rows = _observed_dicts(block)
    at_frame = np.diff(frames, prepend=frames[0] - 1) != 0
    at_step = at_frame.copy()
    at_step[1:] |= np.array([here != before for before, here in pairwise(steps)], bool)
    times, pts = block["time"].to_numpy().tolist(), block["pts"].to_numpy().tolist()
    found: FrameResult | None = None
    for start, stop in pairwise([*np.flatnonzero(at_step).tolist(), len(rows)]):
        if at_frame[start]:
            if found is not None:
                yield found
            found = FrameResult(int(frames[start]), times[start], pts[start], {})
        assert found is not None  # noqa: S101 — the first row begins a frame
        found.result[steps[start]] = rows[start:stop]
    if found is not None:
        yield found


def _observed_dicts(block: pa.Table) -> list[dict[str, Any]]:
    names = [name for name in OBSERVED if block[name].null_count < block.num_rows]
    if not names:
        return [{} for _ in range(block.num_rows)]
    columns = [_values(name, block[name]) for name in names]
    return [
        {name: value for name, value in zip(names, row, strict=True) if value is not None}
        for row in zip(*columns, strict=True)
    ]


def _values(name: str, column: pa.ChunkedArray[Any]) -> list[Any]:
    """Return a column as Python values: through NumPy, ten times as fast as ``to_pylist``."""
    if column.type == pa.float32():
        # By way of the shortest text that names the same float32: 0.4, not 0.4000000059604645.
        column = pc.cast(pc.cast(column, pa.string()), pa.float64())
    elif pa.types.is_dictionary(column.type):
        column = column.cast(pa.string())  # straight to NumPy, a null becomes the last word
    if name == "attrs":
        return [None if text is None else json.loads(text) for text in column.to_numpy()]
    if not pa.types.is_primitive(column.type):
        return list(column.to_numpy())
    values: list[Any] = pc.fill_null(column, pa.scalar(0, column.type)).to_numpy().tolist()
    if column.null_count == 0:
        return values
    valid = column.is_valid().to_numpy().tolist()
    return [value if is_there else None for value, is_there in zip(values, valid, strict=True)]
