"""CSV (RFC 4180, UTF-8): one line a row, the columns of the schema, empty where there is none."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from videojobs_ext.rows.atomic_file import atomic_file
from videojobs_ext.rows.exports.base import ExportContext
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.rows.schema import SCHEMA

NAME = "csv"
MEDIA_TYPE = "text/csv"
EXTENSION = ".csv"

#: The schema without dictionaries, which the CSV writer doesn't know.
_PLAIN = pa.schema(
    [
        field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field
        for field in SCHEMA
    ]
)


def write(reader: RowsReader, path: Path, context: ExportContext) -> None:  # noqa: ARG001
    """Write the rows with a header line."""
    with atomic_file(path) as temporary, pa_csv.CSVWriter(temporary, _PLAIN) as file:
        for batch in reader.batches():
            file.write_batch(batch.cast(_PLAIN))
