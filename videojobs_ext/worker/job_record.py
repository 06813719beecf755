"""``job.json`` in the storage: from these records a lost database is rebuilt."""

from __future__ import annotations

import json

from videojobs_ext.jobs.model import Job
from videojobs_ext.jobs.record import job_to_json
from videojobs_ext.storage.base import StorageService
from videojobs_ext.storage.layout import job_key


def write_record(storage: StorageService, job: Job) -> None:
    """Write the job as it stands; raises StorageFull."""
    data = json.dumps(job_to_json(job), indent=1).encode()
    storage.write_bytes(job_key(job.job_id, "job.json"), data)
