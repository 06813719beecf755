"""The frame index: one row for each frame that a video shows, read without decoding it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from videojobs_ext.video.container import container_of, missing_bytes, open_video
from videojobs_ext.video.errors import BadVideo
from videojobs_ext.video.packets import NO_PTS, PacketTable, decode, demux, feed, read_packets
from videojobs_ext.video.references import ReferenceReader

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

#: Codecs that reorder frames, in a container that has no pts of its own: what the demuxer then
#: says is made up (FFmpeg gives H.264 in AVI rising pts in decode order).
_MADE_UP_PTS: Final = {("avi", "h264"), ("avi", "hevc"), ("mpegvideo", "mpeg1video")} | {
    ("mpegvideo", "mpeg2video")
}

#: Keyframes after which a file in which nothing decodes is given up.
_TRIES: Final = 50

#: So many keyframes are decoded at most to see that they need nothing before them.
_PROBED: Final = 4

#: Packets after which the decoder must have given its first frame.
_OPENING_PACKETS: Final = 200


@dataclass(frozen=True, eq=False)
class Entries:
    """The keyframes from which decoding may start, in decode order; k of them.

    ``order`` is the packet's rank in the file. The rest finds the packet again: pts, dts (both in
    time_base units, NO_PTS for none), position in the file (bytes, -1 for none) and size (bytes).
    """

    order: NDArray[np.int64]
    pts: NDArray[np.int64]
    dts: NDArray[np.int64]
    pos: NDArray[np.int64]
    size: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.order)


@dataclass(frozen=True, eq=False)
class FrameIndex:
    """All n frames of a video in presentation order; a frame's number is its rank here.

    ``pts`` (strictly increasing) and ``duration`` count time_base units, ``keyframe`` says where a
    GOP begins, ``decode_order`` is the rank of the frame's packet in the file. ``entry`` is the row
    of ``entries`` from which the frame is decoded: the leading pictures of an open GOP need the
    keyframe before. ``width`` and ``height`` (pixels) are those of the upright frame, ``rotation``
    the degrees clockwise that make it upright. ``truncated``: the container promises more than the
    file holds.
    """

    time_base: Fraction
    width: int
    height: int
    rotation: int
    codec: str
    pts: NDArray[np.int64]
    duration: NDArray[np.int64]
    keyframe: NDArray[np.bool_]
    decode_order: NDArray[np.int64]
    entry: NDArray[np.int64]
    entries: Entries
    truncated: bool = False

    def __len__(self) -> int:
        return len(self.pts)

    @cached_property
    def time(self) -> NDArray[np.float64]:
        """The frames' times in seconds: for each the float nearest to pts * time_base."""
        numerator, denominator = self.time_base.numerator, self.time_base.denominator
        # Python divides integers exactly rounded; the product may not fit 53 bits.
        return np.array([pts * numerator / denominator for pts in self.pts.tolist()], np.float64)

    @property
    def end_time(self) -> float:
        """The time in seconds at which the last frame ends."""
        return float((int(self.pts[-1]) + int(self.duration[-1])) * self.time_base)

    def save(self, path: Path) -> None:
        """Write the index as Parquet, by temporary name and rename."""
        header = {
            "time_base": f"{self.time_base.numerator}/{self.time_base.denominator}",
            "width": self.width,
            "height": self.height,
            "rotation": self.rotation,
            "codec": self.codec,
            "truncated": self.truncated,
        }
        columns = {name: getattr(self, name) for name in _FRAME_COLUMNS}
        columns |= {
            f"entry_{name}": getattr(self.entries, name)[self.entry] for name in _ENTRY_COLUMNS
        }
        table = pa.table(columns).replace_schema_metadata({"frame_index": json.dumps(header)})
        part = path.with_name(f"{path.name}.part")
        pq.write_table(table, part, compression="zstd")
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> FrameIndex:
        """Read an index that save() wrote."""
        table = pq.read_table(path)
        header: dict[str, Any] = json.loads(table.schema.metadata[b"frame_index"])
        columns: dict[str, Any] = {name: table[name].to_numpy() for name in _FRAME_COLUMNS}
        _, rows, entry = np.unique(
            table["entry_order"].to_numpy(), return_index=True, return_inverse=True
        )
        entries = Entries(*(table[f"entry_{name}"].to_numpy()[rows] for name in _ENTRY_COLUMNS))
        return cls(
            time_base=Fraction(header.pop("time_base")),
            **header,
            **columns,
            entry=entry.astype(np.int64),
            entries=entries,
        )


_FRAME_COLUMNS: Final = ("pts", "duration", "keyframe", "decode_order")
_ENTRY_COLUMNS: Final = ("order", "pts", "dts", "pos", "size")


def read_frame_index(path: Path, progress: Callable[[float], None] | None = None) -> FrameIndex:
    """Read a video's packets into its frame index; only the very first frames are decoded.

    Packets that show nothing (cut off by an edit list, hidden reference frames, pictures before
    the first keyframe) have no row. Times that jump back, in recordings joined byte by byte, go on
    rising here. Where the container has no usable presentation times, the whole
    file is decoded for their order. ``progress`` hears fractions from 0 to 1. Raises BadVideo for a
    file without a keyframe or without any frame that decodes.
    """
    container = container_of(path)
    packets = read_packets(path, progress)
    if not packets.keyframe.any():
        raise BadVideo("The file has a video stream but no keyframe in it: nothing can be decoded.")
    if not _keyframes_stand_alone(path, packets):
        packets = packets.with_first_keyframe_only()
    place = _places(path, container, packets)
    opening = _read_opening(path, packets, place)
    shown = _shown(packets, place, opening)
    if len(shown) == 0:
        raise BadVideo("The video has no frame to show.")
    pts, duration = _times(packets, shown)
    entries, entry = _entries(packets, place, shown)
    return FrameIndex(
        time_base=packets.time_base,
        width=opening.width if opening.rotation % 180 == 0 else opening.height,
        height=opening.height if opening.rotation % 180 == 0 else opening.width,
        rotation=opening.rotation,
        codec=packets.codec,
        pts=pts,
        duration=duration,
        keyframe=packets.keyframe[shown],
        decode_order=shown,
        entry=entry,
        entries=entries,
        truncated=packets.broken_off or missing_bytes(path, container) > 0,
    )


@dataclass(frozen=True)
class _Opening:
    """What the first frames say once decoded.

    Size as coded and rotation, and the ranks of the first keyframe's leading pictures that refer to
    frames which the file does not have.
    """

    width: int
    height: int
    rotation: int
    undecodable: frozenset[int]


def _places(path: Path, container: str, packets: PacketTable) -> NDArray[np.int64]:
    """Return for each packet a number that sorts it into presentation order; -1: never shown."""
    made_up = packets.reordered and (container, packets.codec) in _MADE_UP_PTS
    if made_up or (packets.pts[~packets.hidden] == NO_PTS).any():
        place = np.full(len(packets), -1, np.int64)
        for number, rank in enumerate(_decoded_order(path)):
            place[rank] = number
        return place
    return np.where(packets.pts == NO_PTS, -1, packets.pts + packets.shift)


def _decoded_order(path: Path) -> Iterator[int]:
    """Yield the ranks of the packets in the order in which their frames leave the decoder."""
    with open_video(path) as (container, stream):
        for rank, frames in feed(container, stream):
            if frames is None:
                # A lost frame keeps about its place, so that it can be told of.
                yield rank
            for frame in frames or ():
                assert frame.pts is not None  # noqa: S101 — feed() gives each packet its rank
                yield frame.pts


def _read_opening(path: Path, packets: PacketTable, place: NDArray[np.int64]) -> _Opening:
    """Decode the first keyframe that decodes, and the leading pictures that follow it."""
    keys = np.flatnonzero(packets.keyframe)
    for first in keys[:_TRIES].tolist():
        following = keys[keys > first]
        stop = int(following[0]) if len(following) else len(packets)
        group = np.arange(first, stop)
        leading = group[place[group] < place[first]].tolist()
        frames = _decode_some(path, first, (leading or [first])[-1], stop)
        if frames:
            frame = frames[0]
            decoded = {frame.pts for frame in frames}
            whole = first == keys[0] and first in decoded
            undecodable = frozenset(leading) - decoded if whole else frozenset()
            return _Opening(frame.width, frame.height, upright_rotation(frame), undecodable)
    raise BadVideo(
        "No frame of the video can be decoded: the file is damaged, encrypted, or in a variant of "
        f"{packets.codec} that the decoder does not know."
    )


def _keyframes_stand_alone(path: Path, packets: PacketTable) -> bool:
    """Say whether a keyframe after the first gives a picture by itself.

    In a stream with periodic intra refresh, H.264 marks keyframes that only begin a recovery.
    """
    later = np.flatnonzero(packets.keyframe)[1:_PROBED].tolist()
    return not later or any(
        _begins_anew(path, key) or _decode_some(path, key, key, key + 1) for key in later
    )


def _begins_anew(path: Path, key: int) -> bool:
    """Say whether a keyframe's packet says itself that nothing before it is needed."""
    with open_video(path) as (container, stream):
        packet = next(islice(demux(container, stream), key, None), None)
        references = ReferenceReader(stream.codec_context)
        return packet is not None and references.begins_anew(packet)


def _decode_some(path: Path, first: int, last: int, stop: int) -> list[VideoFrame]:
    """Decode from packet ``first`` to ``last``, and on towards ``stop`` until a sound frame."""
    sound: list[VideoFrame] = []
    stop = min(stop, max(last + 1, first + _OPENING_PACKETS))
    with open_video(path) as (container, stream):
        for rank, frames in feed(container, stream, first, stop):
            sound.extend(frame for frame in frames or () if not frame.is_corrupt)
            if sound and rank >= last:
                held = decode(stream.codec_context, None) or ()
                return sound + [frame for frame in held if not frame.is_corrupt]
    return sound


def upright_rotation(frame: VideoFrame) -> int:
    """Return the degrees clockwise (0, 90, 180, 270) that make a decoded frame upright.

    FFmpeg says how far the display matrix turns counterclockwise.
    """
    return round(-frame.rotation / 90) * 90 % 360


def _shown(packets: PacketTable, place: NDArray[np.int64], opening: _Opening) -> NDArray[np.int64]:
    """Return the ranks of the packets that show a frame, in presentation order."""
    shown = ~packets.hidden
    if (place < 0).all() or packets.pts.min() == NO_PTS:
        shown &= place >= 0
    shown[: np.flatnonzero(packets.keyframe)[0]] = False
    shown[list(opening.undecodable)] = False
    ranks = np.flatnonzero(shown)
    return ranks[np.argsort(place[ranks], kind="stable")].astype(np.int64)


def _times(
    packets: PacketTable, shown: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return strictly increasing pts and the durations of the shown packets."""
    pts = packets.pts[shown]
    pts = np.where(pts == NO_PTS, pts, pts + packets.shift[shown])
    if (pts == NO_PTS).any() or (np.diff(pts) < 0).any():
        # Only the order was decoded: the decode times, sorted, are the times without the delay.
        dts = packets.dts[shown]
        pts = np.arange(len(shown)) * packets.frame_step if (dts == NO_PTS).any() else np.sort(dts)
    # Two frames of one pts (a broken muxer) stay two frames.
    rising = np.maximum.accumulate(pts - np.arange(len(pts))) + np.arange(len(pts))
    gaps = np.diff(rising)
    duration = packets.duration[shown]
    fallback = int(np.median(gaps)) if len(gaps) else packets.frame_step
    duration = np.where(duration > 0, duration, np.append(gaps, fallback))
    return rising.astype(np.int64), duration.astype(np.int64)


def _entries(
    packets: PacketTable, place: NDArray[np.int64], shown: NDArray[np.int64]
) -> tuple[Entries, NDArray[np.int64]]:
    """Return the keyframes to start from, and for each shown packet the row of its own."""
    keys = np.flatnonzero(packets.keyframe)
    group = np.searchsorted(keys, shown, side="right") - 1
    leading = place[shown] < place[keys[group]]
    start = keys[np.maximum(group - leading, 0)]
    # A later frame may not start earlier, so that a run of frames is a run of packets.
    start = np.minimum.accumulate(start[::-1])[::-1]
    order, entry = np.unique(start, return_inverse=True)
    columns = (packets.pts, packets.dts, packets.pos, packets.size)
    return Entries(order, *(column[order] for column in columns)), entry.astype(np.int64)
