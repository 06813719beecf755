"""Writing H.264 MP4 files that browsers play."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray

if TYPE_CHECKING:
    from types import TracebackType

#: From this height on players take untagged video for BT.709; both are tagged, to be sure.
_HD_HEIGHT: Final = 720

_DEFAULT_RATE: Final = Fraction(25)


class H264Writer:
    """Writes BGR frames as H.264, yuv420p, faststart MP4 under a temporary name, then renames it.

    A context manager; leaving it by an exception leaves no file. ``rate`` (frames a second) times
    frames written without pts; ``time_base`` (seconds) is the unit of pts, one frame's time unless
    given. Odd sizes get their last row or column twice. Smaller ``crf`` is better and larger;
    ``gop`` is the most frames from keyframe to keyframe, and so the grain of seeking.
    """

    def __init__(
        self,
        path: Path,
        width: int,
        height: int,
        *,
        rate: Fraction | None = None,
        time_base: Fraction | None = None,
        crf: int = 23,
        gop: int = 50,
    ) -> None:
        rate = rate or _DEFAULT_RATE
        self._path = path
        self._part = path.with_name(f"{path.name}.part")
        self._shape = (height, width, 3)
        self._time_base = time_base or 1 / rate
        self._step = max(1, round(1 / rate / self._time_base))
        self._last_pts: int | None = None
        self._scaler = VideoReformatter()
        # The start time is kept in units of the movie, milliseconds by default.
        units = str(self._time_base.denominator)
        options = {"movflags": "+faststart", "movie_timescale": units}
        self._container = av.open(str(self._part), "w", format="mp4", options=options)
        self._stream = self._container.add_stream("libx264", rate=rate)
        self._stream.width = width + width % 2
        self._stream.height = height + height % 2
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.options = {"crf": str(crf), "preset": "veryfast"}
        self._stream.codec_context.time_base = self._time_base
        self._stream.codec_context.gop_size = gop
        self._stream.codec_context.thread_type = "FRAME"
        self._colorspace = Colorspace.ITU709 if height >= _HD_HEIGHT else Colorspace.SMPTE170M
        self._stream.codec_context.colorspace = self._colorspace
        self._stream.codec_context.color_range = ColorRange.MPEG

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            self._container.close()
            if kind is None and self._last_pts is not None:
                self._part.replace(self._path)
            else:
                self._part.unlink(missing_ok=True)

    def write(self, bgr: NDArray[np.uint8], pts: int | None = None) -> None:
        """Write a frame, uint8[height, width, 3]; ``pts`` in time_base units must rise.

        Raises ValueError for another shape or type, or a pts that does not rise.
        """
        if bgr.shape != self._shape or bgr.dtype != np.uint8:
            raise ValueError(f"a frame is uint8{self._shape}, not {bgr.dtype}{bgr.shape}")
        last = self._last_pts
        if pts is None:
            pts = 0 if last is None else last + self._step
        if last is not None and pts <= last:
            raise ValueError(f"pts must rise: {pts} comes after {last}")
        picture = VideoFrame.from_ndarray(self._even(bgr), "bgr24")
        frame = self._scaler.reformat(
            picture,
            format="yuv420p",
            dst_colorspace=self._colorspace,
            dst_color_range=ColorRange.MPEG,
        )
        frame.pts = self._last_pts = pts
        frame.time_base = self._time_base
        self._container.mux(self._stream.encode(frame))

    def _even(self, bgr: NDArray[np.uint8]) -> NDArray[np.uint8]:
        height, width, _ = self._shape
        if height % 2 or width % 2:
            padded = cv2.copyMakeBorder(bgr, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
            return np.asarray(padded, np.uint8)
        return np.ascontiguousarray(bgr)

    def _finish(self) -> None:
        if self._last_pts is None:
            raise ValueError("no frame was written")
        self._container.mux(self._stream.encode(None))
