"""Before the first chunk: which bytes the video is, and which frames it holds."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from videojobs_ext.pipelines.loading import load_plan
from videojobs_ext.steps.base import VideoGeometry
from videojobs_ext.video.index import FrameIndex, read_frame_index


@dataclass(frozen=True)
class PrepareTask:
    """Plan ``pipeline`` (YAML) for ``video``; ``index`` is the file of its frame index.

    With ``indexed`` that is made, with ``hashed`` the video's bytes are hashed as well.
    """

    pipeline: str
    video: Path
    index: Path
    indexed: bool
    hashed: bool
    steps_dir: Path | None = None


@dataclass(frozen=True)
class Prepared:
    """What is known before the first chunk.

    The SHA-256 of the video's bytes in hex, if it was asked for; the fingerprints of the frame and
    window steps by id, and that of the whole pipeline: equal ones mean equal rows. ``fewest``: how
    many sampled frames a chunk must hold.
    """

    sha256: str | None
    step_fingerprints: Mapping[str, str]
    fingerprint: str
    fewest: int


def prepare(task: PrepareTask) -> Prepared:
    """Plan, and read the frame index without decoding.

    Raises BadVideo when there is nothing to show, PipelineError when a step is no longer there.
    """
    plan = load_plan(task.pipeline, task.steps_dir)
    if task.indexed:
        index = read_frame_index(task.video)
        index.save(task.index)
    else:
        index = FrameIndex.load(task.index)
    sha256 = None
    if task.hashed:
        with task.video.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    geometry = VideoGeometry(index.width, index.height)
    return Prepared(
        sha256, plan.step_fingerprints(geometry), plan.fingerprint(geometry), plan.fewest
    )
