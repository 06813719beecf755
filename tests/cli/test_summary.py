"""Summaries of rows."""

from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
from rich.console import Console

from videojobs_ext.cli.console import ago, moment
from videojobs_ext.cli.summary import curve, print_summary
from videojobs_ext.rows.schema import SCHEMA


def shown(rows: list[dict[str, object]]) -> str:
    columns = {name: [row.get(name) for row in rows] for name in SCHEMA.names}
    arrays = [pa.array(columns[field.name], field.type) for field in SCHEMA]
    console = Console(file=io.StringIO(), width=120)
    print_summary(console, pa.Table.from_arrays(arrays, schema=SCHEMA))
    return console.file.getvalue()  # type: ignore[attr-defined]


def row(step: str, frame: int, **fields: object) -> dict[str, object]:
    return {"step": step, "frame_index": frame, "pts": frame, "time": frame / 25} | fields


def test_no_rows_are_said_to_be_none() -> None:
    assert shown([]) == "Nothing was found.\n"


def test_cuts_come_with_their_times_and_long_lists_end() -> None:
    text = shown([row("cuts", 25 * number, label="cut") for number in range(1, 41)])
    assert "40 cuts" in text
    assert "0:01.000" in text
    assert "and 10 more" in text


def test_values_are_summed_up_by_step_and_label() -> None:
    rows = [row("motion", number, value=number / 10) for number in range(11)]
    rows += [row("motion", 3, label="region", score=0.5)] * 2
    text = shown(rows)
    (score,) = [line for line in text.splitlines() if line.startswith("motion") and "11" in line]
    assert "0.5" in score
    assert "0:00.400" in score  # the largest value is on frame 10
    assert any("region" in line and "2" in line for line in text.splitlines())


def test_a_curve_rises_with_its_values_and_is_blank_where_there_are_none() -> None:
    times = np.array([0.0, 1.0, 2.0, 9.0])
    drawn = curve(times, np.array([0.0, 1.0, 2.0, 8.0]), 10)
    assert len(drawn) == 10
    assert drawn[0] == "▁"
    assert drawn[9] == "█"
    assert drawn[5] == " "
    assert curve(np.array([]), np.array([]), 10) == ""
    assert curve(np.array([1.0, 1.0]), np.array([0.0, 0.0]), 4).strip() == "▁"


def test_moments_and_ages_are_short() -> None:
    from datetime import UTC, datetime

    assert [moment(seconds) for seconds in (1.2, 59.9996, 3600.5)] == [
        "0:01.200", "1:00.000", "1:00:00.500",
    ]  # fmt: skip
    now = datetime(2026, 1, 2, tzinfo=UTC)
    stamps = ["2026-01-01T23:59:30+00:00", "2026-01-01T23:10:00Z", "2026-01-01T20:00:00Z",
              "2025-12-30T00:00:00Z"]  # fmt: skip
    assert [ago(stamp, now) for stamp in stamps] == ["30 s ago", "50 min ago", "4 h ago", "3 d ago"]
