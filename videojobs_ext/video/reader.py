"""Decoding: the frames that are wanted, exactly numbered, and what could not be decoded."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import av
import numpy as np
from numpy.typing import NDArray

from videojobs_ext.video.container import open_video
from videojobs_ext.video.damage import BROKEN, ENDS, MOVED, Damage, TrustGate
from videojobs_ext.video.frame import Converter, Frame
from videojobs_ext.video.index import FrameIndex
from videojobs_ext.video.loop_filter import LoopFilter
from videojobs_ext.video.packets import NO_PTS, decode, demux
from videojobs_ext.video.references import ReferenceReader

if TYPE_CHECKING:
    from types import TracebackType

    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

__all__ = ["Damage", "Frame", "FrameReader"]

#: A gap of so many packets is read over; a longer one is worth a seek.
_READ_OVER: Final = 64

#: What a frame may be to one reading: left out only once that is seen to do no harm.
_ASKED: Final = 1
_OPTIONAL: Final = 2
_LEFT_OUT: Final = 3

#: Where to look for a keyframe that is not where its time says: so many seconds before it.
_STEPS_BACK: Final = (1, 10)


@dataclass(frozen=True)
class _Run:
    """Packets [start, stop) to decode in one go for some wanted frames (sorted numbers)."""

    row: int
    start: int
    stop: int
    wanted: NDArray[np.int64]

    def joined(self, other: _Run) -> _Run:
        wanted = np.concatenate([self.wanted, other.wanted])
        return _Run(self.row, self.start, max(self.stop, other.stop), wanted)


class FrameReader:
    """Reads wanted frames of a video with one decode thread, decoding only what they need.

    That is the GOPs that hold them, up to the last one wanted, in H.264 without the pictures that
    nothing is predicted from. A context manager, for one thread.

    ``damage`` grows while reading: wanted frames whose data fails, that the decoder had to patch,
    that are predicted from such a frame, or that the file ends before. They are never yielded, so
    the pixels of a frame do not depend on where decoding began. Packets that the container marks
    as broken are found, and those cut short in H.264, HEVC, AV1, MPEG-4 and Motion JPEG. Flipped
    bits that still decode can't be told: FFmpeg finds nine in ten of them in H.264, MPEG-2 and
    MPEG-4, most in AV1, one in ten in VP9 and Motion JPEG and none in HEVC (measured).

    ``unreferenced`` holds the numbers of the frames met that no other is predicted from, as far as
    that can be told; ``packets_decoded`` counts the packets fed to the decoder.
    """

    def __init__(
        self, path: Path, index: FrameIndex, *, loop_filter: LoopFilter = LoopFilter.ALL
    ) -> None:
        self.damage: list[Damage] = []
        self.unreferenced: set[int] = set()
        self.packets_decoded = 0
        self._path = path
        self._index = index
        self._loop_filter = loop_filter
        self._converter = Converter(index.rotation)
        self._size = (index.width, index.height)
        self._stack = ExitStack()
        number_of = np.full(int(index.decode_order.max(initial=-1)) + 1, -1, np.int64)
        number_of[index.decode_order] = np.arange(len(index))
        # Memoryviews give plain ints, three times as fast as arrays.
        self._number_of = number_of.data
        self._entry_of = index.entries.order[index.entry].data
        self._row_at = {rank: row for row, rank in enumerate(index.entries.order.tolist())}
        #: The rank of the packet that the demuxer gives next; None: not known.
        self._position: int | None = None
        self._packets: Iterator[Packet[VideoStream]] = iter(())
        self._container: InputContainer
        self._stream: VideoStream
        self._references: ReferenceReader
        #: Why a run's packets ended before the run did.
        self._stopped = ENDS
        #: Whether the wanted frame before is the last one in ``damage``.
        self._in_damage = False

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def read(
        self, wanted: NDArray[np.int64], optional: NDArray[np.int64] | None = None
    ) -> Generator[Frame, None, None]:
        """Yield the wanted frames (sorted frame numbers) in order, without those in ``damage``.

        Those of them that are ``optional`` are left out where no other is predicted from them.
        """
        self._in_damage = False
        asked = bytearray(len(self._index))
        np.frombuffer(asked, np.uint8)[wanted] = _ASKED
        if optional is not None:
            np.frombuffer(asked, np.uint8)[optional] = _OPTIONAL
        for run in self._runs(wanted):
            try:
                yield from self._read_run(run, asked)
            finally:  # also where the caller stops in the middle
                self._stream.codec_context.flush_buffers()

    def _runs(self, wanted: NDArray[np.int64]) -> list[_Run]:
        """Return the stretches of packets that the wanted frames need, neighbours joined."""
        rows, firsts = np.unique(self._index.entry[wanted], return_index=True)
        runs: list[_Run] = []
        if len(wanted) == 0:
            return runs
        for row, group in zip(rows.tolist(), np.split(wanted, firsts[1:]), strict=True):
            start = int(self._index.entries.order[row])
            stop = int(self._index.decode_order[group].max()) + 1
            run = _Run(row, start, stop, group)
            runs.append(run if not runs or start > runs[-1].stop else runs.pop().joined(run))
        return runs

    def _read_run(self, run: _Run, asked: bytearray) -> Iterator[Frame]:
        gate = TrustGate(self._number_of, self._entry_of)
        context = self._stream.codec_context
        due = deque(run.wanted.tolist())
        for rank, packet in self._packets_of(run):
            number = self._number_of[rank]
            harmless = self._references.is_droppable(packet)
            if harmless and self._left_out(rank, packet, number, asked, gate):
                continue
            if self._is_of_run(packet, number, run):
                gate.expect(rank, harmless=harmless)
            if packet.is_corrupt:
                gate.lose(rank, BROKEN)
            packet.pts = rank
            self.packets_decoded += 1
            pictures = decode(context, packet)
            if pictures is None:
                gate.lose(rank, BROKEN)
            for picture in pictures or ():
                gate.take(picture)
            yield from self._let_out(gate, due, asked)
        for picture in decode(context, None) or ():
            gate.take(picture)
        gate.close()
        yield from self._let_out(gate, due, asked)
        for number in due:
            if asked[number] != _LEFT_OUT:
                self._note(number, gate)

    def _left_out(
        self,
        rank: int,
        packet: Packet[VideoStream],
        number: int,
        asked: bytearray,
        gate: TrustGate,
    ) -> bool:
        """Say whether a packet that no other needs is passed over; note why its frame won't come.

        An optional one is not missed, unless it is broken.
        """
        if number < 0:
            return True
        self.unreferenced.add(number)
        if asked[number] == _OPTIONAL:
            if packet.is_corrupt:
                gate.reasons[rank] = BROKEN
            else:
                asked[number] = _LEFT_OUT
        return asked[number] != _ASKED

    def _is_of_run(self, packet: Packet[VideoStream], number: int, run: _Run) -> bool:
        """Say whether a packet can be decoded here: leading pictures at the start can't be."""
        if number >= 0:
            return self._entry_of[number] >= run.start
        return packet.pts is None or packet.pts >= self._index.entries.pts[run.row]

    def _let_out(self, gate: TrustGate, due: deque[int], asked: bytearray) -> Iterator[Frame]:
        """Yield what the gate lets out and is due; note what is due and will not come."""
        for number, picture in gate.ready():
            while due and due[0] < number:
                missing = due.popleft()
                if asked[missing] != _LEFT_OUT:
                    self._note(missing, gate)
            if due and due[0] == number:
                due.popleft()
                if picture is None:
                    self._note(number, gate)
                else:
                    self._in_damage = False
                    yield self._frame(number, picture)

    def _note(self, number: int, gate: TrustGate) -> None:
        """Add a wanted frame to the damage, joined to the wanted frame before where it fits."""
        reason = gate.reasons.get(int(self._index.decode_order[number]), self._stopped)
        first = number
        if self._in_damage and self.damage[-1].reason == reason:
            first = self.damage.pop().first
        self.damage.append(Damage(first, number, reason))
        self._in_damage = True

    def _packets_of(self, run: _Run) -> Iterator[tuple[int, Packet[VideoStream]]]:
        """Yield the run's packets with their ranks; fewer when the file is not as indexed."""
        packet = self._first_packet(run)
        self._position = None
        self._stopped = ENDS if packet is not None else MOVED
        rank = run.start
        while packet is not None:
            row = self._row_at.get(rank)
            if row is not None and not self._is_entry(packet, row):
                self._stopped = MOVED
                return
            yield rank, packet
            rank += 1
            if rank == run.stop:
                self._position = rank
                return
            packet = next(self._packets, None)

    def _first_packet(self, run: _Run) -> Packet[VideoStream] | None:
        """Return the packet at the start of a run, by reading on when it is near, or by a seek."""
        position = self._position
        if position is None or not position <= run.start <= position + _READ_OVER:
            return self._find(run.row)
        for _ in range(run.start - position):
            next(self._packets, None)
        return next(self._packets, None)

    def _find(self, row: int) -> Packet[VideoStream] | None:
        """Seek to an entry and return its packet: by its time, from earlier, from the start."""
        entries = self._index.entries
        pts, dts = int(entries.pts[row]), int(entries.dts[row])
        back = [pts - int(seconds / self._index.time_base) for seconds in _STEPS_BACK]
        for time in (pts, dts, *back) if pts != NO_PTS else (dts,):
            if time != NO_PTS and self._seek(time):
                found = self._scan(row)
                if found is not None:
                    return found
        self._open()
        return self._scan(row, to_the_end=True)

    def _seek(self, time: int) -> bool:
        try:
            self._container.seek(time, stream=self._stream)
        except av.FFmpegError:
            return False
        self._packets = demux(self._container, self._stream)
        return True

    def _scan(self, row: int, *, to_the_end: bool = False) -> Packet[VideoStream] | None:
        """Read on until an entry's packet comes; None when one comes that lies behind it."""
        dts = int(self._index.entries.dts[row])
        for packet in self._packets:
            if self._is_entry(packet, row):
                return packet
            if packet.dts is not None and NO_PTS != dts < packet.dts and not to_the_end:
                return None
        return None

    def _is_entry(self, packet: Packet[VideoStream], row: int) -> bool:
        """Say whether a packet is that entry.

        The dts plays no part: after a seek FFmpeg may not know it. The size does: in MPEG-PS the
        first packet after a seek can be the rest of a frame.
        """
        entries = self._index.entries
        return (
            packet.is_keyframe
            and packet.size == entries.size[row]
            and (NO_PTS if packet.pts is None else packet.pts) == entries.pts[row]
            and (-1 if packet.pos is None else packet.pos) == entries.pos[row]
        )

    def _open(self) -> None:
        self._stack.close()
        self._container, self._stream = self._stack.enter_context(open_video(self._path))
        if self._loop_filter is not LoopFilter.ALL:
            self._stream.codec_context.options = {"skip_loop_filter": self._loop_filter.skipped}
        self._references = ReferenceReader(self._stream.codec_context)
        self._packets = demux(self._container, self._stream)
        self._position = 0

    def _frame(self, number: int, picture: VideoFrame) -> Frame:
        pts = int(self._index.pts[number])
        time = float(self._index.time[number])
        return Frame(picture, self._converter, number, pts, time, self._size)
