"""A video's packets in file order, and the feeding of them to the decoder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import av
import numpy as np
from numpy.typing import NDArray

from videojobs_ext.video.container import open_video

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

#: Stands for a packet without pts or dts (FFmpeg's AV_NOPTS_VALUE).
NO_PTS: Final = np.iinfo(np.int64).min

#: A demuxer that met rubbish is asked again so often without a packet between.
_DEMUX_RETRIES: Final = 5
#: Decode times never fall; where they fall by more than so many frames, a new recording begins.
_JOINT_STEPS: Final = 8

_PROGRESS_EVERY: Final = 512


@dataclass(frozen=True, eq=False)
class PacketTable:
    """All packets of one video stream that have content, in file (decode) order.

    ``pts``, ``dts`` and ``duration`` count time_base units (NO_PTS for none, 0 for no duration),
    ``pos`` and ``size`` bytes (-1 for no position). ``hidden``: decodes, but shows nothing.
    ``frame_step`` is one frame's time in time_base units, by the stream's average rate.
    ``reordered``: the stream has B-frames. ``broken_off``: the last packet was cut short.
    """

    codec: str
    time_base: Fraction
    frame_step: int
    reordered: bool
    broken_off: bool
    pts: NDArray[np.int64]
    dts: NDArray[np.int64]
    duration: NDArray[np.int64]
    pos: NDArray[np.int64]
    size: NDArray[np.int64]
    keyframe: NDArray[np.bool_]
    hidden: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.pts)

    @cached_property
    def shift(self) -> NDArray[np.int64]:
        """What to add to each packet's times so that they go on where a container starts anew.

        Recordings that are joined byte by byte (MPEG-TS) jump back in time at the joint.
        """
        shift = np.zeros(len(self), np.int64)
        known = np.flatnonzero(self.dts != NO_PTS)
        dts = self.dts[known]
        for joint in np.flatnonzero(np.diff(dts) < -_JOINT_STEPS * self.frame_step) + 1:
            shift[known[joint] :] += dts[joint - 1] + self.frame_step - dts[joint]
        return shift

    def with_first_keyframe_only(self) -> PacketTable:
        """Return the same table for a stream that can be decoded from its start alone."""
        keyframe = np.zeros(len(self), bool)
        keyframe[np.argmax(self.keyframe)] = True
        return replace(self, keyframe=keyframe)


def read_packets(path: Path, progress: Callable[[float], None] | None = None) -> PacketTable:
    """Read the table of a file's packets; ``progress`` hears fractions from 0 to 1."""
    total = max(1, path.stat().st_size)
    rows: list[tuple[int, int, int, int, int, bool, bool]] = []
    cut_short = False
    with open_video(path) as (container, stream):
        codec = stream.codec_context.name
        for packet in demux(container, stream):
            pts, dts, pos = packet.pts, packet.dts, packet.pos
            cut_short = packet.is_corrupt
            rows.append(
                (
                    NO_PTS if pts is None else pts,
                    NO_PTS if dts is None else dts,
                    packet.duration or 0,
                    -1 if pos is None else pos,
                    packet.size,
                    packet.is_keyframe,
                    packet.is_discard or (codec == "vp8" and _is_invisible(packet)),
                )
            )
            if progress is not None and len(rows) % _PROGRESS_EVERY == 0 and pos is not None:
                progress(min(1.0, pos / total))
        time_base = stream.time_base or Fraction(1, 1000)
        rate = stream.average_rate or stream.base_rate or Fraction(25)
        reordered = bool(stream.codec_context.has_b_frames)
    if progress is not None:
        progress(1.0)
    table = np.array(rows, dtype=np.int64).reshape(-1, 7).T
    return PacketTable(
        codec,
        time_base,
        max(1, round(1 / (rate * time_base))),
        reordered,
        cut_short,
        *table[:5],
        *table[5:].astype(bool),
    )


def demux(container: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    """Yield the stream's packets that have content, over places that the demuxer can't read."""
    failures = 0
    while failures < _DEMUX_RETRIES:
        try:
            for packet in container.demux(stream):
                # An empty packet would tell the decoder that the stream has ended.
                if packet.size:
                    failures = 0
                    yield packet
        except av.FFmpegError:
            failures += 1
        else:
            return


def feed(
    container: InputContainer, stream: VideoStream, first: int = 0, stop: int | None = None
) -> Iterator[tuple[int, list[VideoFrame] | None]]:
    """Feed the packets [first, stop) of a fresh container; yield each rank and what came out.

    The frames' pts are the ranks of their packets; None stands for a packet that failed. The last
    pair is what the decoder still held.
    """
    context = stream.codec_context
    rank = -1
    for rank, packet in enumerate(demux(container, stream)):
        if stop is not None and rank >= stop:
            break
        if rank >= first:
            packet.pts = rank
            yield rank, decode(context, packet)
    yield rank, decode(context, None)


def decode(
    context: VideoCodecContext, packet: Packet[VideoStream] | None
) -> list[VideoFrame] | None:
    """Return the frames that a packet (None: the end) brings out; None when it can't be decoded."""
    try:
        return context.decode(packet)
    except av.FFmpegError:
        return None


def _is_invisible(packet: Packet[VideoStream]) -> bool:
    """Say whether a VP8 frame is only a reference: show_frame of its tag (RFC 6386, 9.1)."""
    return not memoryview(packet)[0] & 0x10
