"""Where things lie in the storage; nobody else puts keys together."""

from __future__ import annotations

from uuid import UUID

from videojobs_ext.storage.base import check_key


def input_key(sha256: str, extension: str) -> str:
    """Return the key of a video, named by its content; ``extension`` comes with its dot."""
    return check_key(f"inputs/{sha256}{extension}")


def job_key(job_id: UUID, *parts: str) -> str:
    """Return the key of one of a job's files, or of its folder when no part is given."""
    return check_key("/".join(("jobs", str(job_id), *parts)))


def part_key(job_id: UUID, name: str) -> str:
    """Return the key of one of the files that hold a job's rows."""
    return job_key(job_id, "rows", name)


def cache_key(fingerprint: str, sha256: str, chunk: str) -> str:
    """Return the key of one chunk's rows, as any job with the same pipeline and video has them."""
    return check_key(f"cache/{fingerprint}/{sha256}/{chunk}.parquet")
