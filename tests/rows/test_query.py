"""SQL over rows: what a query sees, and that it sees and touches nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from videojobs_ext.rows.query import QueryError
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.rows.schema import SCHEMA, FrameRef, Observation, RowsMetadata
from videojobs_ext.rows.writer import RowBuffer

secret = [1, 2, 3]


@pytest.fixture
def reader(tmp_path: Path) -> RowsReader:
    folder = tmp_path / "it's here"
    folder.mkdir()
    parts = []
    for part in range(2):
        buffer = RowBuffer(RowsMetadata("1/25", 640, 272, 0, "", ("motion",)))
        for n in range(part * 5, part * 5 + 5):
            buffer.add("motion", FrameRef(n, n, n / 25), Observation("region", value=float(n)))
        parts.append(folder / f"part-{part}.parquet")
        buffer.write(parts[-1])
    return RowsReader(parts)


def test_a_query_reads_all_parts_through_the_view_rows(reader: RowsReader) -> None:
    found = reader.sql("SELECT label, count(*) AS n, max(value) AS top FROM rows GROUP BY label")
    assert found.to_pylist() == [{"label": "region", "n": 10, "top": 9.0}]


def test_the_view_has_the_columns_of_the_schema(reader: RowsReader) -> None:
    assert reader.sql("FROM rows LIMIT 0").schema.names == SCHEMA.names
    empty = RowsReader([]).sql("SELECT * FROM rows")
    assert empty.schema.names == SCHEMA.names
    assert empty.num_rows == 0


def test_times_are_utc(reader: RowsReader) -> None:
    (row,) = reader.sql("SELECT current_setting('TimeZone') AS zone").to_pylist()
    assert row == {"zone": "UTC"}


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM read_blob('/etc/hostname')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM read_parquet('https://example.org/a.parquet')",
        "SELECT * FROM secret",
        "SELECT * FROM query('SELECT * FROM read_csv(''/etc/passwd'')')",
    ],
)
def test_a_query_reads_nothing_but_the_rows(reader: RowsReader, query: str) -> None:
    with pytest.raises(QueryError, match=r"disabled|does not exist|permission|Permission"):
        reader.sql(query)


@pytest.mark.parametrize(
    "query",
    [
        "ATTACH '/nowhere/a.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET memory_limit = '64GB'",
        "SET enable_external_access = true",
        "PRAGMA memory_limit = '64GB'",
        "COPY (SELECT 1) TO '/nowhere/a.csv'",
        "EXPORT DATABASE '/nowhere'",
        "CREATE TABLE t (a INT)",
        "DROP VIEW rows",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '/nowhere/a.csv'",
        "SELECT 1; SELECT 2",
        "",
    ],
)
def test_anything_but_one_select_is_refused(reader: RowsReader, query: str) -> None:
    with pytest.raises(QueryError, match="One SELECT statement"):
        reader.sql(query)


def test_a_query_can_not_write_over_a_part(reader: RowsReader, tmp_path: Path) -> None:
    part = tmp_path / "it's here" / "part-0.parquet"
    before = part.read_bytes()
    target = str(part).replace("'", "''")
    with pytest.raises(QueryError):
        reader.sql(f"COPY (SELECT 1) TO '{target}'")
    assert part.read_bytes() == before


@pytest.mark.parametrize(
    ("query", "says"),
    [("SELECT nope FROM rows", 'column "nope"'), ("SELEC 1", "syntax error")],
)
def test_a_mistake_is_told_in_duckdbs_words(reader: RowsReader, query: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        reader.sql(query)
