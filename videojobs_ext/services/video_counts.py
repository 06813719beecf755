"""How many frames of a video a sampling looks at, counted where a hostile file does no harm."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from videojobs_ext.video.index import FrameIndex, read_frame_index
from videojobs_ext.video.probe import VideoInfo, probe
from videojobs_ext.video.sampling import Sampling

#: Packets of larger files are not read for a preview: that may take longer than it is worth. Bytes.
COUNTED_UP_TO = 512 * 1024 * 1024


@dataclass(frozen=True)
class CountTask:
    """Which file, which frames of it, and what is too large."""

    path: Path
    sampling: Sampling
    max_pixels: int | None
    max_duration: float | None


@dataclass(frozen=True)
class VideoCounts:
    """What a job over a video would look at; None where the file's header does not tell.

    ``decoded`` is how many frames are decoded at most for those that are ``sampled``; ``exact`` is
    false where the numbers follow from the header alone.
    """

    info: VideoInfo
    frames: int | None
    sampled: int | None
    decoded: int | None
    exact: bool


def count(task: CountTask) -> VideoCounts:
    """Count one file's frames; raises BadVideo or VideoTooLarge as ``probe`` does."""
    info = probe(task.path, max_pixels=task.max_pixels, max_duration=task.max_duration)
    if info.size > COUNTED_UP_TO:
        return _from_header(info, task.sampling)
    index = read_frame_index(task.path)
    wanted = task.sampling.select(index)
    return VideoCounts(info, len(index), len(wanted), _decoded(index, wanted), exact=True)


def _decoded(index: FrameIndex, wanted: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    """Return how many packets lie from each keyframe to the last frame wanted from it."""
    last = np.full(len(index.entries), -1, np.int64)
    np.maximum.at(last, index.entry[wanted], index.decode_order[wanted])
    used = last >= 0
    return int((last[used] - index.entries.order[used] + 1).sum())


def _from_header(info: VideoInfo, sampling: Sampling) -> VideoCounts:
    frames, duration, rate = info.frames_estimate, info.duration, info.average_rate
    if frames is None or sampling.keyframes:
        return VideoCounts(info, frames, None, None, exact=False)
    share = 1.0
    if sampling.ranges is not None and duration:
        spans = (min(end, duration) - max(start, 0.0) for start, end in sampling.ranges)
        share = min(sum(max(span, 0.0) for span in spans) / duration, 1.0)
    every = float(sampling.every)
    if sampling.fps is not None and rate is not None:
        every = max(float(rate) / sampling.fps, 1.0)
    decoded = frames * share
    sampled = math.ceil(decoded / every)
    if sampling.max_frames is not None and sampled > sampling.max_frames:
        sampled = sampling.max_frames
        decoded = (sampled - 1) * every + 1
    return VideoCounts(info, frames, sampled, round(decoded), exact=False)
