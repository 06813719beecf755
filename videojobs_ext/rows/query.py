"""SQL over rows, where the query is a stranger's: it may read the rows and nothing else."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from videojobs_ext.rows.schema import SCHEMA

#: What one query may hold in memory; beyond that DuckDB spills to a temporary directory.
MEMORY_LIMIT = "512MB"

#: Rows in a piece of a streamed answer.
BATCH = 16_384


class QueryError(ValueError):
    """A query that can't be run; the message is DuckDB's own, or says what is allowed."""


def query_parts(parts: Sequence[Path], query: str) -> pa.Table:
    """Run one SELECT over the view ``rows``, made of all parts; raises QueryError.

    The connection lives in memory and for this query alone. Of the file system it may read the
    parts; a statement other than SELECT, which could write them, is refused before it runs.
    """
    with _answer(parts, query) as answer:
        return answer.to_arrow_table()


def stream_parts(parts: Sequence[Path], query: str) -> Iterator[pa.RecordBatch]:
    """Run a SELECT as ``query_parts`` does and yield its answer in pieces.

    What doesn't fit into ``MEMORY_LIMIT`` (a sort of all rows) waits on the disk.
    """
    with _answer(parts, query) as answer:
        yield from answer.to_arrow_reader(BATCH)


@contextmanager
def _answer(parts: Sequence[Path], query: str) -> Iterator[duckdb.DuckDBPyConnection]:
    with tempfile.TemporaryDirectory(prefix="videojobs-sql-") as spill, _connect(spill) as database:
        _make_view(database, parts)
        database.execute("SET TimeZone = 'UTC'")
        database.execute("SET enable_external_access = false")
        database.execute("SET lock_configuration = true")
        try:
            statements = database.extract_statements(query)
            if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
                raise QueryError("One SELECT statement over the view rows is allowed.")
            yield database.execute(statements[0])
        except duckdb.Error as error:
            raise QueryError(str(error)) from None


def _connect(spill: str) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        ":memory:",
        config={
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": spill,
            "threads": 2,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            # Without it a query could name, and read, the caller's Python variables.
            "python_enable_replacements": False,
        },
    )


def _make_view(database: duckdb.DuckDBPyConnection, parts: Sequence[Path]) -> None:
    if not parts:
        columns = ", ".join(f"NULL::{_sql_type(field.type)} AS {field.name}" for field in SCHEMA)
        database.execute(f"CREATE VIEW rows AS SELECT {columns} WHERE false")
        return
    paths = ", ".join(f"'{_quoted(path)}'" for path in parts)
    database.execute(f"SET allowed_paths = [{paths}]")
    view = f"CREATE VIEW rows AS SELECT * FROM read_parquet([{paths}])"  # noqa: S608
    database.execute(view)


def _quoted(path: Path) -> str:
    return str(path.absolute()).replace("'", "''")


def _sql_type(kind: pa.DataType) -> str:
    names = {pa.int64(): "BIGINT", pa.float64(): "DOUBLE", pa.float32(): "FLOAT"}
    return names.get(kind, "VARCHAR")
