"""A container is known by its content, and promises a size."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clips import ClipFactory, truncated
from tests.video.kinds import make
from videojobs_ext.video.container import HEAD_BYTES, extension_for, missing_bytes, sniff_container

CONTAINERS = {
    "plain": ("mp4", ".mp4"),
    "fragmented": ("mp4", ".mp4"),
    "mkv": ("matroska", ".mkv"),
    "webm_vp9": ("webm", ".webm"),
    "avi_mpeg4": ("avi", ".avi"),
    "mpegts": ("mpegts", ".ts"),
    "mpegps": ("mpegps", ".mpg"),
    "flv": ("flv", ".flv"),
    "wmv": ("asf", ".wmv"),
}


@pytest.mark.parametrize("kind", CONTAINERS)
def test_64_bytes_tell_the_container_whatever_the_name(clips: ClipFactory, kind: str) -> None:
    head = make(clips, kind).read_bytes()[:HEAD_BYTES]
    name, extension = CONTAINERS[kind]
    assert sniff_container(head) == sniff_container(head[:64]) == name
    assert extension_for(name) == extension


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\0\0\0\x14ftypqt  \0\0\0\0", "mov"),
        (b"\0\0\0\x08wide\0\0\x10\0mdat", "mov"),
        (b"OggS\0\x02" + bytes(60), "ogg"),
        (b"\0\0\x01\xb3\x14\0\xf0\x13", "mpegvideo"),
        (bytes(4) + (b"\x47\x40\0\x10" + bytes(188)) * 3, "mpegts"),
    ],
)
def test_other_video_containers(head: bytes, name: str) -> None:
    assert sniff_container(head) == name
    assert extension_for(name).startswith(".")


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"G",
        b"Good morning, this is a text that starts with the sync byte of MPEG-TS.",
        b"G@\0\x10" + b"x" * 300,
        b"GIF89a" + bytes(58),
        b"\x89PNG\r\n\x1a\n" + bytes(56),
        b"RIFF\x24\0\0\0WAVEfmt " + bytes(48),
        b"\0\0\0\x18ftypheic" + bytes(52),
        b"\0\0\0\x1cftypM4A " + bytes(52),
        b"#EXTM3U\n#EXTINF:10,\nhttp://example.org/a.ts\n",
        b"ffconcat version 1.0\nfile a.mp4\n",
        b"%PDF-1.7\n",
        b"<html><body>",
        bytes(64),
    ],
)
def test_what_is_no_video_container_is_none(head: bytes) -> None:
    assert sniff_container(head) is None


@pytest.mark.parametrize("kind", ["plain", "fragmented", "mkv", "webm_vp8", "avi_mpeg4", "mpegts"])
def test_a_whole_file_misses_nothing_and_a_cut_one_does(clips: ClipFactory, kind: str) -> None:
    path = make(clips, kind)
    container = CONTAINERS.get(kind, ("webm", ""))[0]
    assert missing_bytes(path, container) == 0
    cut = truncated(path, clips.path(path.name), 0.7)
    assert missing_bytes(cut, container) > 0


def test_sizes_that_say_to_the_end_of_the_file_miss_nothing(tmp_path: Path) -> None:
    path = tmp_path / "open.mp4"
    path.write_bytes(b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\0mdat" + bytes(100))
    assert missing_bytes(path, "mp4") == 0
    path.write_bytes(b"\0\0\0\x01mdat\0\0\0\0\0\0\1\0" + bytes(100))
    assert missing_bytes(path, "mp4") == 256 - 116
    path.write_bytes(b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\x03junk")
    assert missing_bytes(path, "mp4") == 0
    path.write_bytes(b"RIFF\x04\0\0\0AVI JUNK" + bytes(8))
    assert missing_bytes(path, "avi") == 0
    live = b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67\xff" + bytes(20)
    path.write_bytes(live)
    assert missing_bytes(path, "matroska") == 0
    path.write_bytes(b"\x1a\x45\xdf\xa3\x80" + bytes(20))
    assert missing_bytes(path, "matroska") == 0
    assert missing_bytes(path, "flv") == 0
