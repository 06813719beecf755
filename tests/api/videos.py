"""Small videos and things that are none, as bytes to submit."""

from __future__ import annotations

import io
import struct
from fractions import Fraction

import av
import numpy as np

HUGE = (60000, 60000)


def video(container: str = "mp4", codec: str = "libx264", *, frames: int = 50) -> bytes:
    """50 frames of 64×48 at 25 fps: a bright square that moves over a dark ground."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream(codec, rate=25)
        stream.width, stream.height = 64, 48
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.time_base = Fraction(1, 25)
        stream.codec_context.gop_size = 10
        output.start_encoding()
        for number in range(frames):
            picture = np.full((48, 64, 3), 30, np.uint8)
            picture[16:32, number % 48 : number % 48 + 16] = 220
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        output.mux(stream.encode())
    return file.getvalue()


def audio_only() -> bytes:
    """An MP4 that holds a second of AAC and no picture."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        stream = output.add_stream("aac", rate=44100)
        for start in range(0, 44100, 1024):
            samples = np.zeros((1, 1024), np.float32)
            frame = av.AudioFrame.from_ndarray(samples, "fltp", "mono")
            frame.sample_rate, frame.pts = 44100, start
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return file.getvalue()


def without_frames() -> bytes:
    """An AVI with a video stream that never has a picture."""
    return video("avi", "mpeg4", frames=0)


def with_huge_pictures() -> bytes:
    """A Motion JPEG whose headers, the container's and each picture's, claim 60000×60000."""
    data = video("avi", "mjpeg").replace(struct.pack("<II", 64, 48), struct.pack("<II", *HUGE))
    return data.replace(struct.pack(">HH", 48, 64), struct.pack(">HH", *HUGE))


def bit_flipped(data: bytes, *, seed: int = 7, share: float = 0.02) -> bytes:
    """The same with some bits turned over, after the container's first box."""
    damaged = np.frombuffer(data, np.uint8).copy()
    where = np.random.default_rng(seed).integers(64, len(data), int(len(data) * share))
    damaged[where] ^= 1 << 3
    return damaged.tobytes()
