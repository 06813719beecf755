"""What H.264 packets say in their headers of who is predicted from whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.codeccontext import VideoCodecContext
    from av.video.stream import VideoStream

#: NAL unit types that hold slices, and that of pictures at which all begins anew (ITU-T H.264,
#: table 7-1).
_SLICES: Final = range(1, 6)
_IDR: Final = 5


class ReferenceReader:
    """Tells non-reference pictures of one H.264 stream; of other codecs it knows none.

    Such a picture has nal_ref_idc 0 in all its slices (ITU-T H.264, 7.4.1); leaving it out, or
    losing it, changes no other picture.
    """

    def __init__(self, context: VideoCodecContext) -> None:
        self._is_h264 = context.name == "h264"
        extradata = context.extradata or b""
        # An avcC record (ISO/IEC 14496-15) starts with 1: NAL units then follow their length.
        avcc = len(extradata) > 4 and extradata[0] == 1
        self._length_bytes = (extradata[4] & 3) + 1 if avcc else 0

    def is_droppable(self, packet: Packet[VideoStream]) -> bool:
        """Say whether no other picture needs this packet; False when it can't be told."""
        if not self._is_h264 or packet.is_keyframe:
            return False
        header = self._slice_header(packet)
        return header is not None and not header & 0x60

    def begins_anew(self, packet: Packet[VideoStream]) -> bool:
        """Say whether no picture from here on needs one before; False when it can't be told."""
        header = self._slice_header(packet) if self._is_h264 else None
        return header is not None and header & 0x1F == _IDR

    def _slice_header(self, packet: Packet[VideoStream]) -> int | None:
        """Return the first byte of the NAL unit with the packet's first slice."""
        data = bytes(packet)
        for header in self._prefixed(data) if self._length_bytes else self._start_coded(data):
            if header & 0x1F in _SLICES:
                return header
        return None

    def _prefixed(self, data: bytes) -> Iterator[int]:
        """Yield the first byte of each NAL unit after a length."""
        width = self._length_bytes
        at = 0
        while at + width < len(data):
            yield data[at + width]
            at += width + int.from_bytes(data[at : at + width], "big")

    @staticmethod
    def _start_coded(data: bytes) -> Iterator[int]:
        """Yield the first byte of each NAL unit after a start code."""
        at = data.find(b"\0\0\1")
        while 0 <= at < len(data) - 3:
            yield data[at + 3]
            at = data.find(b"\0\0\1", at + 3)
