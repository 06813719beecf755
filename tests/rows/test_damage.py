"""What is missing from the rows travels with them, in the same rename."""

from __future__ import annotations

from pathlib import Path

from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.rows.schema import FrameRef, Observation, RowsMetadata
from videojobs_ext.rows.writer import RowBuffer

METADATA = RowsMetadata("1/25", 640, 480, 0, "f", ("motion",))


def test_a_part_knows_its_own_damage_and_a_reader_that_of_all(tmp_path: Path) -> None:
    parts = []
    for number, damage in enumerate([(), ((7, 9, "damaged packet"),), ((3, 3, "no such"),)]):
        buffer = RowBuffer(METADATA)
        buffer.add("motion", FrameRef(number, number, number / 25), Observation(value=1.0))
        parts.append(tmp_path / f"part-{number}.parquet")
        buffer.write(parts[-1], damage)
    assert RowsMetadata.read(parts[0]).damage == ()
    assert RowsMetadata.read(parts[1]).damage == ((7, 9, "damaged packet"),)
    metadata = RowsReader(parts).metadata
    assert metadata is not None
    assert metadata.damage == ((3, 3, "no such"), (7, 9, "damaged packet"))
