"""OCR: text is read where it is, in the frame or in another step's boxes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.steps.chunked import results
from tests.steps.films import Picture, film, run
from tests.steps.turned import turned
from videojobs_ext.rows.schema import Observation
from videojobs_ext.steps.ocr import Ocr, OcrParams
from videojobs_ext.steps.text_reader import TextReader, text_reader
from videojobs_ext.video.index import read_frame_index
from videojobs_ext.video.reader import FrameReader

WIDTH, HEIGHT = 480, 270


def page(*lines: tuple[str, int, int], scale: float = 1.0) -> Picture:
    """Return a picture with lines of text; x and y are of their left end on the base line."""
    picture = np.full((HEIGHT, WIDTH, 3), (90, 70, 50), np.uint8)
    for text, x, y in lines:
        cv2.putText(picture, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, (250, 250, 250), 2)
    return picture


def texts(rows: list[Observation]) -> list[str | None]:
    return [row.text for row in rows]


def test_the_number_burnt_into_every_frame_is_read(tmp_path: Path) -> None:
    numbers = [7 + 413 * n for n in range(12)]
    frames = [page((f"Frame {number:05d}", 40 + 6 * n, 60)) for n, number in enumerate(numbers)]
    said = run(Ocr(OcrParams()), film(tmp_path / "a.mp4", frames))
    read = [row.text for rows in said.values() for row in rows]
    assert [(text or "").replace(" ", "") for text in read] == [f"Frame{n:05d}" for n in numbers]


def test_lines_come_from_top_to_bottom_with_box_corners_and_score(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", [page(("upper", 60, 80), ("lower", 200, 200))])
    rows = run(Ocr(OcrParams()), path)[0]
    assert texts(rows) == ["upper", "lower"]
    row = rows[1]
    assert row.score is not None
    assert 0.9 < row.score <= 1
    # The letters stand between 178 and 201, 84 pixels wide.
    assert (row.x, row.y) == pytest.approx((200, 178), abs=8)
    assert (row.w, row.h) == pytest.approx((84, 24), abs=14)
    assert row.attrs is not None
    assert len(row.attrs["corners"]) == 4


def test_boxes_are_in_pixels_of_the_full_frame(tmp_path: Path) -> None:
    picture = cv2.resize(page(("large", 200, 200)), None, fx=4, fy=4)
    path = film(tmp_path / "a.mp4", [np.asarray(picture, np.uint8)])
    (row,) = run(Ocr(OcrParams(max_side=480)), path)[0]
    assert row.text == "large"
    assert (row.x, row.y) == pytest.approx((800, 712), abs=48)


def test_a_line_below_the_least_score_is_left_out(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", [page(("upper", 60, 80))])
    (row,) = run(Ocr(OcrParams(min_score=0)), path)[0]
    assert run(Ocr(OcrParams(min_score=1)), path)[0] == []
    assert row.text == "upper"


def test_the_boxes_of_another_step_are_read_in_its_place(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", [page(("plate", 60, 80), ("shop", 280, 200))])
    boxes = {
        "detect": [
            Observation(label="truck", score=0.9, track_id=4, x=250, y=150, w=190, h=90),
            Observation(label="bird", x=5, y=100, w=6, h=6),
            Observation(label="cloud", x=-80, y=-90, w=50, h=50),
            Observation(label="cut"),
        ]
    }
    index = read_frame_index(path)
    with FrameReader(path, index) as reader:
        (frame,) = reader.read(np.array([0]))
        (row,) = Ocr(OcrParams()).process(frame, boxes)
        assert list(Ocr(OcrParams()).process(frame, {"detect": []})) == []
        assert list(Ocr(OcrParams(max_boxes=1)).process(frame, boxes)) == [row]
    assert (row.text, row.label, row.track_id) == ("shop", "truck", 4)
    assert (row.x, row.y) == pytest.approx((280, 178), abs=12)


def test_a_large_box_is_read_at_the_given_size(tmp_path: Path) -> None:
    picture = np.asarray(cv2.resize(page(("large", 200, 200)), None, fx=4, fy=4), np.uint8)
    path = film(tmp_path / "a.mp4", [picture])
    box = Observation(label="sign", x=600, y=500, w=1000, h=500)
    with FrameReader(path, read_frame_index(path)) as reader:
        (frame,) = reader.read(np.array([0]))
        (row,) = Ocr(OcrParams(max_side=300)).process(frame, {"d": [box]})
    assert row.text == "large"
    assert (row.x, row.y) == pytest.approx((800, 712), abs=48)


def test_a_still_scene_is_read_a_few_times_and_told_on_every_frame(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", [page(("still", 60, 80))] * 30 + [page(("new", 60, 80))] * 2)
    before = text_reader().read_count
    said = run(Ocr(OcrParams()), path)
    assert text_reader().read_count - before <= 10
    assert [texts(rows) for rows in said.values()] == [["still"]] * 30 + [["new"]] * 2


def test_a_remembered_picture_is_answered_as_it_would_be_read() -> None:
    first, second = page(("one", 60, 80)), page(("two", 60, 80))
    reader = TextReader()
    for picture in (first, second, first):
        remembered, fresh = reader.read(picture), TextReader().read(picture)
        assert [(line.text, line.score) for line in remembered] == [
            (line.text, line.score) for line in fresh
        ]
        for one, other in zip(remembered, fresh, strict=True):
            np.testing.assert_array_equal(one.corners, other.corners)
    assert reader.read_count == 2


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_text_lies_in_the_upright_frame(tmp_path: Path, rotation: int) -> None:
    upright = film(tmp_path / "a.mp4", [page(("upright", 60, 80))])
    (row,) = run(Ocr(OcrParams()), turned(upright, tmp_path / "turned.mp4", [0], rotation))[0]
    assert row.text == "upright"
    assert (row.x, row.y) == pytest.approx((60, 58), abs=12)


def test_chunks_do_not_change_the_rows(tmp_path: Path) -> None:
    frames = [page((f"slide {n // 5}", 60, 80)) for n in range(16)]
    path = film(tmp_path / "a.mp4", frames)
    pipeline = "id: a\nsteps: [{id: text, uses: ocr}]\n"
    whole = results(pipeline, path, tmp_path / "whole")
    assert len(whole) == 16
    assert results(pipeline, path, tmp_path / "cut", [3, 11]) == whole


def test_the_text_inside_objects_is_read(bikes: Path, tmp_path: Path) -> None:
    with FrameReader(bikes, read_frame_index(bikes)) as reader:
        (frame,) = reader.read(np.array([120]))
        picture = frame.bgr().copy()
    # On the shirt of the cyclist, and on the wall beside him.
    cv2.putText(picture, "TEAM 42", (352, 100), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (255, 255, 255), 2)
    cv2.putText(picture, "WALL", (40, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (255, 255, 255), 2)
    path = film(tmp_path / "a.mp4", [picture] * 2)
    pipeline = """\
id: a
steps:
  - {id: detect, uses: objects, with: {classes: [person], max_detections: 1}}
  - {id: read, uses: ocr, needs: [detect]}
"""
    for _, said in results(pipeline, path, tmp_path / "rows"):
        lines = [(row["text"].replace(" ", ""), row["label"]) for row in said["read"]]
        assert ("TEAM42", "person") in lines
        assert "WALL" not in [text for text, _ in lines]
