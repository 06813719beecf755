"""Exports: a job's rows as one file, one module for each format."""

from __future__ import annotations

from videojobs_ext.rows.exports import csv, json, parquet
from videojobs_ext.rows.exports.base import Export, ExportContext

__all__ = ["EXPORTS", "Export", "ExportContext"]

_FORMATS: tuple[Export, ...] = (json, csv, parquet)

#: The formats by name.
EXPORTS: dict[str, Export] = {export.NAME: export for export in _FORMATS}
