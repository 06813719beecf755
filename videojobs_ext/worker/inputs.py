"""Where a job's video lies: in the storage, or in place under one of the allowed roots."""

from __future__ import annotations

from pathlib import Path

from videojobs_ext.jobs.model import FailureReason, Job
from videojobs_ext.storage.base import StorageService
from videojobs_ext.worker.failures import JobFailed


class PathRefused(Exception):
    """A path outside the allowed roots, hidden, or no regular file; ``path`` is as it was given."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path!r} can't be analyzed: {why}")
        self.path = path


def is_in_place(job: Job) -> bool:
    """Tell whether the job's video is a file of the user's own, not a copy in the storage."""
    return Path(job.input_path).is_absolute()


def confine(path: str, base: Path, roots: tuple[Path, ...], *, allow_hidden: bool) -> Path:
    """Return the real path of a regular file inside one of ``roots``.

    ``path`` is relative to ``base``, or absolute. Symbolic links are followed first, so that none
    leads out. Raises PathRefused.
    """
    if "\0" in path or not path.strip():
        raise PathRefused(path, "this is no path")
    try:
        real = (base / path).resolve()
    except (OSError, RuntimeError, ValueError):
        raise PathRefused(path, "the path can't be followed") from None
    root = next((root for root in roots if real.is_relative_to(root.resolve())), None)
    if root is None:
        raise PathRefused(path, "it lies outside the folders that this server may read")
    if not allow_hidden and any(
        part.startswith(".") for part in real.relative_to(root.resolve()).parts
    ):
        raise PathRefused(path, "it is hidden")
    if not real.is_file():
        raise PathRefused(path, "there is no such file")
    return real


def resolve_input(
    job: Job, storage: StorageService, roots: tuple[Path, ...], *, allow_hidden: bool
) -> Path:
    """Return the local file to analyze; raises JobFailed (missing_input) when it isn't there."""
    if is_in_place(job):
        try:
            return confine(job.input_path, Path("/"), roots, allow_hidden=allow_hidden)
        except PathRefused as refusal:
            raise JobFailed(FailureReason.MISSING_INPUT, str(refusal)) from None
    try:
        return storage.local_path(job.input_path)
    except FileNotFoundError:
        raise JobFailed(
            FailureReason.MISSING_INPUT, "The uploaded video is no longer there: submit it again."
        ) from None
