"""Rows as tables: Arrow over the wire, pandas and SQL in the notebook."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING

from videojobs_ext.client.errors import MissingPackage

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def require_pandas() -> None:
    """Raise ``MissingPackage`` with the command that installs pandas, unless it is there."""
    if find_spec("pandas") is None:
        raise MissingPackage(
            "A DataFrame needs pandas, which is not installed here: run "
            '`pip install "videojobs_ext[dataframe]"`. results() and table() work without it.'
        )


def query(sql: str, rows: Mapping[str, pa.Table], jobs: pa.Table) -> pd.DataFrame:
    """Run one SQL query over the rows of jobs, by job_id, and return what it finds.

    The query sees the views ``rows`` (all rows, with a ``job_id`` column first) and ``jobs``.
    It runs in a DuckDB of its own, in memory, without access to files or the network.
    """
    import duckdb  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    parts = [
        table.add_column(0, "job_id", pa.array([job_id] * len(table), pa.string()))
        for job_id, table in rows.items()
    ]
    with duckdb.connect(
        config={"enable_external_access": False, "autoload_known_extensions": False}
    ) as db:
        db.execute("SET TimeZone = 'UTC'")
        db.execute("SET python_enable_replacements = false")
        db.register("jobs", jobs)
        if parts:
            db.register("rows", pa.concat_tables(parts).unify_dictionaries())
        return db.execute(sql).df()
