"""Exports: a job's rows as one file, one module for each format."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from videojobs_ext.rows.exports import csv, json, parquet
from videojobs_ext.rows.exports.context import ExportContext
from videojobs_ext.rows.reader import RowsReader

__all__ = ["EXPORTS", "Export", "ExportContext"]


class Export(Protocol):
    """A format: the name in URLs, the media type, the extension with its dot, and a writer."""

    @property
    def NAME(self) -> str:  # noqa: N802 — a module's constant
        """The format's name in URLs and on the command line."""
        ...

    @property
    def MEDIA_TYPE(self) -> str:  # noqa: N802
        """The media type of a download."""
        ...

    @property
    def EXTENSION(self) -> str:  # noqa: N802
        """The file name's ending, with its dot."""
        ...

    def write(self, reader: RowsReader, path: Path, context: ExportContext) -> None:
        """Write the rows to ``path`` at constant memory, whole or not at all."""
        ...


_FORMATS: tuple[Export, ...] = (json, csv, parquet)

#: The formats by name.
EXPORTS: dict[str, Export] = {export.NAME: export for export in _FORMATS}
