"""Motion: how much of the picture moves, and where."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.steps.films import HEIGHT, WIDTH, Picture, film, run, scene, windows_agree
from videojobs_ext.rows.schema import Observation
from videojobs_ext.steps.base import VideoGeometry
from videojobs_ext.steps.motion import MOST_REGIONS, Motion, MotionParams
from videojobs_ext.video.loop_filter import LoopFilter


def with_boxes(*boxes: tuple[int, int, int, int], scale: int = 1) -> Picture:
    picture = np.full((HEIGHT * scale, WIDTH * scale), 60, np.uint8)
    for x, y, w, h in boxes:
        picture[y : y + h, x : x + w] = 220
    return picture


def regions(rows: list[Observation]) -> list[Observation]:
    return [row for row in rows if row.label == "region"]


def corners(row: Observation) -> tuple[float, float, float, float]:
    assert row.x is not None
    assert row.y is not None
    assert row.w is not None
    assert row.h is not None
    return row.x, row.y, row.x + row.w, row.y + row.h


def test_the_first_frame_has_no_motion(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", [with_boxes((10 * n, 50, 30, 30)) for n in range(3)])
    assert run(Motion(MotionParams()), path)[0] == [Observation(value=0.0)]


def test_a_still_picture_has_no_motion(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", [scene(1)] * 12)
    assert all(
        rows == [Observation(value=0.0)] for rows in run(Motion(MotionParams()), path).values()
    )


def test_a_moving_box_is_one_region_where_it_was_and_is(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", [with_boxes((40 + 8 * n, 60, 40, 30)) for n in range(8)])
    for number, rows in run(Motion(MotionParams()), path).items():
        if number == 0:
            continue
        left = 40 + 8 * (number - 1)
        # The changed pixels are two bars, 8 wide, at the box's two ends.
        assert rows[0].value == pytest.approx(2 * 8 * 30 / (WIDTH * HEIGHT), rel=0.35)
        found = regions(rows)
        assert len(found) == 2
        boxes = sorted(corners(row) for row in found)
        assert boxes[0] == pytest.approx((left, 60, left + 8, 90), abs=3)
        assert boxes[1] == pytest.approx((left + 40, 60, left + 48, 90), abs=3)
        assert all(row.score is not None and row.score > 0.6 for row in found)


def test_boxes_are_in_pixels_of_the_full_frame(tmp_path: Path) -> None:
    frames = [with_boxes((400, 300, 200, 160), scale=4), with_boxes(scale=4)]
    rows = run(Motion(MotionParams()), film(tmp_path / "a.mp4", frames))[1]
    (region,) = regions(rows)
    assert corners(region) == pytest.approx((400, 300, 600, 460), abs=10)
    assert rows[0].value == pytest.approx(200 * 160 / (1280 * 720), rel=0.15)


def test_a_region_at_the_border_ends_there(tmp_path: Path) -> None:
    frames = [with_boxes((0, 0, 40, 30), (280, 150, 40, 30)), with_boxes()]
    found = regions(run(Motion(MotionParams()), film(tmp_path / "a.mp4", frames))[1])
    boxes = sorted(corners(row) for row in found)
    assert boxes[0] == pytest.approx((0, 0, 40, 30), abs=2)
    assert boxes[1] == pytest.approx((280, 150, WIDTH, HEIGHT), abs=2)


def test_regions_come_largest_first_and_small_ones_are_left_out(tmp_path: Path) -> None:
    frames = [with_boxes(), with_boxes((20, 20, 20, 20), (100, 60, 60, 60), (250, 20, 9, 9))]
    path = film(tmp_path / "a.mp4", frames)
    found = regions(run(Motion(MotionParams(min_area=0.003)), path)[1])
    assert [round((row.w or 0) / 20) for row in found] == [3, 1]
    assert len(regions(run(Motion(MotionParams()), path)[1])) == 3


def test_a_change_below_the_threshold_is_none(tmp_path: Path) -> None:
    frames = [np.full((HEIGHT, WIDTH), level, np.uint8) for level in (100, 120)]
    path = film(tmp_path / "a.mp4", frames)
    assert run(Motion(MotionParams(threshold=40)), path)[1][0].value == 0
    assert run(Motion(MotionParams(threshold=5)), path)[1][0].value == 1


def test_flicker_everywhere_is_told_by_its_largest_regions_only(tmp_path: Path) -> None:
    dots = [(x, y, 6, 6) for x in range(4, 310, 20) for y in range(4, 170, 20)]
    path = film(tmp_path / "a.mp4", [with_boxes(), with_boxes(*dots)])
    found = regions(run(Motion(MotionParams(min_area=0)), path)[1])
    assert len(found) == MOST_REGIONS


def test_a_window_that_begins_later_says_the_same(bikes: Path) -> None:
    assert windows_agree(lambda: Motion(MotionParams()), bikes, 100, 130)


def test_every_frame_of_a_real_film_has_one_score(bikes: Path) -> None:
    said = run(Motion(MotionParams()), bikes)
    assert len(said) == 250
    for rows in said.values():
        (score,) = [row.value for row in rows if row.label is None]
        assert score is not None
        assert 0 <= score <= 1
        for region in regions(rows):
            left, top, right, bottom = corners(region)
            assert 0 <= left < right <= 640
            assert 0 <= top < bottom <= 272


def test_the_smaller_the_picture_becomes_the_coarser_it_is_decoded() -> None:
    small, large = VideoGeometry(640, 272), VideoGeometry(1080, 1920)
    params, exact = MotionParams(), MotionParams(exact=True)
    assert Motion.loop_filter(params, large) < Motion.loop_filter(params, small) < LoopFilter.ALL
    assert Motion.loop_filter(exact, large) is LoopFilter.ALL
    close = MotionParams(max_side=960)
    assert Motion.loop_filter(close, large) == Motion.loop_filter(params, small)


def test_exact_motion_is_nearly_that_of_coarse_pictures(bikes: Path) -> None:
    exact = run(Motion(MotionParams(exact=True)), bikes)
    chosen = Motion.loop_filter(MotionParams(), VideoGeometry(640, 272))
    coarse = run(Motion(MotionParams()), bikes, loop_filter=chosen)
    errors = [abs((exact[n][0].value or 0) - (coarse[n][0].value or 0)) for n in exact]
    assert 0 < max(errors) < 0.002
