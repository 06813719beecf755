"""A completed job that asked the same of the same video: its files answer for the new one."""

from __future__ import annotations

from uuid import UUID

from videojobs_ext.rows.exports import ExportContext
from videojobs_ext.rows.exports.json import readdress
from videojobs_ext.storage.base import StorageService
from videojobs_ext.storage.layout import job_key

#: The file in a completed job's folder that says what it asked for, down to the steps' code.
FINGERPRINT = "fingerprint.txt"

#: What a job's results are called; they name their job, so they can't be shared as they are.
RESULTS = "results.json"

#: Files of a completed job that are the same for its twin.
_SHARED = frozenset({"rows", "artifacts", "frames.parquet", "poster.jpg"})


def is_twin(storage: StorageService, job_id: UUID, fingerprint: str) -> bool:
    """Tell whether a completed job's files are all there and answer for this fingerprint."""
    key = job_key(job_id, FINGERPRINT)
    return (
        storage.exists(key)
        and storage.read_bytes(key).decode() == fingerprint
        and storage.exists(job_key(job_id, RESULTS))
    )


def adopt(storage: StorageService, twin: UUID, context: ExportContext) -> str:
    """Make a twin's files the job's own (hard links where possible); returns the results' key."""
    job_id = UUID(str(context.job_id))
    there = f"{job_key(twin)}/"
    names = [key.removeprefix(there) for key in storage.list(job_key(twin))]
    storage.copy_all(
        {there + name: job_key(job_id, name) for name in names if name.partition("/")[0] in _SHARED}
    )
    made = storage.scratch(f"jobs/{job_id}") / RESULTS
    readdress(storage.local_path(job_key(twin, RESULTS)), made, context)
    results = job_key(job_id, RESULTS)
    storage.put(made, results)
    return results
