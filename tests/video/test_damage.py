"""Damage: reading goes on, every frame that is missing is told of, and no wrong pixel comes out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.clips import (
    ClipFactory,
    audio_only,
    flip_bits,
    no_frames,
    packets_of,
    read_number,
    truncated,
    without_keyframes,
)
from videojobs_ext.video.errors import BadVideo
from videojobs_ext.video.index import FrameIndex, read_frame_index
from videojobs_ext.video.reader import Damage, FrameReader


def read_all(path: Path, index: FrameIndex) -> tuple[dict[int, int], list[Damage]]:
    """Return {frame number: number in its pixels} and the damage."""
    with FrameReader(path, index) as reader:
        seen = {
            frame.number: read_number(frame.luma()) for frame in reader.read(np.arange(len(index)))
        }
    return seen, reader.damage


def missing(damage: list[Damage]) -> set[int]:
    return {number for one in damage for number in range(one.first, one.last + 1)}


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.avi"])
@pytest.mark.parametrize("rank", [0, 5, 17, 24, 36, 59])
def test_frames_spoilt_by_a_damaged_packet_are_named_and_the_rest_is_read(
    clips: ClipFactory, name: str, rank: int
) -> None:
    codec = "mpeg4" if name == "clip.avi" else "libx264"
    sound = clips.make(name=name, codec=codec, gop=12, bframes=0)
    path = flip_bits(sound, clips.path(name), [rank])
    index = read_frame_index(path)
    assert len(index) == 60
    seen, damage = read_all(path, index)
    assert all(number == shown for number, shown in seen.items())
    assert missing(damage) == set(range(60)) - set(seen)
    gop = rank // 12 * 12
    assert missing(damage) == set(range(rank, gop + 12))
    assert damage[0].first == rank
    assert "damaged" in damage[0].reason


@pytest.mark.parametrize("bframes", [2, 3])
def test_no_b_frame_predicted_from_a_damaged_frame_gets_out_before_it_is_known(
    clips: ClipFactory, bframes: int
) -> None:
    sound = clips.make(gop=24, bframes=bframes)
    index = read_frame_index(sound)
    with FrameReader(sound, index) as reader:
        pixels = [frame.luma().copy() for frame in reader.read(np.arange(60))]
    for rank in range(1, 20):
        path = flip_bits(sound, clips.path("flipped.mp4"), [rank])
        with FrameReader(path, read_frame_index(path)) as reader:
            for frame in reader.read(np.arange(60)):
                np.testing.assert_array_equal(frame.luma(), pixels[frame.number])
        assert int(np.flatnonzero(index.decode_order == rank)[0]) in missing(reader.damage)


def test_a_damaged_frame_that_nothing_is_predicted_from_spoils_itself_alone(
    clips: ClipFactory,
) -> None:
    sound = clips.make(gop=24, bframes=2, options={"x264-params": "b-pyramid=none:b-adapt=0"})
    index = read_frame_index(sound)
    # I P b b P b b: the third packet is the first B-frame.
    path = flip_bits(sound, clips.path("flipped.mp4"), [2])
    seen, damage = read_all(path, index)
    number = int(np.flatnonzero(index.decode_order == 2)[0])
    assert damage == [Damage(number, number, "its data is damaged")]
    assert len(seen) == 59


def test_a_damaged_video_gives_the_same_frames_wherever_reading_starts(
    clips: ClipFactory,
) -> None:
    path = flip_bits(clips.make(bframes=2), clips.path("flipped.mp4"), [14, 15, 40])
    index = read_frame_index(path)
    seen, damage = read_all(path, index)
    for number in range(60):
        with FrameReader(path, index) as reader:
            alone = [frame.number for frame in reader.read(np.array([number]))]
        assert alone == ([number] if number in seen else [])
        assert missing(reader.damage) == {number} & missing(damage)


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_a_truncated_mp4_says_so_and_gives_every_frame_that_is_left(
    clips: ClipFactory, codec: str
) -> None:
    sound = clips.make(muxer={"movflags": "+faststart"}, bframes=0, codec=codec)
    path = truncated(sound, clips.path("cut.mp4"), 0.6)
    index = read_frame_index(path)
    assert index.truncated
    assert not read_frame_index(sound).truncated
    whole = sum(position + size <= path.stat().st_size for position, size, _ in packets_of(sound))
    seen, damage = read_all(path, index)
    assert sorted(seen) == list(range(whole))
    assert missing(damage) == set(range(whole, len(index)))


@pytest.mark.parametrize(
    ("name", "codec"), [("clip.mkv", "libx264"), ("clip.avi", "mpeg4"), ("clip.ts", "libx264")]
)
def test_other_containers_cut_short_read_up_to_there(
    clips: ClipFactory, name: str, codec: str
) -> None:
    path = truncated(clips.make(name=name, codec=codec, bframes=0), clips.path(name), 0.6)
    index = read_frame_index(path)
    seen, damage = read_all(path, index)
    assert all(number == shown for number, shown in seen.items())
    assert 20 < len(seen) < 59
    assert missing(damage) | set(seen) == set(range(len(index)))
    assert index.truncated


def test_a_file_that_is_shorter_than_its_index_is_damage(clips: ClipFactory) -> None:
    sound = clips.make(name="clip.mkv", bframes=0)
    path = truncated(sound, clips.path("clip.mkv"), 0.5)
    seen, damage = read_all(path, read_frame_index(sound))
    assert sorted(seen) == list(range(len(seen)))
    assert missing(damage) == set(range(len(seen), 60))
    assert damage[-1].reason == "the file ends before it"


def test_a_file_that_is_not_the_indexed_one_is_damage(clips: ClipFactory) -> None:
    index = read_frame_index(clips.make(name="clip.mkv", bframes=0))
    seen, damage = read_all(clips.make(name="clip.mkv", bframes=0, gop=9), index)
    assert missing(damage) == set(range(60)) - set(seen)
    assert damage[-1].reason == "its keyframe is not where the frame index says"


def test_damage_joins_wanted_neighbours_only(clips: ClipFactory) -> None:
    path = flip_bits(clips.make(bframes=0), clips.path("flipped.mp4"), [14, 38])
    with FrameReader(path, read_frame_index(path)) as reader:
        numbers = [frame.number for frame in reader.read(np.arange(0, 60, 5))]
    assert numbers == [0, 5, 10, 25, 30, 35, 50, 55]
    assert [(one.first, one.last) for one in reader.damage] == [(15, 20), (40, 45)]


def test_a_damaged_start_keeps_its_frame_numbers(clips: ClipFactory) -> None:
    path = flip_bits(clips.make(bframes=0), clips.path("flipped.mp4"), range(12))
    seen, damage = read_all(path, read_frame_index(path))
    assert seen == {number: number for number in range(12, 60)}
    assert missing(damage) == set(range(12))


def test_nothing_to_decode_is_a_bad_video(clips: ClipFactory) -> None:
    sound = clips.make(name="clip.mkv")
    broken = clips.path("clip.mkv")
    data = bytearray(sound.read_bytes())
    for position, size, _ in packets_of(sound):
        data[position + 8 : position + size] = bytes(size - 8)
    broken.write_bytes(data)
    for path in (
        broken,
        no_frames(clips.path("none.mp4")),
        audio_only(clips.path("sound.mp4")),
        without_keyframes(sound, clips.path("clip.mkv")),
    ):
        with pytest.raises(BadVideo):
            read_frame_index(path)
