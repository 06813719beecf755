"""The timeline shows when things were said."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from tests.clips import ClipFactory
from videojobs_ext.artifacts import timeline
from videojobs_ext.artifacts.timeline import COLUMNS, write_timeline
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.rows.schema import FrameRef, Observation, RowsMetadata
from videojobs_ext.rows.writer import RowBuffer
from videojobs_ext.video.index import read_frame_index

LEFT, TOP = 260, 56


def has(page: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return (page == np.array(colour)).all(axis=2)


def test_lanes_say_what_was_when(clips: ClipFactory, tmp_path: Path) -> None:
    index = read_frame_index(clips.make(name="four.mp4", frames=100))
    buffer = RowBuffer(RowsMetadata("1/25", 320, 192, 0, "", ("motion", "detect", "cuts")))
    for n in range(100):
        ref = FrameRef(n, int(index.pts[n]), float(index.time[n]))
        buffer.add("motion", ref, Observation(value=n / 100))
        for k in range(2 if n >= 50 else 0):
            buffer.add("detect", ref, Observation("car", 1, None, k, 0, 5, 5))
        if n == 25:
            buffer.add("cuts", ref, Observation("cut", value=0.3))
    buffer.write(tmp_path / "part.parquet")
    write_timeline(index, RowsReader([tmp_path / "part.parquet"]), tmp_path / "timeline.png")
    page = cv2.imread(str(tmp_path / "timeline.png"))
    height = timeline.LANE + 10
    assert page.shape[0] == TOP + 3 * height + 40
    motion, cars, cuts = (
        page[TOP + lane * height : TOP + lane * height + timeline.LANE, LEFT : LEFT + COLUMNS]
        for lane in range(3)
    )
    filled = has(motion, timeline._VALUE).sum(axis=0)
    assert filled[5] < filled[600] < filled[1195]
    counted = has(cars, timeline._COUNT).any(axis=0)
    assert counted[600:1195].all()
    assert not counted[:595].any()
    assert set(np.flatnonzero(has(cuts, timeline._EVENT).any(axis=0))) == {300, 301}


def test_a_job_that_found_nothing_has_a_timeline_that_says_so(
    clips: ClipFactory, tmp_path: Path
) -> None:
    index = read_frame_index(clips.make(frames=1, name="one.mp4"))
    write_timeline(index, RowsReader([]), tmp_path / "timeline.png")
    assert cv2.imread(str(tmp_path / "timeline.png")).shape[1] > COLUMNS
    assert [path.name for path in tmp_path.iterdir()] == ["timeline.png"]


def test_of_many_lanes_those_with_most_rows_stay(clips: ClipFactory, tmp_path: Path) -> None:
    index = read_frame_index(clips.make())
    buffer = RowBuffer(RowsMetadata("1/25", 320, 192, 0, "", ("detect",)))
    for n in range(60):
        ref = FrameRef(n, int(index.pts[n]), float(index.time[n]))
        for label in range(min(n, 40)):
            buffer.add("detect", ref, Observation(f"label {label}", 1, None, 0, 0, 5, 5))
    buffer.write(tmp_path / "part.parquet")
    write_timeline(index, RowsReader([tmp_path / "part.parquet"]), tmp_path / "timeline.png")
    page = cv2.imread(str(tmp_path / "timeline.png"))
    assert page.shape[0] == TOP + timeline.MOST_LANES * (timeline.LANE + 10) + 40
