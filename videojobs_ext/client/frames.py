"""Rows as tables: Arrow over the wire, pandas and SQL in the notebook."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING

from videojobs_ext.client.errors import MissingPackage, QueryRefused

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb
    import pandas as pd
    import pyarrow as pa

    from videojobs_ext.client.row_files import RowFiles
    from videojobs_ext.client.shapes import JobStatus

#: What a query may hold in memory; what does not fit waits in a temporary folder.
MEMORY_LIMIT = "1GB"


def require_pandas() -> None:
    """Raise ``MissingPackage`` with the command that installs pandas, unless it is there."""
    if find_spec("pandas") is None:
        raise MissingPackage(
            "A DataFrame needs pandas, which is not installed here: run "
            '`pip install "videojobs_ext[dataframe]"`. results() and table() work without it.'
        )


def jobs_table(jobs: Iterable[JobStatus]) -> pa.Table:
    """Return jobs as the table that a query sees, with times as times."""
    import pyarrow as pa  # noqa: PLC0415

    text, number, real, moment = pa.string(), pa.int64(), pa.float64(), pa.timestamp("us", "UTC")
    types: dict[str, pa.DataType] = {
        "job_id": text,
        "name": text,
        "status": text,
        "pipeline_id": text,
        "input_name": text,
        "owner": text,
        "created_at": moment,
        "updated_at": moment,
        "started_at": moment,
        "finished_at": moment,
        "frames_done": number,
        "frames_total": number,
        "chunks_done": number,
        "chunks_total": number,
        "fraction": real,
        "progress": real,
        "fps": real,
        "eta_seconds": real,
        "queue_position": number,
        "stage": text,
        "attempt": number,
        "cancel_requested": pa.bool_(),
        "failure_reason": text,
        "error_message": text,
        "warnings": pa.list_(text),
    }
    schema = pa.schema(types)
    times = {name for name in schema.names if schema.field(name).type == moment}
    rows = [
        {
            name: datetime.fromisoformat(str(value)) if value and name in times else value
            for name, value in job.items()
        }
        for job in jobs
    ]
    return pa.Table.from_pylist(rows, schema=schema)


def query(
    sql: str,
    rows: RowFiles,
    jobs: pa.Table,
    *,
    spill: Path,
    parameters: Mapping[str, object] | None = None,
) -> pd.DataFrame:
    """Run one SQL query over the rows of jobs, and return what it finds.

    The query sees ``rows`` (all rows, with a ``job_id`` column first) and ``jobs``. It runs in a
    DuckDB of its own, in memory, without access to files or the network besides ``rows``, of which
    only the jobs and columns are read that it needs. Raises QueryRefused.
    """
    import duckdb  # noqa: PLC0415

    with duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(spill),
            # Without it a query could name, and read, the caller's Python variables.
            "python_enable_replacements": False,
        }
    ) as db:
        db.register_filesystem(rows)
        db.register("jobs", jobs)
        files = ", ".join(f"'{url}'" for url in rows.urls)
        db.execute(
            f"CREATE VIEW rows AS SELECT job_id, * EXCLUDE (job_id) FROM read_parquet([{files}], "  # noqa: S608
            "hive_partitioning = true, hive_types = {'job_id': VARCHAR})"
        )
        db.execute("SET TimeZone = 'UTC'")
        db.execute(f"SET allowed_paths = [{files}]")
        db.execute("SET enable_external_access = false")
        db.execute("SET lock_configuration = true")
        try:
            return _to_pandas(_run(db, sql, parameters).to_arrow_table())
        except duckdb.Error as error:
            if rows.failure is not None:
                raise rows.failure from None
            raise QueryRefused(_friendly(str(error))) from None
        finally:
            rows.close()


def _run(
    db: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, object] | None
) -> duckdb.DuckDBPyConnection:
    if not sql.strip(" \t\r\n;"):
        raise QueryRefused("There is no query. Try: SELECT label, count(*) FROM rows GROUP BY ALL")
    if parameters is None:
        return db.execute(sql)
    named = set().union(*(each.named_parameters for each in db.extract_statements(sql)))
    if missing := sorted(named - parameters.keys()):
        raise QueryRefused(f"The query names ${missing[0]}, which has no value.")
    return db.execute(sql, {name: parameters[name] for name in named} or None)


def _to_pandas(table: pa.Table) -> pd.DataFrame:
    """Return what a query found; sums of whole numbers, which are decimals here, as floats."""
    import pyarrow as pa  # noqa: PLC0415

    types = [
        pa.field(each.name, pa.float64()) if pa.types.is_decimal(each.type) else each
        for each in table.schema
    ]
    return table.cast(pa.schema(types)).to_pandas(date_as_object=False)


def _friendly(message: str) -> str:
    """Return DuckDB's message with the nearest names as a question, and the place in the query."""
    message = re.sub(r"^\w+( \w+)? Error: ", "", message)
    return re.sub(r'Candidate bindings: ("[^"]+").*', r"Did you mean \1?", message)
