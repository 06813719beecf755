"""One decoded frame, turned upright and converted only to what is asked for."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter
from numpy.typing import NDArray

#: Pixel formats whose first plane is 8-bit luma.
_LUMA_FIRST: Final = (
    frozenset({"gray", "nv12", "nv21", "nv16", "nv24", "yuv410p", "yuv411p", "yuvj411p"})
    | {f"yuv{layout}p" for layout in (420, 422, 440, 444)}
    | {f"yuvj{layout}p" for layout in (420, 422, 440, 444)}
    | {f"yuva{layout}p" for layout in (420, 422, 444)}
)

#: Pixel formats whose three planes are 8-bit 4:2:0.
_PLANAR_420: Final = frozenset({"yuv420p", "yuvj420p"})

#: Mean of the area, chroma at full width (without it colours smear over two pixels), and the
#: same bits on every processor.
_SCALING: Final = int(Interpolation.AREA | Interpolation.FULL_CHR_H_INT | Interpolation.BITEXACT)

#: Parallelism lies in processes; FFmpeg would start a thread for each processor.
_THREADS: Final = 1

_TURNS: Final = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}


def fit(width: int, height: int, max_side: int | None) -> tuple[int, int]:
    """Return width and height (pixels) scaled down so that the longer is at most ``max_side``."""
    longer = max(width, height)
    if max_side is None or longer <= max_side:
        return width, height
    return (
        max(1, round(width * max_side / longer)),
        max(1, round(height * max_side / longer)),
    )


class Converter:
    """Turns decoded pictures into arrays; keeps one scaler for each kind of picture asked for.

    One reader owns it; it is not for several threads.
    """

    def __init__(self, rotation: int) -> None:
        self._rotation = rotation
        self._scalers: dict[tuple[int, int, str], VideoReformatter] = {}

    def luma(self, picture: VideoFrame, width: int, height: int) -> NDArray[np.uint8]:
        """Return the 8-bit luma plane as it is coded, at this upright size; uint8[h, w]."""
        width, height = self._coded(width, height)
        if picture.format.name not in _LUMA_FIRST or picture.planes[0].line_size < 0:
            picture = self._scaled(picture, picture.width, picture.height, "yuv420p")
        plane = _plane(picture, 1)[:, :, 0]
        return self._upright(_shrunk(plane, width, height))

    def bgr(self, picture: VideoFrame, width: int, height: int) -> NDArray[np.uint8]:
        """Return the picture in 8-bit BGR at this upright size; uint8[h, w, 3]."""
        width, height = self._coded(width, height)
        if 2 * width <= picture.width and 2 * height <= picture.height and _is_420(picture):
            # FFmpeg scales 1080p to 416 pixels in 1.7 ms; so it takes 0.6 (measured).
            picture = _shrunk_444(picture, width, height)
        return self._upright(_plane(self._scaled(picture, width, height, "bgr24"), 3))

    def yuv(self, picture: VideoFrame) -> tuple[NDArray[np.uint8], ...]:
        """Return the planes of the upright picture in 8-bit 4:2:0; chroma is half, rounded up.

        What isn't coded so comes in limited range.
        """
        if not _is_420(picture):
            scaler = self._scalers.setdefault((0, 0, "yuv420p"), VideoReformatter())
            picture = scaler.reformat(
                picture,
                format="yuv420p",
                interpolation=_SCALING,
                dst_color_range=ColorRange.MPEG,
                threads=_THREADS,
            )
        return tuple(self._upright(_plane(picture, 1, number)[:, :, 0]) for number in range(3))

    def _coded(self, width: int, height: int) -> tuple[int, int]:
        return (height, width) if self._rotation in (90, 270) else (width, height)

    def _scaled(self, picture: VideoFrame, width: int, height: int, pixels: str) -> VideoFrame:
        key = (width, height, pixels)
        scaler = self._scalers.setdefault(key, VideoReformatter())
        return scaler.reformat(
            picture, width, height, pixels, interpolation=_SCALING, threads=_THREADS
        )

    def _upright(self, array: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if self._rotation:
            array = np.asarray(cv2.rotate(array, _TURNS[self._rotation]), np.uint8)
        array.flags.writeable = False
        return array


class Frame:
    """A decoded frame: number, pts (time_base units), time (seconds), upright size (pixels).

    luma() and bgr() convert on demand and keep the result; all arrays are read-only. An array
    holds the frame's memory, so copy what is to be kept for long.
    """

    __slots__ = (
        "_bgr",
        "_converter",
        "_luma",
        "_picture",
        "height",
        "number",
        "pts",
        "time",
        "width",
    )

    def __init__(
        self,
        picture: VideoFrame,
        converter: Converter,
        number: int,
        pts: int,
        time: float,
        size: tuple[int, int],
    ) -> None:
        self.number = number
        self.pts = pts
        self.time = time
        self.width, self.height = size
        self._picture = picture
        self._converter = converter
        self._luma: dict[tuple[int, int], NDArray[np.uint8]] = {}
        self._bgr: dict[tuple[int, int], NDArray[np.uint8]] = {}

    def luma(self, max_side: int | None = None) -> NDArray[np.uint8]:
        """Return the luma plane, uint8[h, w], the longer side at most ``max_side`` pixels.

        The values are as coded: 16 to 235 in a limited-range video. At full size this is a view of
        the decoder's memory.
        """
        size = fit(self.width, self.height, max_side)
        if size not in self._luma:
            self._luma[size] = self._converter.luma(self._picture, *size)
        return self._luma[size]

    def bgr(self, max_side: int | None = None) -> NDArray[np.uint8]:
        """Return the frame in BGR, uint8[h, w, 3], the longer side at most ``max_side`` pixels."""
        size = fit(self.width, self.height, max_side)
        if size not in self._bgr:
            self._bgr[size] = self._converter.bgr(self._picture, *size)
        return self._bgr[size]

    def yuv(self) -> tuple[NDArray[np.uint8], ...]:
        """Return the Y, U and V planes in 8-bit 4:2:0, uint8[h, w] and half of it, rounded up.

        In a video that is coded so, these are views of the decoder's memory, in its own range.
        """
        return self._converter.yuv(self._picture)


def _shrunk(plane: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Return a plane scaled to a size: halved by means of 2 x 2, the rest interpolated.

    OpenCV has both vectorised: 1080p to 320 pixels takes 0.16 ms, one INTER_AREA 1.1 (measured).
    What is left after halving is less than 2, so interpolation passes over no pixel.
    """
    while plane.shape[0] >= 2 * height and plane.shape[1] >= 2 * width:
        half = plane.shape[1] // 2, plane.shape[0] // 2
        plane = np.asarray(cv2.resize(plane, half, interpolation=cv2.INTER_AREA), np.uint8)
    if plane.shape == (height, width):
        return plane
    return np.asarray(cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _is_420(picture: VideoFrame) -> bool:
    return picture.format.name in _PLANAR_420 and picture.planes[0].line_size >= 0


def _shrunk_444(picture: VideoFrame, width: int, height: int) -> VideoFrame:
    """Return a picture of ``_PLANAR_420`` scaled to a size, its chroma as large as its luma."""
    shrunk = VideoFrame(width, height, "yuv444p")
    for number in range(3):
        plane = _shrunk(_plane(picture, 1, number)[:, :, 0], width, height)
        target = shrunk.planes[number]
        rows = np.frombuffer(memoryview(target), np.uint8).reshape(-1, target.line_size)
        rows[:height, :width] = plane
    shrunk.colorspace = picture.colorspace
    full = picture.format.name == "yuvj420p"
    shrunk.color_range = ColorRange.JPEG if full else picture.color_range
    return shrunk


def _plane(picture: VideoFrame, channels: int, number: int = 0) -> NDArray[np.uint8]:
    """Return a view of a plane, uint8[h, w, channels], leaving out the lines' padding."""
    plane = picture.planes[number]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    pixels = rows[: plane.height, : plane.width * channels]
    return pixels.reshape(plane.height, plane.width, channels)
