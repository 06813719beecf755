"""A first look tells what a file is, refuses what is none, and opens nothing else."""

from __future__ import annotations

import os
import socket
from fractions import Fraction
from pathlib import Path

import pytest

from tests.clips import (
    ClipFactory,
    audio_only,
    flip_bits,
    huge_header,
    no_frames,
    truncated,
)
from tests.video.kinds import KINDS, make
from videojobs_ext.video.errors import BadVideo, VideoTooLarge
from videojobs_ext.video.probe import VideoInfo, probe


def test_bikes(bikes: Path) -> None:
    assert probe(bikes) == VideoInfo(
        container="mp4",
        codec="h264",
        width=640,
        height=272,
        rotation=0,
        duration=10.0,
        average_rate=Fraction(25),
        frames_estimate=250,
        size=bikes.stat().st_size,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_video_is_accepted(clips: ClipFactory, kind: str) -> None:
    info = probe(make(clips, kind))
    assert (info.width, info.height) == (320, 192)
    assert info.rotation == KINDS[kind].get("rotation", 0)
    if kind not in {"one_frame", "vfr"}:
        assert info.duration == pytest.approx(60 / info.average_rate, abs=0.1)
        assert info.frames_estimate == pytest.approx(60, abs=3)


def test_a_wrong_extension_does_not_matter(clips: ClipFactory) -> None:
    assert probe(clips.copy(make(clips, "mkv"), "film.txt")).container == "matroska"


def test_a_damaged_start_does_not_hide_what_follows(clips: ClipFactory) -> None:
    path = flip_bits(clips.make(bframes=0), clips.path("flipped.mp4"), range(12))
    assert probe(path).width == 320


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n", os.urandom(4096)])
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    with pytest.raises(BadVideo):
        probe(path)


def test_files_without_pictures_are_refused_each_with_its_reason(clips: ClipFactory) -> None:
    with pytest.raises(BadVideo, match="no video stream"):
        probe(audio_only(clips.path("sound.mp4")))
    with pytest.raises(BadVideo, match=r"no video stream|No frame"):
        probe(no_frames(clips.path("none.mp4")))
    with pytest.raises(BadVideo, match="its end is missing"):
        probe(truncated(clips.make(bframes=0), clips.path("cut.mp4"), 0.5))
    with pytest.raises(BadVideo, match="There is no file"):
        probe(clips.folder / "nowhere.mp4")
    with pytest.raises(BadVideo, match="There is no file"):
        probe(clips.folder)


def test_limits_hold_before_anything_is_decoded(clips: ClipFactory) -> None:
    path = make(clips, "plain")
    assert probe(path, max_pixels=320 * 192, max_duration=2.4).width == 320
    with pytest.raises(VideoTooLarge, match="320 x 192") as pixels:
        probe(path, max_pixels=320 * 192 - 1)
    assert pixels.value.limit == "max_pixels"
    with pytest.raises(VideoTooLarge, match="2 s") as duration:
        probe(path, max_duration=2.3)
    assert duration.value.limit == "max_duration"


def test_huge_dimensions_in_the_header_are_too_large(clips: ClipFactory) -> None:
    path = huge_header(make(clips, "mjpeg"), clips.path("huge.avi"))
    with pytest.raises(VideoTooLarge) as caught:
        probe(path, max_pixels=100_000_000)
    assert caught.value.limit == "max_pixels"


def test_playlists_patterns_and_urls_open_nothing(
    clips: ClipFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = make(clips, "mpegts")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/a.ts"
        playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}\n#EXT-X-ENDLIST\n"
        for name, text in {
            "list.m3u8": playlist.format(url),
            "local.m3u8": playlist.format(video),
            "list.ffconcat": f"ffconcat version 1.0\nfile {video}\n",
            "manifest.mpd": f"<MPD><BaseURL>{url}</BaseURL></MPD>",
            "i_%02d.png": "no picture",
        }.items():
            (tmp_path / name).write_text(text)
            with pytest.raises(BadVideo):
                probe(tmp_path / name)
        monkeypatch.chdir(tmp_path)
        for name in (url, f"concat:{video}", f"file:{video}", "data:video/mp4;base64,AAAA"):
            with pytest.raises(BadVideo, match="There is no file"):
                probe(Path(name))
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_file_name_that_looks_like_a_protocol_or_a_pattern_is_a_file(
    clips: ClipFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("http:film.mp4", "i_%02d.png", "a|b.mp4", "-i.mp4"):
        Path(name).write_bytes(make(clips, "plain").read_bytes())
        assert probe(Path(name)).width == 320
