"""Before the first chunk: which bytes the video is, and which frames it holds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from videojobs_ext.video.errors import BadVideo
from videojobs_ext.video.index import read_frame_index


@dataclass(frozen=True)
class PrepareTask:
    """Index ``video`` into the file ``index``; also hash it where the hash isn't known yet."""

    video: Path
    index: Path
    hashed: bool


@dataclass(frozen=True)
class Prepared:
    """The SHA-256 of the video's bytes in hex (None if it wasn't asked for), and its frames."""

    sha256: str | None
    frames: int


def prepare(task: PrepareTask) -> Prepared:
    """Read the frame index, without decoding; raises BadVideo when there is nothing to show."""
    index = read_frame_index(task.video)
    if len(index) == 0:
        raise BadVideo("The video holds no frame.")
    index.save(task.index)
    sha256 = None
    if task.hashed:
        with task.video.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Prepared(sha256, len(index))
