"""Container formats by content, and the one way in which this package opens a video file."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import av
from av.stream import Discard, Disposition

from videojobs_ext.video.errors import BadVideo

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

#: How much of a file's head tells its container for sure (two MPEG-TS packets, with room).
HEAD_BYTES: Final = 1024

#: Container → (file name extension, FFmpeg demuxer). Naming the demuxer keeps FFmpeg from guessing
#: a playlist, a concat script or a file name pattern, all of which can open other files.
_FORMATS: Final = {
    "mp4": (".mp4", "mov"),
    "mov": (".mov", "mov"),
    "matroska": (".mkv", "matroska"),
    "webm": (".webm", "matroska"),
    "avi": (".avi", "avi"),
    "mpegts": (".ts", "mpegts"),
    "mpegps": (".mpg", "mpeg"),
    "mpegvideo": (".m2v", "mpegvideo"),
    "ogg": (".ogv", "ogg"),
    "flv": (".flv", "flv"),
    "asf": (".wmv", "asf"),
}

#: Containers whose head may list all frames, and so tell how far they are reordered. FFmpeg then
#: need not decode the first ones to open the file (15 ms of 1080p H.264): a decoder finds out the
#: rest by itself.
_LISTED: Final = ("mp4", "mov")

#: ISO base media brands that are still pictures or audio, not films.
_STILL_BRANDS: Final = (b"heic", b"heix", b"mif1", b"avif", b"M4A ", b"M4B ")
_QUICKTIME_BOXES: Final = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_ASF_GUID: Final = bytes.fromhex("3026b2758e66cf11")
_TS_PACKET: Final = 188


def sniff_container(head: bytes) -> str | None:
    """Return the container's name by the magic numbers in a file's first bytes, or None.

    64 bytes are enough to tell; with HEAD_BYTES an MPEG-TS is told from chance. The file's name
    plays no part.
    """
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return None if brand in _STILL_BRANDS else "mov" if brand == b"qt  " else "mp4"
    if head[4:8] in _QUICKTIME_BOXES:
        return "mov"
    if head[:4] == b"RIFF":
        return "avi" if head[8:12] == b"AVI " else None
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "webm" if b"webm" in head[:64] else "matroska"
    for magic, name in (
        (b"OggS", "ogg"),
        (b"FLV\x01", "flv"),
        (_ASF_GUID, "asf"),
        (b"\x00\x00\x01\xba", "mpegps"),
        (b"\x00\x00\x01\xb3", "mpegvideo"),
    ):
        if head.startswith(magic):
            return name
    # A BDAV stream (.m2ts) has four bytes of time before each packet.
    return "mpegts" if _is_transport_stream(head, 0) or _is_transport_stream(head, 4) else None


def extension_for(container: str) -> str:
    """Return the file name extension of a container, with its dot."""
    return _FORMATS[container][0]


def missing_bytes(path: Path, container: str) -> int:
    """Return how many bytes the container's own sizes promise beyond the end of the file.

    0 also where the container states no size (live Matroska). An MPEG-TS, which states none either,
    ends with a whole packet.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        if container in ("mp4", "mov"):
            end = _end_of_boxes(file, size)
        elif container == "avi":
            end = _end_of_riff(file, size)
        elif container in ("matroska", "webm"):
            end = _end_of_segment(file)
        elif container == "mpegts":
            end = _end_of_packets(file, size)
        else:
            end = size
    return max(0, end - size)


@contextmanager
def open_video(
    path: Path, *, max_pixels: int | None = None, probed: bool = False
) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open an existing regular file and yield the container and its main video stream.

    Where it is ``probed``, also that is known before the first frame which only packets tell: pixel
    format, colour tags, and what some kinds of sound need to be copied.
    Only the file protocol is open to the demuxer, and the demuxer is the one that the content
    names. Raises BadVideo when the file is missing, of no known container, broken at its start or
    without a video stream.
    """
    name = container_of(path)
    options = {"protocol_whitelist": "file"}
    if max_pixels is not None:
        options["max_pixels"] = str(max_pixels)
    quickly = name in _LISTED and not probed
    container = _open(path, name, {**options, "skip_frame": "all"} if quickly else options)
    if quickly and not all(stream.frames for stream in container.streams.video):
        container.close()
        container = _open(path, name, options)
    try:
        covers = Disposition.attached_pic
        streams = [one for one in container.streams.video if not one.disposition & covers]
        if not streams:
            raise BadVideo("The file has no video stream. Send a file that has pictures.")
        stream = streams[0]
        for other in container.streams:
            if other.index != stream.index:
                other.discard = Discard.all
        stream.thread_type = "NONE"
        stream.thread_count = 1
        yield container, stream
    finally:
        container.close()


def container_of(path: Path) -> str:
    """Return the container of an existing regular file. Raises BadVideo when it has none."""
    if not path.is_file():
        raise BadVideo(f"There is no file {path.name!r}.")
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise BadVideo("The file is empty. Was the upload or the recording cut off?")
    name = sniff_container(head)
    if name is None:
        raise BadVideo(
            "The file is not a video: its content is none of MP4, MOV, MKV, WebM, AVI, MPEG-TS, "
            "MPEG-PS, Ogg, FLV or WMV, whatever its name says."
        )
    return name


def _open(path: Path, name: str, options: dict[str, str]) -> InputContainer:
    try:
        return av.open(f"file:{path.resolve()}", "r", _FORMATS[name][1], options)
    except av.FFmpegError as error:
        raise BadVideo(
            f"The file starts like {name} but can't be opened ({error.strerror}): it is damaged or "
            "its end is missing. Copy or upload it again."
        ) from error


def _is_transport_stream(head: bytes, offset: int) -> bool:
    packet = head[offset : offset + 4]
    if len(packet) < 4 or packet[0] != 0x47 or head.startswith(b"GIF8"):
        return False
    # No transport error, not scrambled, an adaptation field or a payload: words that start with G
    # are not so.
    if packet[1] & 0x80 or packet[3] & 0xC0 or not packet[3] & 0x30:
        return False
    following = offset + _TS_PACKET + offset
    return len(head) <= following or head[following] == 0x47


def _end_of_boxes(file: IO[bytes], size: int) -> int:
    at = 0
    while at + 8 <= size:
        file.seek(at)
        header = file.read(16)
        (length,) = struct.unpack(">I", header[:4])
        if length == 1 and len(header) == 16:
            (length,) = struct.unpack(">Q", header[8:])
        if length == 0:
            return size
        if length < 8:
            break
        at += length
    return at


def _end_of_riff(file: IO[bytes], size: int) -> int:
    at = 0
    while at + 8 <= size:
        file.seek(at)
        header = file.read(8)
        if header[:4] != b"RIFF":
            break
        (length,) = struct.unpack("<I", header[4:])
        at += 8 + length + (length & 1)
    # The pad byte of the last chunk may be left out.
    return at - 1 if at == size + 1 else at


def _end_of_packets(file: IO[bytes], size: int) -> int:
    time_bytes = 0 if file.read(1) == b"\x47" else 4
    packet = _TS_PACKET + time_bytes
    return -(-size // packet) * packet


def _end_of_segment(file: IO[bytes]) -> int:
    header = file.read(128)
    length, start = _element_size(header, 4)
    assert length is not None  # noqa: S101 — sniffed: an EBML header has a size
    segment = start + length
    file.seek(segment)
    header = file.read(12)
    if header[:4] != b"\x18\x53\x80\x67":
        return 0
    length, start = _element_size(header, 4)
    return 0 if length is None else segment + start + length


def _element_size(data: bytes, at: int) -> tuple[int | None, int]:
    """Return an EBML element's size (None: unknown) and where its content starts."""
    width = 9 - data[at].bit_length()
    value = int.from_bytes(data[at : at + width], "big") & ((1 << 7 * width) - 1)
    return (None if value == (1 << 7 * width) - 1 else value), at + width
