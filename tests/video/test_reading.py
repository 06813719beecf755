"""Frame numbers, times and pixels are exact for every kind of video and any choice of frames."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.bitstream import without_usability
from tests.clips import ClipFactory, read_number
from tests.video.kinds import KINDS, edit_list, make, sequential
from videojobs_ext.video.chunks import plan_chunks
from videojobs_ext.video.index import FrameIndex, read_frame_index
from videojobs_ext.video.loop_filter import LoopFilter
from videojobs_ext.video.reader import Frame, FrameReader

#: Packets of FFmpeg's AVI and FLV carry times that differ from those of the decoded frames.
TIMES_DIFFER = {"avi_h264"}


@cache
def indexed(path: Path) -> FrameIndex:
    return read_frame_index(path)


@cache
def upright_planes(path: Path) -> tuple[NDArray[np.uint8], ...]:
    turns = -indexed(path).rotation // 90
    return tuple(np.rot90(plane, turns) for _, plane in sequential(path))


def read(path: Path, wanted: list[int] | range) -> list[Frame]:
    with FrameReader(path, indexed(path)) as reader:
        frames = list(reader.read(np.array(wanted, np.int64)))
        assert reader.damage == []
    return frames


@pytest.mark.parametrize("kind", KINDS)
def test_every_decodable_frame_is_read_once_with_its_number_time_and_pixels(
    clips: ClipFactory, kind: str
) -> None:
    path = make(clips, kind)
    index = indexed(path)
    decoded = sequential(path)
    assert len(index) == len(decoded) == KINDS[kind].get("frames", 60)
    frames = read(path, range(len(index)))
    assert [frame.number for frame in frames] == list(range(len(index)))
    assert [read_number(frame.luma()) for frame in frames] == list(range(len(index)))
    assert [frame.pts for frame in frames] == index.pts.tolist()
    assert [frame.time for frame in frames] == index.time.tolist()
    if kind not in TIMES_DIFFER:
        assert [frame.time for frame in frames] == [float(time) for time, _ in decoded]
    for frame, plane in zip(frames, upright_planes(path), strict=True):
        np.testing.assert_array_equal(frame.luma(), plane)


def test_frames_hidden_by_an_edit_list_have_no_number(clips: ClipFactory) -> None:
    path = edit_list(clips)
    frames = read(path, range(len(indexed(path))))
    assert [read_number(frame.luma()) for frame in frames] == list(range(19, 60))
    assert [frame.time for frame in frames] == [number / 25 for number in range(41)]
    assert len(sequential(path)) == 41


@pytest.mark.parametrize("kind", ["rotated_90", "rotated_180", "rotated_270"])
def test_a_rotated_video_is_upright(clips: ClipFactory, kind: str) -> None:
    path = make(clips, kind)
    frame = read(path, [17])[0]
    assert (frame.width, frame.height) == (320, 192)
    assert frame.luma().shape == (192, 320)
    assert frame.bgr().shape == (192, 320, 3)
    assert frame.bgr(160).shape == (96, 160, 3)
    assert read_number(frame.bgr()[:, :, 1]) == 17
    assert read_number(frame.luma(160)) == 17


def test_ntsc_times_are_the_floats_nearest_to_the_fractions(clips: ClipFactory) -> None:
    for kind, rate in (("film_rate", 24000), ("ntsc_rate", 30000)):
        times = indexed(make(clips, kind)).time
        assert times.tolist() == [number * 1001 / rate for number in range(60)]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_choice_of_frames_in_any_chunks_gives_the_pixels_of_a_sequential_decode(
    clips: ClipFactory, data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from([*KINDS, "edit_list"]))
    path = make(clips, kind)
    planes = upright_planes(path)
    numbers = range(len(planes))
    chosen = sorted(data.draw(st.sets(st.sampled_from(numbers), min_size=1)))
    chunks = plan_chunks(indexed(path), data.draw(st.sampled_from([0.1, 0.5, 1.0, 99.0])))
    for chunk in chunks:
        wanted = [number for number in chosen if chunk.first <= number < chunk.stop]
        frames = read(path, wanted)
        assert [frame.number for frame in frames] == wanted
        for frame in frames:
            np.testing.assert_array_equal(frame.luma(), planes[frame.number])


def test_one_reader_reads_forwards_backwards_and_after_being_left(clips: ClipFactory) -> None:
    path = make(clips, "open_gop")
    planes = upright_planes(path)
    with FrameReader(path, indexed(path)) as reader:
        for wanted in ([40, 41], [3], [4, 5, 30], [0], [59]):
            for frame in reader.read(np.array(wanted)):
                np.testing.assert_array_equal(frame.luma(), planes[frame.number])
        left = reader.read(np.arange(10, 50))
        assert next(left).number == 10
        left.close()
        assert [frame.number for frame in reader.read(np.array([20, 21]))] == [20, 21]
        assert reader.damage == []


def test_keyframes_alone_feed_the_decoder_keyframes_alone(clips: ClipFactory) -> None:
    for kind in ("plain", "b_frames", "open_gop", "mpegts", "mkv", "webm_vp9", "avi_mpeg4"):
        index = indexed(make(clips, kind))
        keyframes = np.flatnonzero(index.keyframe)
        assert len(keyframes) >= 5
        with FrameReader(make(clips, kind), index) as reader:
            numbers = [frame.number for frame in reader.read(keyframes)]
            assert numbers == keyframes.tolist()
            assert reader.packets_decoded == len(keyframes)


def test_sparse_frames_decode_their_gops_only_up_to_the_last_one_needed(
    clips: ClipFactory,
) -> None:
    path = clips.make(frames=600, bframes=0, width=160, height=96)
    with FrameReader(path, indexed(path)) as reader:
        numbers = [frame.number for frame in reader.read(np.array([14, 300, 301, 599]))]
        assert numbers == [14, 300, 301, 599]
        # GOPs of 12 from 12, 300 and 588.
        assert reader.packets_decoded == 3 + 2 + 12


@pytest.mark.parametrize("name", ["clip.mp4", "clip.ts"])
def test_b_frames_that_nobody_asked_for_and_nothing_needs_are_not_decoded(
    clips: ClipFactory, name: str
) -> None:
    path = clips.make(name=name, gop=60, bframes=3, options={"x264-params": "b-adapt=0"})
    planes = upright_planes(path)
    with FrameReader(path, indexed(path)) as reader:
        for frame in reader.read(np.arange(0, 60, 5)):
            np.testing.assert_array_equal(frame.luma(), planes[frame.number])
        # Of each four frames two are B-frames of no use to others; some of these were asked for.
        assert 30 < reader.packets_decoded < 42


def test_a_stream_with_intra_refresh_is_decoded_from_its_start(clips: ClipFactory) -> None:
    index = indexed(make(clips, "intra_refresh"))
    assert np.flatnonzero(index.keyframe).tolist() == [0]


@pytest.mark.parametrize(
    ("loop_filter", "most"),
    [(LoopFilter.KEYFRAMES, 3), (LoopFilter.FORWARD, 0.7), (LoopFilter.REFERENCES, 0.5)],
)
def test_reading_without_loop_filter_gives_the_same_frames_nearly_the_same_pixels(
    loop_filter: LoopFilter, most: float, bikes: Path
) -> None:
    index = indexed(bikes)
    wanted = np.arange(0, 60)
    fast = FrameReader(bikes, index, loop_filter=loop_filter)
    with FrameReader(bikes, index) as fine, fast as coarse:
        pairs = list(zip(fine.read(wanted), coarse.read(wanted), strict=True))
    assert all(one.number == other.number for one, other in pairs)
    errors = [np.abs(a.luma().astype(int) - b.luma()).mean() for a, b in pairs]
    assert 0 < max(errors) < most


@pytest.mark.parametrize("flags", ["faststart", "frag_keyframe+empty_moov"])
def test_frames_come_in_order_where_the_stream_does_not_say_how_late_they_come(
    clips: ClipFactory, flags: str
) -> None:
    options = {"x264-params": "bframes=3:b-pyramid=normal:b-adapt=0:keyint=12:min-keyint=12"}
    told = clips.make(options=options, muxer={"movflags": flags})
    path = without_usability(told, clips.path("silent.mp4"))
    index = indexed(path)
    assert [read_number(frame.luma()) for frame in read(path, range(60))] == list(range(60))
    for chunk in plan_chunks(index, 0.4):
        wanted = range(chunk.first, chunk.stop)
        assert [read_number(frame.luma()) for frame in read(path, wanted)] == list(wanted)


def test_bikes_has_250_frames(bikes: Path) -> None:
    index = indexed(bikes)
    assert (len(index), index.width, index.height, index.codec) == (250, 640, 272, "h264")
    assert len(read(bikes, range(250))) == 250
