"""Flow: the camera's motion is measured in pixels, and what moves beside it is told where it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.cut_clips import view
from tests.steps.films import Picture, film, run, windows_agree
from videojobs_ext.rows.schema import Observation
from videojobs_ext.steps.flow import Flow, FlowParams

WIDTH, HEIGHT = 640, 360
MARGIN = 120


def shot(
    frames: int, dx: float = 0, dy: float = 0, zoom: float = 1, turn: float = 0
) -> list[Picture]:
    """Return pictures whose content moves so much from each to the next; degrees clockwise."""
    large = view(5, WIDTH + 2 * MARGIN, HEIGHT + 2 * MARGIN)
    size = large.shape[1], large.shape[0]
    middle = (size[0] / 2, size[1] / 2)
    pictures = []
    for n in range(frames):
        matrix = cv2.getRotationMatrix2D(middle, -turn * n, zoom**n)
        matrix[:, 2] += dx * n, dy * n
        warped = cv2.warpAffine(large, matrix, size, flags=cv2.INTER_CUBIC)
        pictures.append(np.asarray(warped[MARGIN:-MARGIN, MARGIN:-MARGIN], np.uint8))
    return pictures


def camera(rows: list[Observation]) -> Mapping[str, float]:
    (row,) = [row for row in rows if row.label == "camera"]
    return {"value": row.value, "score": row.score, **(row.attrs or {})}  # type: ignore[dict-item]


def moving(rows: list[Observation]) -> list[Observation]:
    return [row for row in rows if row.label == "moving"]


@pytest.mark.parametrize(
    ("dx", "dy", "zoom", "turn"),
    [(0, 0, 1, 0), (6, 2, 1, 0), (-14, 9, 1, 0), (0, 0, 1.02, 0), (0, 0, 1, 1.5), (5, 3, 0.99, -1)],
)
def test_the_cameras_motion_is_measured(
    tmp_path: Path, dx: float, dy: float, zoom: float, turn: float
) -> None:
    said = run(Flow(FlowParams()), film(tmp_path / "a.mp4", shot(6, dx, dy, zoom, turn)))
    for rows in list(said.values())[1:]:
        got = camera(rows)
        # A zoom or turn is about the large picture's middle, which shifts with it.
        assert got["dx"] == pytest.approx(dx, abs=0.7)
        assert got["dy"] == pytest.approx(dy, abs=0.7)
        assert got["zoom"] == pytest.approx(zoom, abs=0.002)
        assert got["turn"] == pytest.approx(turn, abs=0.12)
        assert got["value"] == pytest.approx(np.hypot(got["dx"], got["dy"]), abs=0.01)
        assert got["score"] > 0.8
        assert moving(rows) == []


def test_the_first_frame_tells_no_motion(tmp_path: Path) -> None:
    said = run(Flow(FlowParams()), film(tmp_path / "a.mp4", shot(2, 4)))
    still = {"dx": 0, "dy": 0, "zoom": 1, "turn": 0}
    assert said[0] == [Observation("camera", score=0, value=0, attrs=still)]


def test_motion_is_told_in_pixels_of_the_frame_whatever_is_compared(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", shot(3, 8, -4))
    for side in (160, 320, 640):
        got = camera(run(Flow(FlowParams(max_side=side)), path)[2])
        assert (got["dx"], got["dy"]) == pytest.approx((8, -4), abs=0.5)


def test_a_thing_that_moves_in_a_still_picture_is_told_where_it_is(tmp_path: Path) -> None:
    thing = view(9, 120, 120)
    pictures = []
    for n in range(8):
        picture = view(5, WIDTH, HEIGHT)
        picture[120:240, 100 + 8 * n : 220 + 8 * n] = thing
        pictures.append(picture)
    for n, rows in list(run(Flow(FlowParams()), film(tmp_path / "a.mp4", pictures)).items())[1:]:
        assert camera(rows)["value"] < 0.3
        cells = moving(rows)
        assert cells
        for cell in cells:
            assert (cell.w, cell.h) == (80, HEIGHT / 4)
            assert cell.x is not None
            assert cell.y is not None
            assert 100 + 8 * (n - 1) - 80 < cell.x < 220 + 8 * n
            assert 30 < cell.y < 240
        strongest = max(cells, key=lambda cell: cell.value or 0)
        assert (strongest.attrs or {})["dx"] == pytest.approx(8, abs=2)
        assert (strongest.attrs or {})["dy"] == pytest.approx(0, abs=1)


def test_a_thing_that_moves_in_a_pan_is_told_without_the_pan(tmp_path: Path) -> None:
    pictures = shot(8, 6)
    thing = view(9, 160, 120)
    for n, picture in enumerate(pictures):
        picture[120:240, 400 - 6 * n : 560 - 6 * n] = thing
    for rows in list(run(Flow(FlowParams()), film(tmp_path / "a.mp4", pictures)).values())[1:]:
        assert camera(rows)["dx"] == pytest.approx(6, abs=0.3)
        strongest = max(moving(rows), key=lambda cell: cell.value or 0)
        assert (strongest.attrs or {})["dx"] == pytest.approx(-12, abs=1.5)


def test_over_a_cut_there_is_no_motion_to_tell(tmp_path: Path) -> None:
    pictures = [*shot(3, 4), *[view(77, WIDTH, HEIGHT)] * 3]
    rows = run(Flow(FlowParams()), film(tmp_path / "a.mp4", pictures))[3]
    got = camera(rows)
    assert got["score"] < 0.2
    assert (got["value"], got["zoom"], got["turn"]) == (0, 1, 0)
    assert moving(rows) == []


@pytest.mark.parametrize("size", [(WIDTH, HEIGHT), (16, 8), (2, 2)])
def test_a_picture_without_anything_to_see_tells_nothing(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    grey = np.full((size[1], size[0]), 90, np.uint8)
    for rows in run(Flow(FlowParams()), film(tmp_path / "a.mp4", [grey] * 3)).values():
        assert camera(rows)["score"] == 0
        assert moving(rows) == []


def test_black_bars_do_not_hold_the_camera_still(tmp_path: Path) -> None:
    pictures = shot(4, 10)
    for picture in pictures:
        picture[:90] = picture[-90:] = 0
    got = camera(run(Flow(FlowParams()), film(tmp_path / "a.mp4", pictures))[2])
    assert got["dx"] == pytest.approx(10, abs=0.7)


def test_the_camera_of_bikes_agrees_everywhere_but_on_cuts(bikes: Path) -> None:
    said = run(Flow(FlowParams()), bikes)
    lost = [n for n, rows in said.items() if camera(rows)["score"] < 0.2]
    assert lost == [0, 30, 76, 137, 187, 242]


def test_flow_of_a_window_that_begins_later_is_the_same(bikes: Path) -> None:
    assert windows_agree(lambda: Flow(FlowParams()), bikes, 60, 90)
