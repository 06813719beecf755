"""Reading holds a few row groups, however many rows there are."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from tests.rows.test_roundtrip import METADATA, ref
from videojobs_ext.rows import writer
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.rows.schema import Observation
from videojobs_ext.rows.writer import RowBuffer


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Make 40 chunks that overlap by a frame, and a part of a sequence step beside them all."""
    monkeypatch.setattr(writer, "ROW_GROUP", 500)
    paths = []
    cuts = RowBuffer(METADATA)
    for chunk in range(40):
        buffer = RowBuffer(METADATA)
        for frame in range(chunk * 100, chunk * 100 + 100):
            buffer.add("content", ref(frame), Observation(value=frame / 7))
            for n in range(8):
                seen = Observation("region", 0.5, None, frame, n, 10, 10, text=f"{frame}/{n}")
                buffer.add("motion", ref(frame + 1), seen)
        cuts.add("cuts", ref(chunk * 100), Observation("cut"))
        paths.append(tmp_path / f"part-{chunk:05d}.parquet")
        buffer.write(paths[-1])
    paths.append(tmp_path / "part-cuts-00000.parquet")
    cuts.write(paths[-1])
    return paths


def test_a_walk_over_all_frames_holds_a_small_share_of_the_rows(parts: list[Path]) -> None:
    whole = RowsReader(parts).table()
    size, rows = whole.nbytes, whole.num_rows
    del whole
    before = pa.total_allocated_bytes()
    most, seen, numbers = 0, 0, []
    for frame in RowsReader(parts).frames():
        most = max(most, pa.total_allocated_bytes() - before)
        seen += sum(len(found) for found in frame.result.values())
        numbers.append(frame.frame_index)
    assert seen == rows
    assert numbers == list(range(4001))
    assert most < size / 6


def test_rows_of_one_frame_in_neighbouring_parts_come_together(parts: list[Path]) -> None:
    (frame,) = RowsReader(parts).frames(offset=100, limit=1)
    assert frame.frame_index == 100
    assert list(frame.result) == ["content", "motion", "cuts"]
    assert [row["text"] for row in frame.result["motion"]] == [f"99/{n}" for n in range(8)]
