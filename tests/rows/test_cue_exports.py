"""WebVTT and SubRip, read back with webvtt-py and srt."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import srt
import webvtt

from tests.rows.test_box_exports import CONTEXT, METADATA, exported, ref
from videojobs_ext.rows.exports import EXPORTS, NothingToExport
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.rows.schema import FrameRef, Observation
from videojobs_ext.rows.writer import RowBuffer


def reader_of(folder: Path, rows: list[tuple[str, FrameRef, Observation]]) -> RowsReader:
    buffer = RowBuffer(METADATA)
    for row in rows:
        buffer.add(*row)
    buffer.write(folder / "part.parquet")
    return RowsReader([folder / "part.parquet"])


def text(words: str, y: float = 0) -> Observation:
    return Observation("text", 0.9, None, 0, y, 10, 10, text=words)


def test_vtt_has_a_cue_a_frame_with_its_rows_as_json(tmp_path: Path) -> None:
    reader = reader_of(
        tmp_path,
        [
            ("read", ref(0), text("a --> b\n\nc")),
            ("read", ref(10), text("d")),
            ("cuts", ref(90), Observation("cut", value=0.25)),
        ],
    )
    cues = webvtt.read(exported(reader, "vtt", tmp_path)).captions
    assert [(cue.identifier, cue.start, cue.end) for cue in cues] == [
        ("0", "00:00:00.000", "00:00:00.400"),
        ("10", "00:00:00.400", "00:00:01.400"),
        ("90", "00:00:03.600", "00:00:04.000"),
    ]
    results = [json.loads(cue.text) for cue in cues]
    assert [result["frame_index"] for result in results] == [0, 10, 90]
    assert results[0]["result"]["read"][0]["text"] == "a --> b\n\nc"
    assert results[2]["result"] == {"cuts": [{"label": "cut", "value": 0.25}]}


def test_vtt_cues_before_zero_and_within_a_millisecond_stay_valid(tmp_path: Path) -> None:
    times = [-0.08, 0.0, 0.0004, 3700.5]
    rows = [("cuts", FrameRef(n, n, time), Observation("x")) for n, time in enumerate(times)]
    path = tmp_path / "a.vtt"
    EXPORTS["vtt"].write(reader_of(tmp_path, rows), path, replace(CONTEXT, video=None))
    cues = webvtt.read(path).captions
    assert [cue.start for cue in cues] == ["00:00:00.000"] * 3 + ["01:01:40.500"]
    assert all(cue.start < cue.end for cue in cues)


def test_srt_tells_shots_and_the_text_in_them(tmp_path: Path) -> None:
    rows = [
        ("read", ref(20), text("below", 50)),
        ("read", ref(20), text("above", 5)),
        ("read", ref(25), text("below", 50)),
        ("read", ref(25), text("above", 5)),
        ("cuts", ref(75), Observation("cut")),
        ("read", ref(75), text("next")),
    ]
    path = exported(reader_of(tmp_path, rows), "srt", tmp_path)
    found = list(srt.parse(path.read_text(encoding="utf-8"), ignore_errors=False))
    assert [(s.start.total_seconds(), s.end.total_seconds(), s.content) for s in found] == [
        (0, 0.8, "Shot 1"),
        (0.8, 2.0, "Shot 1\nabove\nbelow"),
        (2.0, 3.0, "Shot 1"),
        (3.0, 4.0, "Shot 2\nnext"),
    ]
    assert [subtitle.index for subtitle in found] == [1, 2, 3, 4]


def test_srt_without_cuts_has_text_alone_and_gaps_between(tmp_path: Path) -> None:
    rows = [("read", ref(10), text("one  word")), ("read", ref(60), text("two"))]
    rows += [("detect", ref(12), Observation("car"))]
    path = exported(reader_of(tmp_path, rows), "srt", tmp_path)
    found = list(srt.parse(path.read_text(encoding="utf-8"), ignore_errors=False))
    assert [subtitle.content for subtitle in found] == ["one word", "two"]
    assert all(subtitle.start < subtitle.end for subtitle in found)


def test_srt_without_cuts_and_text_is_refused(tmp_path: Path) -> None:
    reader = reader_of(tmp_path, [("detect", ref(1), Observation("car"))])
    with pytest.raises(NothingToExport, match="neither"):
        exported(reader, "srt", tmp_path)
