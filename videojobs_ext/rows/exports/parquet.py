"""Parquet: all parts as one sorted file with the same schema and metadata."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from videojobs_ext.rows.atomic_file import atomic_file
from videojobs_ext.rows.exports.base import ExportContext
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.rows.schema import SCHEMA
from videojobs_ext.rows.writer import COLUMN_ENCODING, DICTIONARY_COLUMNS

NAME = "parquet"
MEDIA_TYPE = "application/vnd.apache.parquet"
EXTENSION = ".parquet"


def write(reader: RowsReader, path: Path, context: ExportContext) -> None:  # noqa: ARG001
    """Write the rows with a part's schema, metadata and encodings."""
    schema = SCHEMA
    if reader.metadata is not None:
        schema = schema.with_metadata(reader.metadata.to_parquet())
    with (
        atomic_file(path) as temporary,
        pq.ParquetWriter(
            temporary,
            schema,
            compression="zstd",
            use_dictionary=DICTIONARY_COLUMNS,  # type: ignore[arg-type]
            column_encoding=COLUMN_ENCODING,
        ) as file,
    ):
        for batch in reader.batches():
            file.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
