"""What is drawn over which frame, and the films that come of it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.clips import ClipFactory
from videojobs_ext.artifacts.annotated_video import render_segment
from videojobs_ext.artifacts.clips import plan_clips
from videojobs_ext.artifacts.drawing import Pen, colour_of
from videojobs_ext.artifacts.overlay import HOLD, NOTE, TRAIL, Mark, Marks, Overlay, Shape
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.rows.schema import FrameRef, Observation, RowsMetadata
from videojobs_ext.rows.writer import RowBuffer
from videojobs_ext.video.chunks import Chunk, plan_chunks
from videojobs_ext.video.index import FrameIndex, read_frame_index
from videojobs_ext.video.reader import FrameReader
from videojobs_ext.video.segments import Canvas, Span, join_segments


@pytest.fixture
def video(clips: ClipFactory) -> Path:
    """Four seconds at 25 frames a second."""
    return clips.make(name="four.mp4", frames=100)


@pytest.fixture
def index(video: Path) -> FrameIndex:
    return read_frame_index(video)


def rows(folder: Path, index: FrameIndex, said: dict[int, list[tuple[str, Observation]]]) -> Path:
    steps = ("detect", "follow", "cuts")
    buffer = RowBuffer(RowsMetadata("1/25", 320, 192, 0, "", steps))
    for number, observations in said.items():
        ref = FrameRef(number, int(index.pts[number]), float(index.time[number]))
        for step, observation in observations:
            buffer.add(step, ref, observation)
    path = folder / "part.parquet"
    buffer.write(path)
    return path


def box(x: float, label: str = "car", track: int | None = None, **more: object) -> Observation:
    return Observation(label, 0.9, track, x, 50, 40, 30, **more)


WHOLE = Chunk(0, 0, 100)


def test_boxes_stay_until_the_next_analyzed_frame_but_not_for_long(
    index: FrameIndex, tmp_path: Path
) -> None:
    path = rows(tmp_path, index, {0: [("detect", box(10))], 20: [("detect", box(30))]})
    sampled = np.array([0, 5, 20, 99])
    overlay = Overlay(RowsReader([path]), index, sampled, WHOLE)
    shown = [bool(overlay.at(number).boxes) for number in range(100)]
    # Frame 5 was analyzed and has none; 20's last HOLD seconds.
    assert shown == [n < 5 or 20 <= n <= 20 + HOLD * 25 for n in range(100)]


def test_where_a_label_is_tracked_its_detections_are_not_drawn_twice(
    index: FrameIndex, tmp_path: Path
) -> None:
    said = [
        ("detect", box(10)),
        ("detect", box(200, "sign", text="STOP")),
        ("follow", box(10, track=3)),
    ]
    path = rows(tmp_path, index, {0: said})
    marks = Overlay(RowsReader([path]), index, np.arange(100), WHOLE).at(0)
    assert [(mark.caption, mark.key) for mark in marks.boxes] == [("STOP", "sign"), ("car 3", 3)]


def test_a_trail_is_where_a_track_stood_lately_also_before_the_chunk(
    index: FrameIndex, tmp_path: Path
) -> None:
    path = rows(tmp_path, index, {n: [("follow", box(n, track=1))] for n in range(0, 100, 10)})
    sampled = np.arange(0, 100, 10)
    reader = RowsReader([path])
    whole = Overlay(reader, index, sampled, WHOLE)
    marks = {n: whole.at(n) for n in range(100)}
    (mark,) = marks[50].boxes
    assert mark.trail == tuple((n + 20, 80) for n in range(30, 60, 10))
    assert TRAIL == 1.0
    later = Overlay(reader, index, sampled, Chunk(1, 48, 100))
    assert [later.at(n) for n in range(48, 100)] == [marks[n] for n in range(48, 100)]


def test_events_without_a_box_are_told_for_a_while_and_measurements_are_not(
    index: FrameIndex, tmp_path: Path
) -> None:
    said = {n: [("detect", Observation("brightness", value=0.5))] for n in range(100)}
    said[40].append(("cuts", Observation("cut", value=0.3)))
    overlay = Overlay(RowsReader([rows(tmp_path, index, said)]), index, np.arange(100), WHOLE)
    told = [overlay.at(number).notes for number in range(100)]
    assert [number for number in range(100) if told[number]] == list(range(40, 78))
    assert told[40] == ["cuts: cut"]
    assert NOTE == 1.5


def grey(width: int, height: int) -> Canvas:
    chroma = np.full(((height + 1) // 2, (width + 1) // 2), 128, np.uint8)
    return Canvas([np.full((height, width), 100, np.uint8), chroma, chroma])


def test_a_box_is_drawn_around_its_thing_in_its_colour() -> None:
    canvas = grey(640, 360)
    mark = Mark((200, 100, 120, 80), "", 5)
    Pen(360).draw(canvas, Marks([mark]), [], "0")
    luma, u, v = colour_of(5)
    assert canvas.y[140, 200] == canvas.y[180, 260] == luma
    assert (canvas.u[70, 100], canvas.v[70, 100]) == (u, v)
    assert canvas.y[140, 260] == 100
    assert colour_of(5) == colour_of(5 + 8) != colour_of(6)


@pytest.mark.parametrize("at", [(-50.0, -40.0), (630.0, 350.0), (1e9, -1e9), (-1e6, 100.0)])
def test_what_lies_outside_the_frame_does_no_harm(at: tuple[float, float]) -> None:
    canvas = grey(641, 361)
    mark = Mark((*at, 1e5, 60), "a caption that is longer than the frame is wide " * 3, 1, (at, at))
    Pen(361).draw(canvas, Marks([mark], ["note"]), [Shape("line", (at, (5, 5)), False)], "00:00")


def test_a_frame_is_copied_before_it_is_drawn_on(video: Path, index: FrameIndex) -> None:
    with FrameReader(video, index) as reader:
        (frame,) = reader.read(np.array([3]))
        before = frame.luma().copy()
        Pen(192).draw(Canvas(frame.yuv()), Marks([Mark((50, 50, 50, 50), "x", 1)]), [], "0")
        assert (frame.luma() == before).all()


def test_the_annotated_video_shows_boxes_on_the_right_frames(
    video: Path, index: FrameIndex, tmp_path: Path
) -> None:
    path = rows(tmp_path, index, {n: [("detect", box(100))] for n in range(40, 60)})
    segments = []
    for chunk in plan_chunks(index, 1):
        overlay = Overlay(RowsReader([path]), index, np.arange(100), chunk)
        segments.append(tmp_path / f"{chunk.number}.nut")
        render_segment(video, index, chunk, overlay, [], segments[-1])
    target = tmp_path / "annotated.mp4"
    join_segments(segments, target, video, index)
    made = read_frame_index(target)
    assert [pts * made.time_base for pts in made.pts.tolist()] == [
        pts * index.time_base for pts in index.pts.tolist()
    ]
    luma = colour_of("car")[0]
    with FrameReader(target, made) as reader, FrameReader(video, index) as source:
        pairs = zip(reader.read(np.arange(100)), source.read(np.arange(100)), strict=True)
        for drawn, plain in pairs:
            edge = drawn.luma()[60:75, 100].astype(float)
            if 40 <= drawn.number < 60:
                assert np.abs(edge - luma).mean() < 25
            else:
                assert np.abs(edge - plain.luma()[60:75, 100]).mean() < 12


def test_a_clip_goes_around_each_event_and_none_begins_in_another(
    index: FrameIndex, tmp_path: Path
) -> None:
    cut = ("cuts", Observation("it's"))
    path = rows(tmp_path, index, {5: [cut], 21: [cut], 60: [cut], 99: [cut]})
    films = plan_clips(RowsReader([path]), index, label="it's", before=0.4, after=0.6, most=20)
    assert [film.name for film in films] == [f"clip_{n:03d}_it_s.mp4" for n in (1, 2, 3, 4)]
    spans = [(film.chunks[0].first, film.chunks[0].stop) for film in films]
    assert spans == [(0, 20), (11, 36), (50, 75), (89, 100)]
    assert films[2].span == Span(pytest.approx(2.0), pytest.approx(3.0))
    assert len(plan_clips(RowsReader([path]), index, label="it's", before=1, after=1, most=2)) == 2
    assert plan_clips(RowsReader([path]), index, label="no", before=1, after=1, most=2) == ()


def test_a_track_is_one_event(index: FrameIndex, tmp_path: Path) -> None:
    said = {n: [("follow", box(10, track=1))] for n in range(100)}
    path = rows(tmp_path, index, said)
    (film,) = plan_clips(RowsReader([path]), index, label="car", before=0, after=1, most=9)
    assert film.chunks == (Chunk(0, 0, 25),)
    assert Fraction(1) == film.span.end
