"""Chunks are whole GOPs that cover the video once, the same for everyone."""

from __future__ import annotations

import numpy as np
import pytest

from tests.clips import ClipFactory
from tests.video.kinds import KINDS, make
from videojobs_ext.video.chunks import Chunk, plan_chunks
from videojobs_ext.video.index import read_frame_index


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seconds", [0.01, 0.5, 1.0, 60.0])
def test_chunks_begin_at_keyframes_and_cover_every_frame_once(
    clips: ClipFactory, kind: str, seconds: float
) -> None:
    index = read_frame_index(make(clips, kind))
    chunks = plan_chunks(index, seconds)
    assert [chunk.number for chunk in chunks] == list(range(len(chunks)))
    assert [number for chunk in chunks for number in range(chunk.first, chunk.stop)] == list(
        range(len(index))
    )
    assert all(chunk.first == 0 or index.keyframe[chunk.first] for chunk in chunks)


def test_a_chunk_is_the_fewest_gops_that_last_long_enough(clips: ClipFactory) -> None:
    index = read_frame_index(make(clips, "plain"))
    assert plan_chunks(index, 0.9) == (Chunk(0, 0, 24), Chunk(1, 24, 48), Chunk(2, 48, 60))
    assert plan_chunks(index, 0.96)[0] == Chunk(0, 0, 24)
    assert plan_chunks(index, 0.97)[0] == Chunk(0, 0, 36)


def test_a_short_last_chunk_joins_its_neighbour(clips: ClipFactory) -> None:
    index = read_frame_index(clips.make(frames=50, bframes=0))
    assert plan_chunks(index, 0.48) == (
        Chunk(0, 0, 12),
        Chunk(1, 12, 24),
        Chunk(2, 24, 36),
        Chunk(3, 36, 50),
    )
    assert len(Chunk(3, 36, 50)) == 14


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_length_of_nothing_is_refused(clips: ClipFactory, seconds: float) -> None:
    with pytest.raises(ValueError, match="chunk_seconds"):
        plan_chunks(read_frame_index(make(clips, "plain")), seconds)


def test_a_chunk_holds_the_fewest_wanted_frames_that_are_asked_for(clips: ClipFactory) -> None:
    index = read_frame_index(make(clips, "plain"))
    keyframes = np.flatnonzero(index.keyframe)
    assert keyframes.tolist() == [0, 12, 24, 36, 48]
    chunks = plan_chunks(index, 0.1, keyframes, fewest=2)
    assert chunks == (Chunk(0, 0, 24), Chunk(1, 24, 48), Chunk(2, 48, 60))
    assert plan_chunks(index, 0.1, keyframes, fewest=3) == (Chunk(0, 0, 36), Chunk(1, 36, 60))
    assert plan_chunks(index, 0.1, keyframes, fewest=4) == (Chunk(0, 0, 60),)
    assert len(plan_chunks(index, 0.1, fewest=12)) == 5
