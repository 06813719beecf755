"""The frame index is read from packets, and survives being saved."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.clips import ClipFactory, made_up_times, read_number
from tests.video.kinds import KINDS, make
from videojobs_ext.video.index import FrameIndex, read_frame_index
from videojobs_ext.video.reader import FrameReader


@pytest.mark.parametrize("kind", KINDS)
def test_pts_rise_strictly_and_durations_are_positive(clips: ClipFactory, kind: str) -> None:
    index = read_frame_index(make(clips, kind))
    assert (np.diff(index.pts) > 0).all()
    assert (index.duration > 0).all()
    assert index.keyframe[0]
    assert sorted(index.decode_order.tolist()) == list(range(len(index)))
    assert index.end_time > index.time[-1]
    assert not index.truncated


def test_the_container_s_own_times_are_kept(clips: ClipFactory) -> None:
    vfr = read_frame_index(make(clips, "vfr"))
    assert [time * vfr.time_base for time in vfr.pts.tolist()] == [
        Fraction(time, 1000) for time in made_up_times(60)
    ]
    late = read_frame_index(make(clips, "late_start"))
    assert late.time[0] == 280.0
    assert late.end_time == 282.4


def test_b_frames_lie_in_another_order_in_the_file(clips: ClipFactory) -> None:
    index = read_frame_index(make(clips, "b_frames"))
    assert (np.diff(index.decode_order) < 0).any()
    assert index.time.tolist() == [number / 25 for number in range(60)]


def test_keyframes_stand_where_gops_begin(clips: ClipFactory) -> None:
    index = read_frame_index(make(clips, "plain"))
    assert np.flatnonzero(index.keyframe).tolist() == [0, 12, 24, 36, 48]


def test_leading_pictures_of_an_open_gop_start_at_the_keyframe_before(clips: ClipFactory) -> None:
    index = read_frame_index(make(clips, "open_gop"))
    keyframes = np.flatnonzero(index.keyframe)
    second = int(keyframes[1])
    assert index.decode_order[second - 1] > index.decode_order[second]
    assert index.entry[second - 1] < index.entry[second]


def test_leading_pictures_without_their_reference_have_no_number(clips: ClipFactory) -> None:
    for kind in ("open_gop_ts", "open_gop_mpeg2"):
        whole = make(clips, kind)
        index = read_frame_index(whole)
        second = int(index.entries.pos[1])
        part = clips.path("part.ts")
        # Tables first, then the stream from the second keyframe on.
        part.write_bytes(whole.read_bytes()[: 3 * 188] + whole.read_bytes()[second:])
        keyframe = int(np.flatnonzero(index.keyframe)[1])
        assert read_frame_index(part).pts.tolist() == index.pts[keyframe:].tolist()


def test_a_saved_index_is_the_same_when_loaded(clips: ClipFactory, tmp_path: Path) -> None:
    for kind in ("open_gop", "rotated_90", "mkv"):
        index = read_frame_index(make(clips, kind))
        index.save(tmp_path / "frames.parquet")
        loaded = FrameIndex.load(tmp_path / "frames.parquet")
        assert list(tmp_path.iterdir()) == [tmp_path / "frames.parquet"]
        for name in ("time_base", "width", "height", "rotation", "codec", "truncated"):
            assert getattr(loaded, name) == getattr(index, name)
        for name in ("pts", "duration", "keyframe", "decode_order", "entry", "time"):
            np.testing.assert_array_equal(getattr(loaded, name), getattr(index, name))
        for name in ("order", "pts", "dts", "pos", "size"):
            np.testing.assert_array_equal(
                getattr(loaded.entries, name), getattr(index.entries, name)
            )


def test_progress_rises_to_one(clips: ClipFactory) -> None:
    heard: list[float] = []
    read_frame_index(clips.make(frames=1200, width=64, height=48, bframes=0), heard.append)
    assert heard == sorted(heard)
    assert heard[0] < heard[-1] == 1.0


def test_two_frames_of_one_time_stay_two(clips: ClipFactory) -> None:
    # Milliseconds in Matroska can't tell frames of 4000 a second apart.
    index = read_frame_index(clips.make(name="fast.mkv", rate=Fraction(4000), bframes=0))
    assert len(index) == 60
    assert (np.diff(index.pts) > 0).all()


def test_recordings_joined_byte_by_byte_follow_each_other(clips: ClipFactory) -> None:
    one, other = make(clips, "mpegts"), make(clips, "open_gop_ts")
    joined = clips.path("joined.ts")
    joined.write_bytes(one.read_bytes() + other.read_bytes() + one.read_bytes())
    index = read_frame_index(joined)
    assert len(index) == 180
    assert (np.diff(index.pts) > 0).all()
    for wanted in (np.arange(180), np.arange(3, 180, 17), np.array([170])):
        with FrameReader(joined, index) as reader:
            seen = {frame.number: read_number(frame.luma()) for frame in reader.read(wanted)}
        assert all(shown == number % 60 for number, shown in seen.items())
        # The stream's packet counter jumps at a joint: what lies on it can't be told from a loss.
        missing = [number for number in wanted.tolist() if number not in seen]
        assert all(number % 60 >= 57 for number in missing)
        assert bool(reader.damage) == bool(missing)
