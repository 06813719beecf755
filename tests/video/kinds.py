"""The kinds of video that must read alike, and the plain sequential decode to compare with."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from tests.clips import ClipFactory, cut_by_edit_list, made_up_times

NTSC_FILM = Fraction(24000, 1001)
NTSC = Fraction(30000, 1001)
OPEN_GOP = {"x264-params": "open-gop=1:bframes=3:b-pyramid=normal:keyint=12:min-keyint=12"}
OPEN_GOP_265 = {"x265-params": "open-gop=1:bframes=3:keyint=12:min-keyint=12:log-level=none"}

KINDS: dict[str, dict[str, object]] = {
    "plain": {"bframes": 0},
    "b_frames": {"bframes": 3},
    "vfr": {"pts": made_up_times(60), "time_base": Fraction(1, 1000)},
    "rotated_90": {"rotation": 90},
    "rotated_180": {"rotation": 180},
    "rotated_270": {"rotation": 270},
    "late_start": {"pts": range(7000, 7060), "muxer": {"movie_timescale": "25"}},
    "film_rate": {"rate": NTSC_FILM},
    "ntsc_rate": {"rate": NTSC},
    "open_gop": {"options": OPEN_GOP},
    "open_gop_ts": {"name": "clip.ts", "options": OPEN_GOP},
    "open_gop_mpeg2": {"name": "clip.ts", "codec": "mpeg2video"},
    "open_gop_hevc": {"name": "clip.mkv", "codec": "libx265", "options": OPEN_GOP_265},
    "intra_refresh": {"name": "clip.ts", "options": {"x264-params": "intra-refresh=1"}},
    "mpegts": {"name": "clip.ts"},
    "mpegps": {"name": "clip.mpg", "codec": "mpeg2video"},
    "avi_h264": {"name": "clip.avi", "bframes": 3},
    "avi_mpeg4": {"name": "clip.avi", "codec": "mpeg4"},
    "mpeg4": {"codec": "mpeg4"},
    "mkv": {"name": "clip.mkv", "bframes": 3},
    "webm_vp8": {"name": "clip.webm", "codec": "libvpx"},
    "webm_vp9": {"name": "clip.webm", "codec": "libvpx-vp9"},
    "flv": {"name": "clip.flv"},
    "wmv": {"name": "clip.wmv", "codec": "wmv2", "bframes": 0},
    "intra_only": {"gop": 1, "bframes": 0},
    "mjpeg": {"name": "clip.avi", "codec": "mjpeg", "pix_fmt": "yuvj420p", "bframes": 0},
    "fragmented": {"muxer": {"movflags": "frag_keyframe+empty_moov"}},
    "ten_bit": {"name": "clip.mkv", "pix_fmt": "yuv420p10le"},
    "one_frame": {"frames": 1},
    "one_gop": {"gop": 250},
}


def make(clips: ClipFactory, kind: str) -> Path:
    """Return a clip of this kind; besides KINDS there is edit_list."""
    if kind == "edit_list":
        return edit_list(clips)
    return clips.make(**KINDS[kind])


def edit_list(clips: ClipFactory) -> Path:
    """Return a clip of 41 frames whose edit list hides the 19 - 12 frames before them."""
    path = clips.folder / "edit_list.mp4"
    if not path.exists():
        cut_by_edit_list(clips.make(bframes=2), path, start=19 / 25)
    return path


def sequential(path: Path) -> list[tuple[Fraction, NDArray[np.uint8]]]:
    """Return (time in seconds, first plane as coded) of each frame of a plain decode."""
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "NONE"
        return [
            ((frame.pts or 0) * frame.time_base, coded_luma(frame))
            for frame in container.decode(video=0)
            if frame.time_base is not None
        ]


def coded_luma(frame: av.VideoFrame) -> NDArray[np.uint8]:
    if frame.format.components[0].bits > 8:
        frame = frame.reformat(format="yuv420p")
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: frame.height, : frame.width].copy()
