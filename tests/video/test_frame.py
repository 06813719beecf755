"""Frames are converted on demand, once, and can't be written to."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.clips import ClipFactory, picture
from tests.video.kinds import make
from videojobs_ext.video.frame import Converter, Frame, fit
from videojobs_ext.video.index import read_frame_index
from videojobs_ext.video.reader import FrameReader


def first_frame(path: Path, number: int = 0) -> Frame:
    with FrameReader(path, read_frame_index(path)) as reader:
        return next(reader.read(np.array([number])))


def frame_of(pixels: NDArray[np.uint8], pixel_format: str) -> Frame:
    height, width = pixels.shape[:2]
    decoded = av.VideoFrame.from_ndarray(pixels, "bgr24").reformat(format=pixel_format)
    return Frame(decoded, Converter(0), 0, 0, 0.0, (width, height))


def test_sizes_fit_the_longer_side() -> None:
    assert fit(1920, 1080, 320) == (320, 180)
    assert fit(1080, 1920, 320) == (180, 320)
    assert fit(1920, 1080, None) == fit(1920, 1080, 4000) == (1920, 1080)
    assert fit(10000, 3, 100) == (100, 1)


def test_arrays_are_read_only_and_made_once(clips: ClipFactory) -> None:
    for kind in ("plain", "rotated_90"):
        frame = first_frame(make(clips, kind))
        for convert in (frame.luma, frame.bgr):
            for side in (None, 100):
                array = convert(side)
                assert array is convert(side)
                assert array.dtype == np.uint8
                assert not array.flags.writeable
        assert frame.luma(100).shape == (60, 100)
        assert frame.bgr(100).shape == (60, 100, 3)
        assert frame.luma(5000) is frame.luma()


def test_full_size_luma_is_a_view_of_the_decoder_s_memory(clips: ClipFactory) -> None:
    luma = first_frame(make(clips, "plain")).luma()
    assert not luma.flags.owndata


def test_an_array_outlives_its_reader(clips: ClipFactory) -> None:
    path = make(clips, "plain")
    index = read_frame_index(path)
    with FrameReader(path, index) as reader:
        kept = [(frame.luma(), frame.luma().copy()) for frame in reader.read(np.arange(60))]
    for view, copy in kept:
        np.testing.assert_array_equal(view, copy)


def test_bgr_shows_the_picture_s_colours(clips: ClipFactory) -> None:
    frame = first_frame(make(clips, "plain"), 9)
    drawn = picture(9, 320, 192)
    assert np.abs(frame.bgr().astype(int) - drawn).mean() < 4
    small = cv2.resize(drawn, (160, 96), interpolation=cv2.INTER_AREA)
    assert np.abs(frame.bgr(160).astype(int) - small).mean() < 4


@pytest.mark.parametrize(
    "pixel_format", ["yuv420p", "yuv422p", "yuv444p", "nv12", "yuv420p10le", "p010le", "rgb24"]
)
def test_luma_is_the_coded_8_bit_plane_in_every_pixel_format(pixel_format: str) -> None:
    gray = np.repeat(np.linspace(0, 255, 64, dtype=np.uint8)[None, :, None], 48, 0).repeat(3, 2)
    luma = frame_of(np.ascontiguousarray(gray), pixel_format).luma().astype(int)
    limited = 16 + gray[:, :, 0].astype(float) * 219 / 255
    assert np.abs(luma - limited).max() <= 2


def test_full_range_luma_stays_full_range(clips: ClipFactory) -> None:
    gray = np.zeros((48, 64, 3), np.uint8)
    gray[:, 32:] = 255
    luma = frame_of(gray, "yuvj420p").luma()
    assert (luma.min(), luma.max()) == (0, 255)


@pytest.mark.parametrize("size", [(1920, 1080), (1279, 719), (640, 360), (333, 1000)])
def test_small_luma_is_the_mean_over_the_area(size: tuple[int, int]) -> None:
    width, height = size
    noise = np.random.default_rng(1).integers(0, 255, (height, width, 1), np.uint8)
    frame = frame_of(np.ascontiguousarray(noise.repeat(3, 2)), "yuv444p")
    small = frame.luma(160)
    assert small.shape == fit(width, height, 160)[::-1]
    shape = small.shape[::-1]
    direct = cv2.resize(np.asarray(frame.luma()), shape, interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(int) - direct).mean() < 6  # of noise whose own deviation is 74


def test_small_pictures_of_a_changed_size_fit_the_index() -> None:
    gray = np.full((100, 200, 3), 128, np.uint8)
    decoded = av.VideoFrame.from_ndarray(gray, "bgr24").reformat(format="yuv420p")
    frame = Frame(decoded, Converter(0), 0, 0, 0.0, (320, 192))
    assert frame.luma().shape == (192, 320)
    assert frame.bgr().shape == (192, 320, 3)
    assert frame.luma(100).shape == (60, 100)
