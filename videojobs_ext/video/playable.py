"""A copy of a video that browsers play, every frame at its own time."""

from __future__ import annotations

import heapq
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from videojobs_ext.video.container import open_video
from videojobs_ext.video.errors import BadVideo
from videojobs_ext.video.frame import fit
from videojobs_ext.video.index import FrameIndex
from videojobs_ext.video.packets import demux
from videojobs_ext.video.reader import FrameReader
from videojobs_ext.video.segments import (
    Canvas,
    Colour,
    SegmentWriter,
    audio_to_copy,
    join_segments,
    sounds,
)

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

#: The longer side of a copy that has to be encoded, in pixels: enough to look at boxes.
MAX_SIDE: Final = 1280

#: A copy is given up rather than leave less room on the disk than this, in bytes.
SPARE: Final = 512 * 1024 * 1024

#: Between two words about progress and looks at the disk, in frames.
_EVERY: Final = 50

#: H.264 that all browsers decode.
_PLAYED: Final = frozenset({"yuv420p", "yuvj420p"})


class DiskAlmostFull(Exception):
    """The disk has too little room for a copy of the video."""


def make_playable(
    source: Path, index: FrameIndex, target: Path, progress: Callable[[float], None]
) -> None:
    """Write a faststart MP4 with the frames of the source, each at its own time.

    H.264 is copied as it is into the container that browsers know; all else is encoded, at most
    ``MAX_SIDE`` pixels large. Audio comes along where MP4 can hold it. ``progress`` hears fractions
    from 0 to 1. Raises BadVideo when no frame decodes, and DiskAlmostFull.
    """

    def tell(number: int) -> None:
        if number % _EVERY == 0:
            if shutil.disk_usage(target.parent).free < SPARE:
                raise DiskAlmostFull(
                    "The disk is almost full: there is no room for a playable copy of the video."
                )
            progress(min(number / len(index), 1.0))

    if is_copied(source, index):
        _copy(source, index, target, tell)
    else:
        _encode(source, index, target, tell)
    progress(1.0)


def is_copied(source: Path, index: FrameIndex) -> bool:
    """Tell whether the pictures only need another container: H.264, whole, upright."""
    if index.codec != "h264" or index.rotation or index.truncated:
        return False
    with open_video(source, probed=True) as (_, stream):
        # A packet that shows nothing (hidden, cut off) can be needed all the same.
        every = len(index) == int(index.decode_order.max()) + 1
        return every and stream.codec_context.pix_fmt in _PLAYED


def _encode(source: Path, index: FrameIndex, target: Path, tell: Callable[[int], None]) -> None:
    piece = target.with_name(f"{target.name}.piece")
    width, height = fit(index.width, index.height, MAX_SIDE)
    small = width, height
    half = (width + 1) // 2, (height + 1) // 2
    colour = Colour.of(source)
    try:
        with (
            FrameReader(source, index) as reader,
            SegmentWriter(piece, width, height, index.time_base, colour) as writer,
        ):
            for frame in reader.read(np.arange(len(index))):
                planes = frame.yuv()
                sizes = (small, half, half)
                scaled = [_scaled(plane, size) for plane, size in zip(planes, sizes, strict=True)]
                writer.write(Canvas(scaled), frame.pts)
                tell(frame.number)
        if not join_segments([piece], target, source, index):
            raise BadVideo("No frame of the video can be decoded.")
    finally:
        piece.unlink(missing_ok=True)


def _scaled(plane: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    if plane.shape == size[::-1]:
        return plane
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8)


def _copy(source: Path, index: FrameIndex, target: Path, tell: Callable[[int], None]) -> None:
    part = target.with_name(f"{target.name}.part")
    options = {"movflags": "+faststart", "movie_timescale": str(index.time_base.denominator)}
    try:
        with ExitStack() as stack:
            original, pictures = stack.enter_context(open_video(source, probed=True))
            out = stack.enter_context(av.open(str(part), "w", format="mp4", options=options))
            video = out.add_stream_from_template(pictures, opaque=True)
            video.time_base = index.time_base
            streams: list[Iterator[tuple[Fraction, Packet[Any]]]] = [
                _timed(original, pictures, index, video, tell)
            ]
            heard, _ = stack.enter_context(open_video(source, probed=True))
            audio = audio_to_copy(heard)
            if audio is not None:
                copy = out.add_stream_from_template(audio, opaque=True)
                streams.append(sounds(heard, audio, copy, Fraction(0), None))
            for _, packet in heapq.merge(*streams, key=lambda timed: timed[0]):
                out.mux(packet)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _timed(
    source: InputContainer,
    pictures: VideoStream,
    index: FrameIndex,
    stream: VideoStream,
    tell: Callable[[int], None],
) -> Iterator[tuple[Fraction, Packet[VideoStream]]]:
    """Yield the packets with the times that the index has for them, also where it made them up."""
    shown = np.empty(len(index), np.int64)
    shown[index.decode_order] = index.pts
    # Decode times rise and are never later than what they show.
    decode = index.pts - int((index.pts - shown).max())
    for rank, packet in enumerate(demux(source, pictures)):
        packet.stream = stream
        packet.time_base = index.time_base
        packet.pts, packet.dts = int(shown[rank]), int(decode[rank])
        number = int(np.searchsorted(index.pts, shown[rank]))
        packet.duration = int(index.duration[number])
        tell(rank)
        yield int(decode[rank]) * index.time_base, packet
