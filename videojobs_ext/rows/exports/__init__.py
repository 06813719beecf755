"""Exports: a job's rows as one file, one module for each format."""

from __future__ import annotations

from videojobs_ext.rows.exports import (
    coco,
    csv,
    cvat,
    json,
    jsonl,
    labelstudio,
    mot,
    parquet,
    srt,
    vtt,
    yolo,
)
from videojobs_ext.rows.exports.base import Export, ExportContext, NothingToExport, VideoFacts

__all__ = ["EXPORTS", "Export", "ExportContext", "NothingToExport", "VideoFacts"]

_FORMATS: tuple[Export, ...] = (
    json,
    jsonl,
    csv,
    parquet,
    coco,
    mot,
    yolo,
    cvat,
    labelstudio,
    vtt,
    srt,
)

#: The formats by name.
EXPORTS: dict[str, Export] = {export.NAME: export for export in _FORMATS}
