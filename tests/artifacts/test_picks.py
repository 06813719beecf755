"""Which frames are shown when only a few can be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.clips import ClipFactory
from tests.steps.films import film, scene
from videojobs_ext.artifacts.picks import (
    NEAR,
    clock,
    distance,
    first_of_shots,
    spread,
    thinned,
)
from videojobs_ext.video.index import read_frame_index


def test_spread_takes_keyframes_alone_where_there_are_enough(clips: ClipFactory) -> None:
    index = read_frame_index(clips.make(name="many.mp4", frames=120, gop=10))
    numbers = spread(index, 10)
    assert index.keyframe[numbers].all()
    assert len(numbers) == 10
    few = spread(index, 4)
    assert index.keyframe[few].all()
    assert [int(n) // 30 for n in few] == [0, 1, 2, 3]


def test_spread_goes_further_from_keyframes_only_when_they_are_too_few(clips: ClipFactory) -> None:
    index = read_frame_index(clips.make(name="few.mp4", frames=200, gop=100))
    assert spread(index, 10, enough=2).tolist() == [0, 100]
    near = spread(index, 10, enough=4)
    assert near.tolist() == [0, 20, 100, 120]
    assert (distance(index)[near] <= NEAR).all()
    assert len(spread(index, 10)) == 10


def test_spread_takes_each_frame_once_when_there_are_few(tmp_path: Path) -> None:
    index = read_frame_index(film(tmp_path / "a.mp4", [scene(1)] * 3))
    assert spread(index, 20).tolist() == [0, 1, 2]
    assert spread(index, 1).tolist() == [0]


def test_spread_does_without_keyframes(tmp_path: Path) -> None:
    index = read_frame_index(film(tmp_path / "a.mp4", [scene(1)] * 10))
    index.keyframe[:] = False
    assert spread(index, 5).tolist() == [0, 2, 4, 6, 8]


def test_a_shot_is_shown_by_its_first_frame_when_that_is_near_a_keyframe(
    clips: ClipFactory,
) -> None:
    index = read_frame_index(clips.make(name="shots.mp4", frames=200, gop=100))
    starts = np.array([0, 20, 70, 150, 190])
    assert first_of_shots(index, starts).tolist() == [0, 20, 100, 150, 190]


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
