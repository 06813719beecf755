"""Rows on their way to disk: collected for one chunk, sorted, written as one Parquet part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from videojobs_ext.rows.atomic_file import atomic_file
from videojobs_ext.rows.schema import (
    SCHEMA,
    FrameRef,
    Observation,
    RowsMetadata,
    check_observation,
    encode_attrs,
)

#: Rows in a row group: the least that a reader loads, so it bounds memory and a page's time.
ROW_GROUP = 16_384

#: Dictionary encoding where values repeat; the other columns are written plain or as deltas.
DICTIONARY_COLUMNS = ["step", "label", "text", "attrs", "score"]
COLUMN_ENCODING = {"frame_index": "DELTA_BINARY_PACKED", "pts": "DELTA_BINARY_PACKED"}


#: Frames that could not be decoded: first and last frame number, and why.
Place = tuple[int, int, str]


class RowBuffer:
    """The rows of one part, in memory until they are written. Used from one thread."""

    def __init__(self, metadata: RowsMetadata) -> None:
        self._metadata = metadata
        self._order = {step: number for number, step in enumerate(metadata.steps)}
        self._steps: list[int] = []
        self._refs: list[FrameRef] = []
        self._observations: list[Observation] = []

    def __len__(self) -> int:
        """Return how many rows were added."""
        return len(self._steps)

    def add(self, step_id: str, ref: FrameRef, observation: Observation) -> None:
        """Add a row; raises ValueError or TypeError for one that can't be stored."""
        check_observation(observation)
        if step_id not in self._order:
            raise ValueError(f"there is no step {step_id!r} in this pipeline")
        self._steps.append(self._order[step_id])
        self._refs.append(ref)
        self._observations.append(observation)

    def table(self) -> pa.Table:
        """Return the rows sorted by frame, step order and insertion, under ``SCHEMA``."""
        schema = SCHEMA.with_metadata(self._metadata.to_parquet())
        rows = self._observations
        columns = {
            "step": pa.DictionaryArray.from_arrays(
                pa.array(self._steps, pa.int32()), pa.array(self._metadata.steps, pa.string())
            ),
            "frame_index": pa.array([ref.frame_index for ref in self._refs], pa.int64()),
            "pts": pa.array([ref.pts for ref in self._refs], pa.int64()),
            "time": pa.array([ref.time for ref in self._refs], pa.float64()),
            "label": pa.array([row.label for row in rows], pa.string()).dictionary_encode(),
            "track_id": pa.array([row.track_id for row in rows], pa.int64()),
            "value": _floats([row.value for row in rows], pa.float64()),
            "text": pa.array([row.text for row in rows], pa.string()),
            "attrs": pa.array([encode_attrs(row.attrs) for row in rows], pa.string()),
        }
        for name in ("score", "x", "y", "w", "h"):
            columns[name] = _floats([getattr(row, name) for row in rows], pa.float32())
        table = pa.table([columns[name] for name in schema.names], schema=schema)
        frames = np.array([ref.frame_index for ref in self._refs], np.int64)
        order = np.lexsort((np.array(self._steps, np.int64), frames))  # stable
        if np.array_equal(order, np.arange(len(order))):
            return table
        return table.take(pa.array(order, pa.int64()))

    def write(self, path: Path, damage: Iterable[Place] = ()) -> None:
        """Write the rows as one Parquet file (zstd): equal rows give equal bytes.

        The file appears under ``path`` whole or not at all. ``damage`` goes into its metadata,
        so that one rename commits both the rows and what is known to be missing from them.
        """
        self._write(self.table(), path, damage)

    def write_step(self, step_id: str, path: Path, damage: Iterable[Place] = ()) -> None:
        """Write the rows of one step alone, in the same way."""
        table = self.table()
        self._write(table.filter(pc.field("step") == step_id), path, damage)

    def _write(self, table: pa.Table, path: Path, damage: Iterable[Place]) -> None:
        metadata = replace(self._metadata, damage=tuple(damage))
        with atomic_file(path) as temporary:
            pq.write_table(
                table.replace_schema_metadata(metadata.to_parquet()),
                temporary,
                row_group_size=ROW_GROUP,
                compression="zstd",
                use_dictionary=DICTIONARY_COLUMNS,  # type: ignore[arg-type]
                column_encoding=COLUMN_ENCODING,
            )


def _floats(numbers: list[float | None], kind: pa.DataType) -> pa.Array[Any]:
    """Return numbers of any real type (ints, numpy scalars) as a column of floats."""
    return pa.array([None if number is None else float(number) for number in numbers], kind)
