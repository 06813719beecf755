"""Exports hold the same rows as the parts, and read back with each format's own reader."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pyarrow.parquet as pq
import pytest

from videojobs_ext.rows.exports import EXPORTS, ExportContext
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.rows.schema import SCHEMA, FrameRef, Observation, RowsMetadata
from videojobs_ext.rows.writer import RowBuffer

METADATA = RowsMetadata("1/25", 640, 272, 0, "ab", ("motion", "cuts"))
CONTEXT = ExportContext(
    UUID(int=7), "bikes", datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC)
)


@pytest.fixture
def reader(tmp_path: Path) -> RowsReader:
    parts = []
    for part in range(3):
        buffer = RowBuffer(METADATA)
        for n in range(part * 4, part * 4 + 4):
            ref = FrameRef(n, n * 512, n / 25)
            buffer.add("motion", ref, Observation(value=n / 3))
            buffer.add("motion", ref, Observation("région", 0.4, None, 1, 2, 3, 4.5, text='a,"b'))
            buffer.add("cuts", ref, Observation("cut", attrs={"n": n}))
        parts.append(tmp_path / f"part-{part}.parquet")
        buffer.write(parts[-1])
    return RowsReader(parts)


def test_json_is_the_documented_document(reader: RowsReader, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    EXPORTS["json"].write(reader, path, CONTEXT)
    document = json.loads(path.read_text(encoding="utf-8"))
    assert list(document) == ["job_id", "results", "created_at", "updated_at"]
    assert document["job_id"] == str(UUID(int=7))
    assert datetime.fromisoformat(document["created_at"]) == CONTEXT.created_at
    assert datetime.fromisoformat(document["updated_at"]) == CONTEXT.updated_at
    assert len(document["results"]) == 12
    assert document["results"][5] == {
        "frame_index": 5,
        "time": 0.2,
        "pts": 2560,
        "result": {
            "motion": [
                {"value": 5 / 3},
                {
                    "label": "région",
                    "score": 0.4,
                    "x": 1.0,
                    "y": 2.0,
                    "w": 3.0,
                    "h": 4.5,
                    "text": 'a,"b',
                },
            ],
            "cuts": [{"label": "cut", "attrs": {"n": 5}}],
        },
    }


def test_csv_has_a_line_a_row(reader: RowsReader, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    EXPORTS["csv"].write(reader, path, CONTEXT)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == SCHEMA.names
    assert len(rows) == 36
    assert rows[16] | {"pts": "", "frame_index": ""} == {
        "step": "motion",
        "frame_index": "",
        "pts": "",
        "time": "0.2",
        "label": "région",
        "score": "0.4",
        "track_id": "",
        "x": "1",
        "y": "2",
        "w": "3",
        "h": "4.5",
        "value": "",
        "text": 'a,"b',
        "attrs": "",
    }


def test_parquet_is_one_file_that_reads_as_the_parts_do(reader: RowsReader, tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    EXPORTS["parquet"].write(reader, path, CONTEXT)
    assert pq.read_table(path).schema.equals(SCHEMA)
    again = RowsReader([path])
    assert again.metadata == METADATA
    assert list(again.frames()) == list(reader.frames())


def test_jsonl_has_a_frame_a_line(reader: RowsReader, tmp_path: Path) -> None:
    EXPORTS["jsonl"].write(reader, tmp_path / "rows.jsonl", CONTEXT)
    EXPORTS["json"].write(reader, tmp_path / "rows.json", CONTEXT)
    lines = (tmp_path / "rows.jsonl").read_text(encoding="utf-8").splitlines()
    document = json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))
    assert [json.loads(line) for line in lines] == document["results"]


@pytest.mark.parametrize("name", ["json", "jsonl", "csv", "parquet", "vtt"])
def test_an_empty_result_is_a_sound_file(name: str, tmp_path: Path) -> None:
    export = EXPORTS[name]
    path = tmp_path / f"rows{export.EXTENSION}"
    export.write(RowsReader([]), path, CONTEXT)
    if name == "json":
        assert json.loads(path.read_text())["results"] == []
    elif name == "csv":
        header = path.read_text().splitlines()
        assert header == [",".join(f'"{column}"' for column in SCHEMA.names)]
    elif name != "parquet":
        assert path.read_text() == ("WEBVTT\n" if name == "vtt" else "")
    else:
        assert pq.read_table(path).num_rows == 0


@pytest.mark.parametrize("name", EXPORTS)
def test_a_format_says_its_media_type_and_ending(name: str) -> None:
    assert name == EXPORTS[name].NAME
    assert "/" in EXPORTS[name].MEDIA_TYPE
    assert EXPORTS[name].EXTENSION.startswith(".")


def test_no_two_formats_have_the_same_ending() -> None:
    endings = {export.EXTENSION for export in EXPORTS.values()}
    assert len(endings) == len(EXPORTS)


def test_a_failed_export_leaves_the_file_before_it(reader: RowsReader, tmp_path: Path) -> None:
    path = tmp_path / "out" / "results.json"
    path.parent.mkdir()
    path.write_text("before")
    (tmp_path / "part-1.parquet").unlink()
    with pytest.raises(FileNotFoundError):
        EXPORTS["json"].write(reader, path, CONTEXT)
    assert path.read_text() == "before"
    assert list(path.parent.iterdir()) == [path]
