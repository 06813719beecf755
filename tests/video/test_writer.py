"""What is written plays in browsers and reads back with the same times and pictures."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.clips import made_up_times, picture, read_number
from videojobs_ext.video.index import read_frame_index
from videojobs_ext.video.probe import probe
from videojobs_ext.video.reader import FrameReader
from videojobs_ext.video.writer import H264Writer


def test_frames_read_back_in_place(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with H264Writer(path, 320, 192, rate=Fraction(30000, 1001), gop=10) as writer:
        assert not path.exists()
        for number in range(30):
            writer.write(picture(number, 320, 192))
    assert list(tmp_path.iterdir()) == [path]
    index = read_frame_index(path)
    assert index.time.tolist() == [number * 1001 / 30000 for number in range(30)]
    assert np.flatnonzero(index.keyframe).tolist() == [0, 10, 20]
    with FrameReader(path, index) as reader:
        frames = list(reader.read(np.arange(30)))
    assert [read_number(frame.luma()) for frame in frames] == list(range(30))
    assert np.abs(frames[9].bgr().astype(int) - picture(9, 320, 192)).mean() < 4


def test_it_is_h264_yuv420p_with_the_index_in_front(tmp_path: Path) -> None:
    for height, matrix in ((192, 5), (720, 1)):
        path = tmp_path / f"{height}.mp4"
        with H264Writer(path, 320, height) as writer:
            writer.write(picture(0, 320, height))
        with av.open(str(path)) as container:
            context = container.streams.video[0].codec_context
            assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
            assert (context.colorspace, context.color_range) == (matrix, 1)
        data = path.read_bytes()
        assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("start", [0, 1234])
def test_uneven_times_are_kept(tmp_path: Path, start: int) -> None:
    path = tmp_path / "vfr.mp4"
    times = [start + time for time in made_up_times(40)]
    with H264Writer(path, 320, 192, time_base=Fraction(1, 90000)) as writer:
        for number, pts in enumerate(times):
            writer.write(picture(number, 320, 192), 90 * pts)
    index = read_frame_index(path)
    assert [pts * index.time_base for pts in index.pts.tolist()] == [
        Fraction(time, 1000) for time in times
    ]


def test_odd_sizes_get_their_edge_twice(tmp_path: Path) -> None:
    path = tmp_path / "odd.mp4"
    with H264Writer(path, 321, 193) as writer:
        writer.write(picture(5, 321, 193))
    assert (probe(path).width, probe(path).height) == (322, 194)


def test_wrong_frames_are_refused_and_leave_no_file(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    frame = picture(0, 320, 192)
    for wrong, frames, message in (
        ([0], [frame[:100]], "a frame is uint8"),
        ([5, 5], [frame, frame], "pts must rise"),
        ([], [], "no frame"),
    ):
        with pytest.raises(ValueError, match=message):
            write_all(path, frames, wrong)
    assert list(tmp_path.iterdir()) == []


def write_all(path: Path, frames: list[NDArray[np.uint8]], times: list[int]) -> None:
    with H264Writer(path, 320, 192) as writer:
        for frame, pts in zip(frames, times, strict=True):
            writer.write(frame, pts)
