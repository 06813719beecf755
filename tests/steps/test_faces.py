"""Faces: where they are, and where their eyes, nose, mouth and ears are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.steps.chunked import results
from tests.steps.films import film, run, scene
from tests.steps.turned import turned
from videojobs_ext.rows.schema import Observation
from videojobs_ext.steps.faces import Faces, FacesParams
from videojobs_ext.video.index import read_frame_index
from videojobs_ext.video.reader import FrameReader

#: The face on frames of carphone_pristine.mp4 (176 x 144), seen by eye: left, top, right, bottom;
#: and its key points.
SEEN = {
    0: ((61, 44, 115, 98), {"right_eye": (77, 62), "left_eye": (98, 58), "mouth": (92, 81)}),
    40: ((45, 46, 101, 102), {"right_eye": (61, 67), "left_eye": (83, 60), "mouth": (77, 85)}),
    80: ((43, 37, 89, 83), {"right_eye": (53, 57), "left_eye": (73, 45), "mouth": (74, 69)}),
}


@pytest.fixture(scope="module")
def carphone(bikes: Path) -> Path:
    return bikes.with_name("carphone_pristine.mp4")


def corners(row: Observation) -> tuple[float, float, float, float]:
    assert row.x is not None
    assert row.y is not None
    assert row.w is not None
    assert row.h is not None
    return row.x, row.y, row.x + row.w, row.y + row.h


def points(row: Observation) -> dict[str, list[float]]:
    assert row.attrs is not None
    return row.attrs["key_points"]  # type: ignore[no-any-return]


def test_a_face_is_found_with_its_key_points(carphone: Path) -> None:
    said = run(Faces(FacesParams()), carphone, sorted(SEEN))
    for number, (place, marks) in SEEN.items():
        (face,) = said[number]
        assert face.label == "face"
        assert face.score is not None
        assert face.score > 0.7
        assert corners(face) == pytest.approx(place, abs=4)
        assert set(points(face)) == {
            *("right_eye", "left_eye", "nose", "mouth"),
            *("right_ear", "left_ear"),
        }
        for name, mark in marks.items():
            assert points(face)[name] == pytest.approx(mark, abs=4)


def test_every_frame_has_the_one_face(carphone: Path) -> None:
    said = run(Faces(FacesParams()), carphone)
    assert sum(len(rows) == 1 for rows in said.values()) >= 115
    assert max(len(rows) for rows in said.values()) == 1


def test_no_face_is_found_where_there_is_none(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", [scene(seed) for seed in range(5)])
    assert not any(run(Faces(FacesParams()), path).values())


def test_a_face_at_the_border_ends_there_and_its_points_may_lie_outside(
    carphone: Path, tmp_path: Path
) -> None:
    index = read_frame_index(carphone)
    with FrameReader(carphone, index) as reader:
        (frame,) = reader.read(np.array([0]))
        cut = np.ascontiguousarray(frame.bgr()[:, 70:150])
    (face,) = run(Faces(FacesParams(min_score=0.3)), film(tmp_path / "a.mp4", [cut]))[0]
    left, top, right, bottom = corners(face)
    assert left == 0
    assert 0 < top < bottom < 144
    assert right < 80
    assert points(face)["right_ear"][0] < 0


def test_limits_are_kept(carphone: Path) -> None:
    many = run(Faces(FacesParams(min_score=0.05, iou=1)), carphone, [0])[0]
    assert len(many) > 3
    assert run(Faces(FacesParams(min_score=0.05, iou=1, max_faces=2)), carphone, [0])[0] == many[:2]
    assert run(Faces(FacesParams(min_score=1)), carphone, [0])[0] == []


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_faces_lie_in_the_upright_frame(carphone: Path, tmp_path: Path, rotation: int) -> None:
    path = turned(carphone, tmp_path / "turned.mp4", [0, 1], rotation)
    (face,) = run(Faces(FacesParams()), path)[0]
    assert corners(face) == pytest.approx(SEEN[0][0], abs=4)


def test_chunks_do_not_change_the_rows(carphone: Path, tmp_path: Path) -> None:
    pipeline = "id: a\nsampling: {every: 7}\nsteps: [{id: faces, uses: faces}]\n"
    index = read_frame_index(carphone)
    border = int(np.flatnonzero(index.keyframe)[-1]) or 60
    whole = results(pipeline, carphone, tmp_path / "whole")
    assert len(whole) > 15
    assert results(pipeline, carphone, tmp_path / "cut", [border]) == whole
