"""Sampling chooses frames by count, by time, by keyframe, and within ranges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pydantic import ValidationError

from tests.clips import ClipFactory
from tests.video.kinds import make
from videojobs_ext.video.index import FrameIndex, read_frame_index
from videojobs_ext.video.sampling import Sampling


def chosen(index: FrameIndex, **wish: object) -> list[int]:
    numbers = Sampling.model_validate(wish).select(index)
    assert numbers.dtype == np.int64
    return numbers.tolist()


@pytest.fixture(scope="module")
def even(clips: ClipFactory) -> FrameIndex:
    """Return the index of 60 frames at 25 a second, keyframes each 12."""
    return read_frame_index(make(clips, "plain"))


def test_without_a_wish_every_frame_is_taken(even: FrameIndex) -> None:
    assert chosen(even) == list(range(60))


def test_every_nth(even: FrameIndex) -> None:
    assert chosen(even, every=7) == list(range(0, 60, 7))


def test_keyframes(even: FrameIndex) -> None:
    assert chosen(even, keyframes=True) == [0, 12, 24, 36, 48]


def test_fps_takes_the_first_frame_at_or_after_each_tick(even: FrameIndex) -> None:
    assert chosen(even, fps=5) == list(range(0, 60, 5))
    assert chosen(even, fps=2) == [0, 13, 25, 38, 50]
    assert chosen(even, fps=0.5) == [0, 50]
    assert chosen(even, fps=1000) == list(range(60))


def test_fps_by_definition_on_uneven_times_and_a_late_start(clips: ClipFactory) -> None:
    for kind, fps in (("vfr", 4), ("vfr", 11.5), ("late_start", 3), ("ntsc_rate", 29.97)):
        index = read_frame_index(make(clips, kind))
        times = [int(since) * index.time_base for since in index.pts - index.pts[0]]
        expected = set()
        for tick in range(math.ceil(float(times[-1]) * fps) + 1):
            after = [n for n, time in enumerate(times) if float(time) >= tick / fps - 1e-12]
            expected |= set(after[:1])
        assert chosen(index, fps=fps) == sorted(expected)


def test_ranges_keep_the_start_and_leave_the_end_out(even: FrameIndex) -> None:
    assert chosen(even, ranges=[[0.2, 0.4]]) == [5, 6, 7, 8, 9]
    assert chosen(even, ranges=[[2.3, 99], [0, 0.08]], every=2) == [0, 58]
    assert chosen(even, ranges=[[50, 60]]) == []


def test_max_frames_keeps_the_first(even: FrameIndex) -> None:
    assert chosen(even, every=10, max_frames=3) == [0, 10, 20]


@pytest.mark.parametrize(
    "wish",
    [
        {"every": 0},
        {"fps": 0},
        {"fps": math.inf},
        {"max_frames": 0},
        {"every": 2, "fps": 3},
        {"fps": 3, "keyframes": True},
        {"ranges": [[2, 1]]},
        {"ranges": [[1, 1]]},
        {"ranges": [[0, math.nan]]},
        {"evry": 2},
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(wish: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Sampling.model_validate(wish)
