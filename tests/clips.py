"""Made clips whose every frame says its number, in all the shapes that videos come in.

The number is a strip of black and white blocks along the top of the upright picture: 16 bits, most
significant first, read back from the pixels by read_number(). Below it a box moves over a ground
whose brightness changes at each cut.
"""

from __future__ import annotations

import shutil
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

BITS = 16
STRIP = 32


@dataclass(frozen=True)
class Clip:
    """How a clip is made; ``pts`` counts ``time_base`` units, one frame each unless given."""

    name: str = "clip.mp4"
    frames: int = 60
    width: int = 320
    height: int = 192
    codec: str = "libx264"
    pix_fmt: str = "yuv420p"
    rate: Fraction = Fraction(25)
    pts: Sequence[int] | None = None
    time_base: Fraction | None = None
    gop: int = 12
    bframes: int = 2
    cuts: tuple[int, ...] = ()
    rotation: int = 0
    """Degrees clockwise that the player must turn the coded picture."""
    options: dict[str, str] = field(default_factory=dict)
    muxer: dict[str, str] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        """Encode the clip into a folder and return its path."""
        path = folder / self.name
        turned = self.rotation in (90, 270)
        with av.open(str(path), "w", options=self.muxer) as container:
            stream = container.add_stream(self.codec, rate=self.rate)
            stream.width = self.height if turned else self.width
            stream.height = self.width if turned else self.height
            stream.pix_fmt = self.pix_fmt
            context = stream.codec_context
            context.time_base = self.time_base or 1 / self.rate
            context.gop_size = self.gop
            context.max_b_frames = self.bframes
            context.options = _encoder_options(self) | self.options
            if self.rotation:
                # FFmpeg counts counterclockwise.
                stream.set_display_rotation(-self.rotation)
            for number in range(self.frames):
                upright = picture(number, self.width, self.height, self.cuts)
                coded = np.ascontiguousarray(np.rot90(upright, self.rotation // 90))
                frame = av.VideoFrame.from_ndarray(coded, "bgr24").reformat(format=self.pix_fmt)
                frame.pts = number if self.pts is None else self.pts[number]
                frame.time_base = context.time_base
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path


def _encoder_options(clip: Clip) -> dict[str, str]:
    if clip.codec == "libx264":
        return {"preset": "veryfast", "crf": "20", "sc_threshold": "0", "threads": "1"}
    if clip.codec == "libx265":
        return {"preset": "ultrafast", "x265-params": "log-level=none:pools=1:frame-threads=1"}
    if clip.codec.startswith("libvpx"):
        return {"deadline": "realtime", "cpu-used": "8", "b": "1M", "threads": "1"}
    return {"b": "4M"}


def picture(number: int, width: int, height: int, cuts: Sequence[int] = ()) -> NDArray[np.uint8]:
    """Return frame ``number`` upright, uint8[height, width, 3] BGR."""
    shot = sum(cut <= number for cut in cuts)
    image = np.full((height, width, 3), 60 + 50 * (shot % 3), np.uint8)
    image[:, :, 1] = np.linspace(40, 200, width, dtype=np.uint8)
    size = height // 6
    left = 4 * number % (width - size)
    image[height // 2 : height // 2 + size, left : left + size] = (40, 60, 230)
    block = width // BITS
    for bit in range(BITS):
        on = number >> (BITS - 1 - bit) & 1
        image[:STRIP, bit * block : (bit + 1) * block] = 235 if on else 16
    return image


def read_number(luma: NDArray[np.uint8]) -> int:
    """Read the number back from an upright luma plane of any size."""
    height, width = luma.shape
    row = max(1, round(STRIP / 2 * width / 320)) if height < width else STRIP // 2
    block = width // BITS
    number = 0
    for bit in range(BITS):
        middle = bit * block + block // 2
        patch = luma[max(0, row - 2) : row + 2, middle - 1 : middle + 2]
        number = number << 1 | int(patch.mean() > 126)
    return number


def made_up_times(frames: int) -> list[int]:
    """Return uneven, rising pts, as phones and screen recorders make them."""
    gaps = np.random.default_rng(7).choice([20, 33, 40, 125, 400], frames)
    return np.cumsum(gaps).tolist()


def cut_by_edit_list(source: Path, target: Path, start: float) -> Path:
    """Copy an MP4 from ``start`` seconds on; an edit list hides the start of the GOP."""
    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        video = old.streams.video[0]
        stream = new.add_stream_from_template(video)
        old.seek(int(start / video.time_base), stream=video)
        shift = int(start / video.time_base)
        for packet in old.demux(video):
            if packet.dts is None:
                continue
            packet.pts -= shift
            packet.dts -= shift
            packet.stream = stream
            new.mux(packet)
    return target


def truncated(source: Path, target: Path, keep: float = 0.6) -> Path:
    """Copy the first part of a file."""
    data = source.read_bytes()
    target.write_bytes(data[: int(len(data) * keep)])
    return target


def packets_of(path: Path) -> list[tuple[int, int, bool]]:
    """Return (position, size, is keyframe) of each packet of a file whose packets are unbroken."""
    with av.open(str(path)) as container:
        return [(p.pos, p.size, p.is_keyframe) for p in container.demux(video=0) if p.size]


def flip_bits(source: Path, target: Path, ranks: Sequence[int]) -> Path:
    """Copy an MP4, AVI or MKV with bits flipped all over the packets of these ranks."""
    data = bytearray(source.read_bytes())
    places = packets_of(source)
    for rank in ranks:
        position, size, _ = places[rank]
        noise = np.random.default_rng(rank)
        for offset in range(min(24, size // 2), size, max(8, size // 12)):
            data[position + offset] ^= 1 << int(noise.integers(8))
    target.write_bytes(data)
    return target


def audio_only(path: Path) -> Path:
    """Write a file with sound and no picture."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        for block in range(10):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            frame.sample_rate = 44100
            frame.pts = block * 1024
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def no_frames(path: Path) -> Path:
    """Write an MP4 whose video stream has no packet."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 192, "yuv420p"
        container.start_encoding()
    return path


def huge_header(source: Path, target: Path, side: int = 60000) -> Path:
    """Copy a Motion JPEG AVI whose headers and frames then claim ``side`` x ``side`` pixels."""
    data = bytearray(source.read_bytes())
    at = data.index(b"strf") + 8
    data[at + 4 : at + 12] = struct.pack("<ii", side, side)
    start = 0
    while (start := data.find(b"\xff\xc0\x00\x11\x08", start)) >= 0:
        data[start + 5 : start + 9] = struct.pack(">HH", side, side)
        start += 9
    target.write_bytes(data)
    return target


def without_keyframes(source: Path, target: Path) -> Path:
    """Copy a Matroska file leaving out its keyframes."""
    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        for packet in old.demux(video=0):
            if packet.size and not packet.is_keyframe:
                packet.stream = stream
                new.mux(packet)
    return target


class ClipFactory:
    """Makes clips in one folder, each of them once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made: dict[str, Path] = {}

    def make(self, **how: object) -> Path:
        """Return the path of the clip that Clip(**how) describes."""
        key = repr(sorted(how.items()))
        if key not in self._made:
            folder = self.folder / str(len(self._made))
            folder.mkdir()
            self._made[key] = Clip(**how).write(folder)  # type: ignore[arg-type]
        return self._made[key]

    def path(self, name: str) -> Path:
        """Return a path for a file that does not exist yet, by this name."""
        folder = self.folder / f"file{len(list(self.folder.iterdir()))}"
        folder.mkdir()
        return folder / name

    def copy(self, source: Path, name: str) -> Path:
        """Return a copy of a clip under another name."""
        return Path(shutil.copy(source, self.path(name)))
