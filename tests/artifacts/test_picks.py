"""Which frames are shown when only a few can be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.steps.films import film, scene
from videojobs_ext.artifacts.picks import clock, spread, thinned
from videojobs_ext.video.index import read_frame_index


def test_spread_takes_one_frame_of_each_piece_and_keyframes_where_it_can(bikes: Path) -> None:
    index = read_frame_index(bikes)
    numbers = spread(index, 10)
    times = index.time[numbers]
    assert [int(time) for time in times] == list(range(10))
    taken = set(numbers.tolist())
    keyframes = set(np.flatnonzero(index.keyframe).tolist())
    assert taken & keyframes
    assert (index.time[sorted(taken & keyframes)] % 1 < 0.5).all()


def test_spread_takes_each_frame_once_when_there_are_few(tmp_path: Path) -> None:
    index = read_frame_index(film(tmp_path / "a.mp4", [scene(1)] * 3))
    assert spread(index, 20).tolist() == [0, 1, 2]
    assert spread(index, 1).tolist() == [0]


def test_spread_does_without_keyframes(tmp_path: Path) -> None:
    index = read_frame_index(film(tmp_path / "a.mp4", [scene(1)] * 10))
    index.keyframe[:] = False
    assert spread(index, 5).tolist() == [0, 2, 4, 6, 8]


def test_thinned_keeps_the_first_and_the_order() -> None:
    numbers = np.arange(10) * 3
    assert thinned(numbers, 10) is numbers
    assert thinned(numbers, 4).tolist() == [0, 6, 15, 21]


@pytest.mark.parametrize(
    ("seconds", "text", "short"),
    [
        (0, "00:00:00.000", "00:00.000"),
        (59.9996, "00:01:00.000", "01:00.000"),
        (3723.5, "01:02:03.500", "01:02:03.500"),
        (-0.08, "-00:00:00.080", "-00:00.080"),
    ],
)
def test_a_time_is_written_to_the_millisecond(seconds: float, text: str, short: str) -> None:
    assert clock(seconds) == text
    assert clock(seconds, hours=False) == short
