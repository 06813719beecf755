"""Frames told from the header alone come near to those that are counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from videojobs_ext.services import video_counts
from videojobs_ext.services.video_counts import CountTask, count
from videojobs_ext.video.sampling import Sampling


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(),
        Sampling(every=7),
        Sampling(fps=5),
        Sampling(max_frames=30),
        Sampling(every=4, max_frames=30),
        Sampling(ranges=((2.0, 4.0),)),
    ],
    ids=lambda sampling: sampling.model_dump_json(exclude_defaults=True),
)
def test_a_large_file_is_told_by_its_header(
    bikes: Path, monkeypatch: pytest.MonkeyPatch, sampling: Sampling
) -> None:
    counted = count(CountTask(bikes, sampling, None, None))
    monkeypatch.setattr(video_counts, "COUNTED_UP_TO", 0)
    told = count(CountTask(bikes, sampling, None, None))
    assert counted.exact
    assert not told.exact
    assert told.frames == counted.frames == 250
    assert told.sampled == counted.sampled


def test_a_header_does_not_tell_how_many_keyframes_there_are(
    bikes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyframes = Sampling(keyframes=True)
    counted = count(CountTask(bikes, keyframes, None, None))
    assert counted.sampled == counted.decoded
    monkeypatch.setattr(video_counts, "COUNTED_UP_TO", 0)
    told = count(CountTask(bikes, keyframes, None, None))
    assert (told.sampled, told.decoded) == (None, None)
