"""Copies that browsers play: the same frames at the same times."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.clips import ClipFactory, made_up_times, read_number
from videojobs_ext.video.index import read_frame_index
from videojobs_ext.video.playable import MAX_SIDE, is_copied, make_playable
from videojobs_ext.video.reader import FrameReader

#: What browsers don't play, and whether its pictures are copied as they are.
KINDS = {
    "mp4v": ({"codec": "mpeg4", "bframes": 0}, False),
    "hevc": ({"codec": "libx265"}, False),
    "mjpeg": ({"name": "a.avi", "codec": "mjpeg", "pix_fmt": "yuvj420p", "bframes": 0}, False),
    "variable": ({"codec": "mpeg4", "bframes": 0, "pts": made_up_times(60)}, False),
    "turned": ({"codec": "libx265", "rotation": 90}, False),
    "ts": ({"name": "a.ts"}, True),
    "mkv": ({"name": "a.mkv", "pts": [40 + 3 * n for n in range(60)]}, True),
    "h264 in avi": ({"name": "a.avi", "bframes": 2}, True),
    "odd": ({"codec": "ffv1", "name": "a.mkv", "width": 323, "height": 191}, False),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_has_every_frame_at_its_own_time(
    kind: str, clips: ClipFactory, tmp_path: Path
) -> None:
    how, copied = KINDS[kind]
    if "pts" in how:
        how = {**how, "time_base": Fraction(1, 1000)}
    source = clips.make(**how)
    index = read_frame_index(source)
    told: list[float] = []
    make_playable(source, index, tmp_path / "copy.mp4", told.append)
    assert is_copied(source, index) is copied
    copy = read_frame_index(tmp_path / "copy.mp4")
    assert copy.codec == "h264"
    assert copy.time == pytest.approx(index.time, abs=1e-9)
    assert np.allclose(copy.end_time, index.end_time, atol=1e-3)
    with FrameReader(tmp_path / "copy.mp4", copy) as reader:
        assert [read_number(f.luma()) for f in reader.read(range(len(copy)))] == list(range(60))
    assert told[-1] == 1.0
    assert [path.name for path in tmp_path.iterdir()] == ["copy.mp4"]


def test_what_must_be_encoded_becomes_no_larger_than_a_screen(
    clips: ClipFactory, tmp_path: Path
) -> None:
    source = clips.make(codec="mpeg4", bframes=0, width=1920, height=1080, frames=3)
    make_playable(source, read_frame_index(source), tmp_path / "copy.mp4", lambda _: None)
    with av.open(str(tmp_path / "copy.mp4")) as copy:
        context = copy.streams.video[0].codec_context
        assert (context.width, context.height) == (MAX_SIDE, 720)
