"""Rows come back as they were added, however they were split into parts."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from videojobs_ext.rows import writer
from videojobs_ext.rows.reader import FrameResult, RowsReader
from videojobs_ext.rows.schema import SCHEMA, FrameRef, Observation, RowsMetadata
from videojobs_ext.rows.writer import RowBuffer

STEPS = ("content", "motion", "cuts")
METADATA = RowsMetadata("1/12800", 640, 272, 90, "ab" * 32, STEPS)

Row = tuple[str, FrameRef, Observation]

finite = st.floats(allow_nan=False, allow_infinity=False, width=32)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
observations = st.builds(
    Observation,
    label=st.none() | st.text(max_size=8),
    score=st.none() | finite,
    track_id=st.none() | st.integers(-(2**63) + 1, 2**63 - 1),
    x=st.none() | finite,
    y=st.none() | finite,
    w=st.none() | finite.map(abs),
    h=st.none() | finite.map(abs),
    value=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    text=st.none() | st.text(max_size=12),
    attrs=st.none() | st.dictionaries(st.text(max_size=4), json_values, max_size=3),
)


def ref(frame: int) -> FrameRef:
    return FrameRef(frame, frame * 512 - 1024, frame / 25 - 0.08)


rows_in_order = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(STEPS), observations), max_size=40
).map(
    lambda rows: [
        (step, ref(frame), seen)
        for frame, step, seen in sorted(rows, key=lambda row: (row[0], STEPS.index(row[1])))
    ]
)


def write_parts(folder: Path, parts: Sequence[Sequence[Row]]) -> list[Path]:
    paths = []
    for number, rows in enumerate(parts):
        buffer = RowBuffer(METADATA)
        for row in rows:
            buffer.add(*row)
        paths.append(folder / f"part-{number:05d}.parquet")
        buffer.write(paths[-1])
    return paths


def expected(rows: Sequence[Row]) -> list[FrameResult]:
    found: dict[int, FrameResult] = {}
    for step, at, seen in rows:
        frame = found.setdefault(at.frame_index, FrameResult(at.frame_index, at.time, at.pts, {}))
        present = {name: value for name, value in asdict(seen).items() if value is not None}
        frame.result.setdefault(step, []).append(present)
    return list(found.values())


def as_float32(frames: Sequence[FrameResult]) -> list[object]:
    """Compare float columns as float32, which is how they are kept."""
    names = {"score", "x", "y", "w", "h"}
    return [
        (
            frame.frame_index,
            frame.time,
            frame.pts,
            [
                (step, [{k: np.float32(v) if k in names else v for k, v in r.items()} for r in rs])
                for step, rs in frame.result.items()
            ],
        )
        for frame in frames
    ]


@settings(max_examples=60, deadline=None)
@given(rows=rows_in_order, cuts=st.lists(st.integers(0, 40), max_size=5))
def test_rows_split_anywhere_read_back_the_same(rows: list[Row], cuts: list[int]) -> None:
    borders = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    with tempfile.TemporaryDirectory() as folder:
        split = [rows[a:b] for a, b in pairwise(borders)]
        reader = RowsReader(write_parts(Path(folder), split))
        assert as_float32(list(reader.frames())) == as_float32(expected(rows))
        assert reader.count() == len(rows)


@settings(max_examples=40, deadline=None)
@given(
    rows=rows_in_order,
    owners=st.lists(st.integers(0, 2), min_size=40, max_size=40),
    group=st.integers(1, 7),
    offset=st.integers(0, 33),
    limit=st.none() | st.integers(0, 33),
    step=st.none() | st.sampled_from(STEPS),
    times=st.tuples(st.none() | finite, st.none() | finite),
)
def test_pages_of_interleaved_parts_are_slices_of_all_frames(
    rows: list[Row],
    owners: list[int],
    group: int,
    offset: int,
    limit: int | None,
    step: str | None,
    times: tuple[float | None, float | None],
) -> None:
    rows = [
        row for number, row in enumerate(rows) if row not in rows[:number]
    ]  # equal rows in two parts have no order of their own
    parts: list[list[Row]] = [[], [], []]
    owner = {(row[0], row[1].frame_index): owners[n] for n, row in enumerate(rows)}
    for row in rows:
        parts[owner[row[0], row[1].frame_index]].append(row)
    from_time, to_time = times
    wanted = [
        row
        for row in rows
        if (step is None or row[0] == step)
        and (from_time is None or row[1].time >= from_time)
        and (to_time is None or row[1].time < to_time)
    ]
    stop = None if limit is None else offset + limit
    page = expected(wanted)[offset:stop]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "ROW_GROUP", group)
        reader = RowsReader(write_parts(Path(folder), parts))
        found = list(reader.frames(offset, limit, from_time, to_time, step))
        assert as_float32(found) == as_float32(page)
        table = reader.table(offset, limit, from_time, to_time, step)
        assert table.num_rows == sum(len(r) for frame in page for r in frame.result.values())
        if step is not None:
            assert reader.count(step) == sum(row[0] == step for row in rows)


def test_equal_rows_give_equal_bytes(tmp_path: Path) -> None:
    rows = [("motion", ref(n), Observation("region", 0.1 * n, w=2, h=3)) for n in range(9)]
    (first,) = write_parts(tmp_path, [rows])
    content = first.read_bytes()
    (again,) = write_parts(tmp_path, [rows])
    assert again.read_bytes() == content


def test_a_part_is_sorted_by_frame_then_step_order_then_insertion(tmp_path: Path) -> None:
    said = [("cuts", 2, 0.0), ("motion", 2, 1.0), ("content", 2, 2.0), ("motion", 1, 3.0)]
    rows = [(step, ref(frame), Observation(value=value)) for step, frame, value in said]
    rows.append(("motion", ref(2), Observation(value=4.0)))
    (frame1, frame2) = RowsReader(write_parts(tmp_path, [rows])).frames()
    assert (frame1.frame_index, frame1.result) == (1, {"motion": [{"value": 3.0}]})
    assert list(frame2.result.items()) == [
        ("content", [{"value": 2.0}]),
        ("motion", [{"value": 1.0}, {"value": 4.0}]),
        ("cuts", [{"value": 0.0}]),
    ]


def test_float32_columns_read_back_as_the_short_number_that_was_written(tmp_path: Path) -> None:
    rows = [("motion", ref(0), Observation(score=0.4, x=10.1, y=-3, w=1e6, h=0))]
    (frame,) = RowsReader(write_parts(tmp_path, [rows])).frames()
    assert frame.result["motion"] == [{"score": 0.4, "x": 10.1, "y": -3.0, "w": 1e6, "h": 0.0}]


def test_numpy_numbers_are_taken(tmp_path: Path) -> None:
    seen = Observation(score=np.float32(0.5), track_id=np.int32(7), value=np.float64(2), x=3)
    (frame,) = RowsReader(write_parts(tmp_path, [[("motion", ref(0), seen)]])).frames()
    assert frame.result["motion"] == [{"score": 0.5, "track_id": 7, "x": 3.0, "value": 2.0}]


def test_time_is_kept_to_the_last_bit(tmp_path: Path) -> None:
    at = FrameRef(1, 1001, 1001 / 30000)
    (frame,) = RowsReader(write_parts(tmp_path, [[("motion", at, Observation())]])).frames()
    assert (frame.time, frame.pts, frame.result) == (1001 / 30000, 1001, {"motion": [{}]})


def test_text_keeps_every_script(tmp_path: Path) -> None:
    text = "Straße · 東京 · עברית · 👩‍🚒 · \n\t\"',\\ \x00"
    seen = Observation(label=text, text=text, attrs={text: [text]})
    (frame,) = RowsReader(write_parts(tmp_path, [[("motion", ref(0), seen)]])).frames()
    assert frame.result["motion"] == [{"label": text, "text": text, "attrs": {text: [text]}}]


def test_a_part_without_rows_reads_as_nothing(tmp_path: Path) -> None:
    reader = RowsReader(write_parts(tmp_path, [[], []]))
    assert reader.metadata == METADATA
    assert list(reader.frames()) == []
    assert list(reader.frames(offset=3, limit=2)) == []
    assert list(reader.batches()) == []
    assert reader.count() == reader.count("motion") == 0
    assert reader.table().schema.equals(SCHEMA)


def test_no_parts_at_all_read_as_nothing() -> None:
    reader = RowsReader([])
    assert reader.metadata is None
    assert list(reader.frames()) == []
    assert reader.count() == 0
    assert reader.table().num_rows == 0


def test_a_table_and_its_batches_hold_the_same_rows_under_the_schema(tmp_path: Path) -> None:
    rows = [("motion", ref(n), Observation(f"l{n % 3}", 0.5)) for n in range(50)]
    reader = RowsReader(write_parts(tmp_path, [rows[:20], rows[20:]]))
    table = reader.table()
    assert table.schema.equals(SCHEMA)
    assert RowsMetadata.from_parquet(table.schema.metadata) == METADATA
    batches = list(reader.batches())
    assert all(batch.schema.equals(SCHEMA, check_metadata=True) for batch in batches)
    assert pa.Table.from_batches(batches).to_pylist() == table.to_pylist()


def test_parts_that_appear_later_are_seen_by_the_next_reader(tmp_path: Path) -> None:
    first = write_parts(tmp_path, [[("motion", ref(0), Observation())]])
    reader = RowsReader(first)
    both = write_parts(tmp_path, [[("motion", ref(n), Observation())] for n in (0, 1)])
    assert [frame.frame_index for frame in reader.frames()] == [0]
    assert [frame.frame_index for frame in RowsReader(both).frames()] == [0, 1]


@pytest.mark.parametrize(
    ("offset", "limit", "frames"),
    [
        (0, 0, []),
        (0, 1, [0]),
        (0, 99, [0, 2, 4]),
        (1, None, [2, 4]),
        (2, 1, [4]),
        (3, None, []),
        (3, 5, []),
        (99, 0, []),
    ],
)
def test_a_page_counts_frames_that_have_rows(
    tmp_path: Path, offset: int, limit: int | None, frames: list[int]
) -> None:
    rows = [("motion", ref(n), Observation(value=v)) for n in (0, 2, 4) for v in (1.0, 2.0)]
    reader = RowsReader(write_parts(tmp_path, [rows[:3], rows[3:]]))
    assert [frame.frame_index for frame in reader.frames(offset, limit)] == frames


@pytest.mark.parametrize(("offset", "limit"), [(-1, None), (0, -1)])
def test_a_negative_page_is_refused(offset: int, limit: int | None) -> None:
    with pytest.raises(ValueError, match="negative"):
        list(RowsReader([]).frames(offset, limit))


def test_a_file_that_is_no_part_is_refused(tmp_path: Path) -> None:
    pa.parquet.write_table(pa.table({"a": [1]}), tmp_path / "a.parquet")
    with pytest.raises(ValueError, match="no rows of a job"):
        RowsReader([tmp_path / "a.parquet"])


def test_rows_of_another_schema_version_are_refused() -> None:
    newer = RowsMetadata("1/25", 1, 1, 0, "", (), schema_version=99)
    with pytest.raises(ValueError, match="version 99"):
        RowsMetadata.from_parquet(newer.to_parquet())


def test_a_failed_write_leaves_no_file(tmp_path: Path) -> None:
    buffer = RowBuffer(METADATA)
    buffer.add("motion", FrameRef(2**70, 0, 0.0), Observation())
    with pytest.raises(OverflowError):
        buffer.write(tmp_path / "part.parquet")
    assert list(tmp_path.iterdir()) == []
