"""Parts merged back into the order of the video, at constant memory.

Rows lie sorted within a part, and parts overlap little: a window step's rows reach a few frames
into the next chunk, and a sequence step has parts of its own that run beside those of the chunks.
So row groups are taken by their first frame (known from the footers alone), and whatever lies
before the first frame of the next group is complete. No more is held than the groups that overlap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from videojobs_ext.rows.schema import SCHEMA, RowsMetadata


@dataclass(frozen=True)
class Window:
    """Which rows are wanted: frames [first, stop) and times [from_time, to_time), of one step.

    None means no bound, or any step.
    """

    first: int | None = None
    stop: int | None = None
    from_time: float | None = None
    to_time: float | None = None
    step: str | None = None

    @property
    def columns(self) -> list[str]:
        """Return the columns that must be read to tell which rows are in the window."""
        timed = self.from_time is not None or self.to_time is not None
        return ["time"] * timed + ["step"] * (self.step is not None)


@dataclass(frozen=True, slots=True)
class _Group:
    """One row group: where it lies, and the first and last frame and time in it."""

    part: int
    number: int
    first: int
    last: int
    first_time: float
    last_time: float

    def meets(self, window: Window) -> bool:
        """Tell whether rows of the window can lie in this group."""
        return (
            (window.first is None or self.last >= window.first)
            and (window.stop is None or self.first < window.stop)
            and (window.from_time is None or self.last_time >= window.from_time)
            and (window.to_time is None or self.first_time < window.to_time)
        )


@dataclass(slots=True)
class _Held:
    """Rows that were loaded and not yet given out; ``frames`` and ``order`` are their sort keys."""

    part: int
    table: pa.Table
    frames: NDArray[np.int64]
    order: NDArray[np.int64]

    def split(self, stop: int) -> _Held:
        """Cut off and return the rows before the frame ``stop``."""
        at = int(np.searchsorted(self.frames, stop))
        head = _Held(self.part, self.table.slice(0, at), self.frames[:at], self.order[:at])
        self.table = self.table.slice(at)
        self.frames, self.order = self.frames[at:], self.order[at:]
        return head


class PartsMerge:
    """Parts of one job as one sorted stream. Footers are read once; used from one thread."""

    def __init__(self, parts: Sequence[Path]) -> None:
        self._parts = list(parts)
        self._footers = [_footer(path, path.stat().st_mtime_ns) for path in self._parts]
        #: What the parts say of the video and the pipeline, with all their damage; None if none.
        self.metadata: RowsMetadata | None = None
        if self._footers:
            said = [RowsMetadata.from_parquet(footer.metadata) for footer in self._footers]
            damage = sorted(place for one in said for place in one.damage)
            self.metadata = replace(said[0], damage=tuple(damage))
        self._groups = sorted(self._read_groups(), key=lambda g: (g.first, g.part, g.number))

    @property
    def rows(self) -> int:
        """Return how many rows the parts hold."""
        return sum(footer.num_rows for footer in self._footers)

    def blocks(self, window: Window, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """Iterate over non-empty sorted tables; a frame's rows are never split between two.

        ``columns`` names what is wanted of ``SCHEMA`` (all by default). Without ``step`` among
        them the order is that of frames alone.
        """
        names = SCHEMA.names if columns is None else list(columns)
        held: list[_Held] = []
        for group in (group for group in self._groups if group.meets(window)):
            yield from self._complete(held, group.first)
            held = [rows for rows in held if len(rows.frames)]
            held.append(self._load(group, names, window))
        yield from self._complete(held, np.iinfo(np.int64).max)

    def _read_groups(self) -> Iterator[_Group]:
        frame, time = SCHEMA.names.index("frame_index"), SCHEMA.names.index("time")
        for part, footer in enumerate(self._footers):
            for number in range(footer.num_row_groups):
                group = footer.row_group(number)
                if group.num_rows:
                    frames: Any = group.column(frame).statistics
                    times: Any = group.column(time).statistics
                    yield _Group(part, number, frames.min, frames.max, times.min, times.max)

    def _load(self, group: _Group, names: list[str], window: Window) -> _Held:
        wanted = list(dict.fromkeys([*names, "frame_index", *window.columns]))
        footer = self._footers[group.part]
        with (
            pa.OSFile(str(self._parts[group.part]), "r") as file,
            pq.ParquetFile(file, metadata=footer) as part,
        ):
            table = part.read_row_group(group.number, columns=wanted, use_threads=False)
        table = _within(table, window)
        frames = table["frame_index"].to_numpy()
        return _Held(group.part, table.select(names), frames, self._order(table, names))

    def _order(self, table: pa.Table, names: list[str]) -> NDArray[np.int64]:
        if "step" not in names or self.metadata is None:
            return np.zeros(table.num_rows, np.int64)
        steps = pa.array(self.metadata.steps, pa.string())
        return pc.index_in(table["step"], value_set=steps).to_numpy().astype(np.int64)

    @staticmethod
    def _complete(held: list[_Held], stop: int) -> Iterator[pa.Table]:
        heads = [rows.split(stop) for rows in sorted(held, key=lambda rows: rows.part)]
        heads = [head for head in heads if len(head.frames)]
        if len(heads) == 1:
            yield heads[0].table
        elif heads:
            frames = np.concatenate([head.frames for head in heads])
            order = np.concatenate([head.order for head in heads])
            table = pa.concat_tables([head.table for head in heads])
            table = table.unify_dictionaries().combine_chunks()
            sorted_rows = np.lexsort((order, frames))  # stable: parts keep their order
            yield table.take(pa.array(sorted_rows, pa.int64()))


@lru_cache(maxsize=4096)
def _footer(path: Path, modified: int) -> pq.FileMetaData:  # noqa: ARG001 — part of the key
    """Return a part's footer; kept, since every page of a job asks for all of them again."""
    with pa.OSFile(str(path), "r") as file:
        return pq.read_metadata(file)


def _within(table: pa.Table, window: Window) -> pa.Table:
    wanted: pc.Expression | None = None
    for name, bound, holds in (
        ("frame_index", window.first, pc.Expression.__ge__),
        ("frame_index", window.stop, pc.Expression.__lt__),
        ("time", window.from_time, pc.Expression.__ge__),
        ("time", window.to_time, pc.Expression.__lt__),
        ("step", window.step, pc.Expression.__eq__),
    ):
        if bound is not None:
            condition = holds(pc.field(name), pc.scalar(bound))
            wanted = condition if wanted is None else wanted & condition
    return table if wanted is None else table.filter(wanted)
