"""A first look at a video file: is it one, what is in it, is it within limits."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

from videojobs_ext.video.container import (
    container_of,
    extension_for,
    open_video,
    sniff_container,
)
from videojobs_ext.video.errors import BadVideo, VideoTooLarge
from videojobs_ext.video.index import upright_rotation
from videojobs_ext.video.packets import feed

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

__all__ = ["VideoInfo", "extension_for", "probe", "sniff_container"]

#: Packets among which a frame must decode.
_PACKETS: Final = 500

#: Units of a second in which FFmpeg counts a container's duration.
_CONTAINER_UNIT: Final = 1_000_000


@dataclass(frozen=True)
class VideoInfo:
    """What a file says about its video, all of it cheap to read and some of it an estimate.

    ``width`` and ``height`` are pixels of the upright frame, ``rotation`` the degrees clockwise
    (0, 90, 180, 270) that make it upright, ``duration`` seconds, ``size`` bytes.
    """

    container: str
    codec: str
    width: int
    height: int
    rotation: int
    duration: float | None
    average_rate: Fraction | None
    frames_estimate: int | None
    size: int


def probe(
    path: Path, *, max_pixels: int | None = None, max_duration: float | None = None
) -> VideoInfo:
    """Look into an existing regular file and decode one frame of it.

    Raises VideoTooLarge when its header says more than ``max_pixels`` (width x height) or
    ``max_duration`` (seconds), before anything is decoded, and BadVideo when it is no video or no
    frame can be decoded.
    """
    container_name = container_of(path)
    with open_video(path, max_pixels=max_pixels) as (container, stream):
        context = stream.codec_context
        duration = _duration(container, stream)
        _check_pixels(context.width, context.height, max_pixels)
        if max_duration is not None and duration is not None and duration > max_duration:
            raise VideoTooLarge(
                f"The video is {duration:.0f} s long; this server takes up to {max_duration:g} s.",
                "max_duration",
            )
        rate = stream.average_rate
        estimate = stream.frames or (round(duration * rate) if duration and rate else None)
        frame = _first_frame(container, stream)
        if frame is None and max_pixels is not None and context.width == 0:
            # The limit goes down to FFmpeg, which forgets a size that it refuses.
            raise VideoTooLarge(
                "The size of the video's frames is not valid, or over this server's limit of "
                f"{max_pixels} pixels a frame.",
                "max_pixels",
            )
    if frame is None:
        raise BadVideo(
            "No frame of the video can be decoded: it has none, or they are damaged or encrypted."
        )
    _check_pixels(frame.width, frame.height, max_pixels)
    rotation = upright_rotation(frame)
    width, height = frame.width, frame.height
    if rotation in (90, 270):
        width, height = height, width
    return VideoInfo(
        container=container_name,
        codec=context.name,
        width=width,
        height=height,
        rotation=rotation,
        duration=duration,
        average_rate=rate,
        frames_estimate=estimate,
        size=path.stat().st_size,
    )


def _check_pixels(width: int, height: int, max_pixels: int | None) -> None:
    if max_pixels is not None and width * height > max_pixels:
        raise VideoTooLarge(
            f"The video's frames are {width} x {height} pixels; this server takes up to "
            f"{max_pixels} pixels a frame.",
            "max_pixels",
        )


def _duration(container: InputContainer, stream: VideoStream) -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if container.duration is not None:
        return container.duration / _CONTAINER_UNIT
    return None


def _first_frame(container: InputContainer, stream: VideoStream) -> VideoFrame | None:
    for _, frames in feed(container, stream, stop=_PACKETS):
        for frame in frames or ():
            if not frame.is_corrupt:
                return frame
    return None
