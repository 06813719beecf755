"""Lanes: rows counted by step, label and stretch of time."""

from __future__ import annotations

from pathlib import Path

import pytest

from videojobs_ext.rows.lanes import MOST_LANES, MOST_MARKS, read_lanes
from videojobs_ext.rows.schema import FrameRef, Observation, RowsMetadata
from videojobs_ext.rows.writer import RowBuffer

BOX = {"x": 1.0, "y": 2.0, "w": 3.0, "h": 4.0}


def parts(folder: Path, rows: list[tuple[str, int, Observation]], count: int = 2) -> list[Path]:
    """Write rows of 10 frames a second, a share of the frames into each part."""
    last = max(number for _, number, _ in rows) + 1
    written = []
    for part in range(count):
        buffer = RowBuffer(RowsMetadata("1/10", 640, 272, 0, "", ("detect", "cuts", "light")))
        for step, number, seen in rows:
            if number * count // last == part:
                buffer.add(step, FrameRef(number, number, number / 10), seen)
        written.append(folder / f"part-{part}.parquet")
        buffer.write(written[-1])
    return written


def test_boxes_are_counted_by_step_label_and_bin_over_all_parts(tmp_path: Path) -> None:
    rows = [("detect", n, Observation("car", score=n / 100, **BOX)) for n in range(40)]
    rows += [("detect", n, Observation("car", track_id=n % 3, **BOX)) for n in range(30, 40)]
    rows += [("detect", 12, Observation("dog", score=0.5, **BOX))]
    (car, dog), left = read_lanes(parts(tmp_path, rows), 0.0, 4.0, 4)
    assert left == 0
    assert (car.step, car.label, car.rows, car.boxes, car.frames, car.tracks) == (
        "detect",
        "car",
        50,
        50,
        40,
        3,
    )
    assert (car.bins, car.count) == ([0, 1, 2, 3], [10, 10, 10, 20])
    assert car.score == pytest.approx([0.09, 0.19, 0.29, 0.39])
    assert car.value is None
    assert car.marks is None
    assert (dog.bins, dog.count, dog.score) == ([1], [1], [0.5])


def test_a_window_holds_what_begins_in_it(tmp_path: Path) -> None:
    rows = [("detect", n, Observation("car", **BOX)) for n in range(40)]
    (car,), _ = read_lanes(parts(tmp_path, rows), 0.95, 1.25, 3)
    assert (car.bins, car.count) == ([0, 1, 2], [1, 1, 1])
    assert read_lanes(parts(tmp_path, rows), 9.0, 10.0, 3) == ([], 0)


def test_values_are_averaged_and_rare_events_are_told_by_their_times(tmp_path: Path) -> None:
    rows = [("light", n, Observation("luma", value=float(n))) for n in range(20)]
    rows += [("cuts", n, Observation("cut", score=0.9)) for n in (3, 17)]
    (cut, luma), _ = read_lanes(parts(tmp_path, rows), 0.0, 2.0, 2)
    assert luma.value == [4.5, 14.5]
    assert cut.marks == [0.3, 1.7]


def test_events_without_a_box_that_are_many_are_only_counted(tmp_path: Path) -> None:
    rows = [("cuts", n, Observation("cut")) for n in range(MOST_MARKS + 1)]
    (cut,), _ = read_lanes(parts(tmp_path, rows), 0.0, 100.0, 5)
    assert cut.marks is None
    assert sum(cut.count) == MOST_MARKS + 1


def test_rows_without_a_label_have_a_lane_too(tmp_path: Path) -> None:
    rows = [("light", n, Observation(value=1.0)) for n in range(4)]
    (lane,), _ = read_lanes(parts(tmp_path, rows), 0.0, 1.0, 1)
    assert (lane.label, lane.count, lane.marks) == (None, [4], [0.0, 0.1, 0.2, 0.3])


def test_of_very_many_labels_the_most_frequent_are_told_and_the_rest_counted(
    tmp_path: Path,
) -> None:
    rows = [
        ("detect", n, Observation(f"label {label}", **BOX))
        for label in range(MOST_LANES + 5)
        for n in range(label + 1)
    ]
    lanes, left = read_lanes(parts(tmp_path, rows), 0.0, 100.0, 10)
    assert (len(lanes), left) == (MOST_LANES, 5)
    assert min(lane.rows for lane in lanes) == 6
