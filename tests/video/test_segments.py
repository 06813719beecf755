"""Pieces that are encoded apart and joined are one video, each frame at its own time."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.clips import ClipFactory, made_up_times, read_number
from videojobs_ext.video.chunks import Chunk, plan_chunks
from videojobs_ext.video.index import FrameIndex, read_frame_index
from videojobs_ext.video.reader import FrameReader
from videojobs_ext.video.segments import Canvas, Colour, SegmentWriter, Span, join_segments


def encode(video: Path, index: FrameIndex, chunks: tuple[Chunk, ...], folder: Path) -> list[Path]:
    colour = Colour.of(video)
    paths = []
    for chunk in chunks:
        paths.append(folder / f"{chunk.number}.nut")
        with (
            FrameReader(video, index) as reader,
            SegmentWriter(paths[-1], index.width, index.height, index.time_base, colour) as writer,
        ):
            for frame in reader.read(np.arange(chunk.first, chunk.stop)):
                writer.write(Canvas(frame.yuv()), frame.pts)
    return paths


def times(index: FrameIndex) -> list[Fraction]:
    return [pts * index.time_base for pts in index.pts.tolist()]


def numbers(video: Path) -> list[int]:
    index = read_frame_index(video)
    with FrameReader(video, index) as reader:
        return [read_number(frame.luma()) for frame in reader.read(np.arange(len(index)))]


KINDS = {
    "plain": {},
    "B-frames and open GOPs": {"options": {"x264-params": "open-gop=1"}},
    "uneven rate in milliseconds": {
        "name": "uneven.mkv",
        "pts": made_up_times(60),
        "time_base": Fraction(1, 1000),
    },
    "late start": {"pts": [100 + n for n in range(60)]},
    "rotated": {"rotation": 90},
    "29.97": {"rate": Fraction(30000, 1001)},
    "AVI": {"name": "a.avi", "codec": "mpeg4", "rate": Fraction(30000, 1001), "bframes": 0},
    "MPEG-TS": {"name": "a.ts"},
    "odd size in 4:4:4": {"width": 321, "height": 193, "pix_fmt": "yuv444p"},
    "full range": {"name": "full.mp4", "pix_fmt": "yuvj420p"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_joined_video_has_each_frame_at_its_own_time(
    kind: str, clips: ClipFactory, tmp_path: Path
) -> None:
    video = clips.make(**KINDS[kind])
    index = read_frame_index(video)
    chunks = plan_chunks(index, 0.5)
    assert len(chunks) > 1
    target = tmp_path / "joined.mp4"
    assert join_segments(encode(video, index, chunks, tmp_path), target, video, index)
    joined = read_frame_index(target)
    assert times(joined) == times(index)
    assert joined.end_time == pytest.approx(index.end_time, abs=0.001)
    assert numbers(target) == list(range(60))
    size = (index.width + index.width % 2, index.height + index.height % 2)
    assert (joined.width, joined.height, joined.rotation) == (*size, 0)
    data = target.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(target)) as container:
        stream = container.streams.video[0]
        assert (stream.codec.name, stream.codec_context.pix_fmt) in {
            ("h264", "yuv420p"),
            ("h264", "yuvj420p"),
        }
        assert stream.codec_context.pix_fmt == ("yuvj420p" if kind == "full range" else "yuv420p")
    assert sorted(path.name for path in tmp_path.glob("*.part")) == []


def test_every_piece_begins_with_a_keyframe_that_stands_alone(
    clips: ClipFactory, tmp_path: Path
) -> None:
    video = clips.make()
    index = read_frame_index(video)
    chunks = plan_chunks(index, 0.5)
    target = tmp_path / "joined.mp4"
    join_segments(encode(video, index, chunks, tmp_path), target, video, index)
    joined = read_frame_index(target)
    assert {chunk.first for chunk in chunks} <= set(np.flatnonzero(joined.keyframe).tolist())
    with FrameReader(target, joined) as reader:
        (frame,) = reader.read(np.array([chunks[1].first]))
        assert read_number(frame.luma()) == chunks[1].first
        assert reader.packets_decoded == 1


@pytest.mark.parametrize(
    "how",
    [
        {"pix_fmt": "yuvj420p"},
        {"pix_fmt": "yuvj444p", "name": "j444.mkv"},
        {"pix_fmt": "yuv420p10le", "name": "ten.mkv"},
        {"pix_fmt": "gbrp", "codec": "libx265", "name": "rgb.mkv"},
        {"pix_fmt": "bgr0", "codec": "ffv1", "name": "lossless.mkv"},
    ],
    ids=lambda how: how["pix_fmt"],
)
def test_colours_stay_what_they_were(
    how: dict[str, str], clips: ClipFactory, tmp_path: Path
) -> None:
    video = clips.make(frames=5, **how)
    index = read_frame_index(video)
    target = tmp_path / "joined.mp4"
    join_segments(encode(video, index, (Chunk(0, 0, 5),), tmp_path), target, video, index)
    with (
        FrameReader(video, index) as before,
        FrameReader(target, read_frame_index(target)) as after,
    ):
        pairs = zip(before.read(np.arange(5)), after.read(np.arange(5)), strict=True)
        for plain, encoded in pairs:
            change = encoded.bgr().astype(float) - plain.bgr()
            assert np.abs(change.mean(axis=(0, 1))).max() < 3


def with_sound(folder: Path, codec: str, container: str) -> Path:
    """Make a second of pictures with a second and a half of sound."""
    path = folder / f"sound.{container}"
    with av.open(str(path), "w") as out:
        pictures = out.add_stream("libx264", rate=25)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        sound = out.add_stream(codec, rate=48000)
        sound.layout = "mono"
        for n in range(25):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), n, np.uint8), "bgr24")
            frame.pts, frame.time_base = n, Fraction(1, 25)
            out.mux(pictures.encode(frame.reformat(format="yuv420p")))
        out.mux(pictures.encode(None))
        size = sound.codec_context.frame_size or 1024
        for n in range(72000 // size):
            samples = np.zeros((1, size), np.float32 if "p" in sound.format.name else np.int16)
            frame = av.AudioFrame.from_ndarray(samples, sound.format.name, "mono")
            frame.sample_rate, frame.pts, frame.time_base = 48000, n * size, Fraction(1, 48000)
            out.mux(sound.encode(frame))
        out.mux(sound.encode(None))
    return path


def sound_packets(path: Path) -> list[tuple[float, bytes]]:
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return []
        return [
            (float(packet.pts * packet.time_base), bytes(packet))
            for packet in container.demux(container.streams.audio[0])
            if packet.pts is not None
        ]


def test_sound_is_copied_as_it_is(tmp_path: Path) -> None:
    video = with_sound(tmp_path, "aac", "mp4")
    index = read_frame_index(video)
    segments = encode(video, index, (Chunk(0, 0, 25),), tmp_path)
    target = tmp_path / "joined.mp4"
    join_segments(segments, target, video, index)
    before, after = sound_packets(video), sound_packets(target)
    assert len(after) == len(before) > 50
    assert [data for _, data in after] == [data for _, data in before]
    assert [time for time, _ in after] == pytest.approx([time for time, _ in before], abs=0.001)


def test_sound_that_mp4_can_not_hold_is_left_out(tmp_path: Path) -> None:
    video = with_sound(tmp_path, "pcm_s16le", "mkv")
    index = read_frame_index(video)
    target = tmp_path / "joined.mp4"
    join_segments(encode(video, index, (Chunk(0, 0, 25),), tmp_path), target, video, index)
    assert sound_packets(target) == []


def test_a_span_begins_at_zero_with_its_own_sound(tmp_path: Path) -> None:
    video = with_sound(tmp_path, "aac", "mp4")
    index = read_frame_index(video)
    target = tmp_path / "clip.mp4"
    segments = encode(video, index, (Chunk(0, 10, 20),), tmp_path)
    join_segments(segments, target, video, index, Span(0.4, 0.8))
    assert times(read_frame_index(target)) == [Fraction(n, 25) for n in range(10)]
    heard = [time for time, _ in sound_packets(target)]
    assert 0 <= heard[0] < 0.03
    assert 0.36 < heard[-1] < 0.4


def test_pieces_of_different_shapes_are_not_joined(clips: ClipFactory, tmp_path: Path) -> None:
    small, large = clips.make(name="small.mp4"), clips.make(name="large.mp4", width=640)
    paths = []
    for video in (small, large):
        folder = tmp_path / video.stem
        folder.mkdir()
        index = read_frame_index(video)
        paths += encode(video, index, (Chunk(0, 0, 12),), folder)
    with pytest.raises(ValueError, match="can't be joined"):
        join_segments(paths, tmp_path / "joined.mp4", small, read_frame_index(small))
    assert not list(tmp_path.glob("joined*"))


def test_nothing_is_joined_when_no_piece_has_a_frame(clips: ClipFactory, tmp_path: Path) -> None:
    video = clips.make()
    index = read_frame_index(video)
    with SegmentWriter(tmp_path / "0.nut", 320, 192, index.time_base, Colour.of(video)):
        pass
    assert not join_segments([tmp_path / "0.nut"], tmp_path / "joined.mp4", video, index)
    assert [path.name for path in tmp_path.iterdir()] == ["0.nut"]
