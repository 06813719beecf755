"""``job.json``: the job as it stands beside its output, from which a database can be rebuilt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, inspect

from videojobs_ext.jobs.model import FailureReason, Job, JobStatus, UtcDateTime


def job_to_json(job: Job) -> dict[str, Any]:
    """Return the whole job in JSON's own types: moments as ISO 8601 in UTC, the id as text."""
    return {column.key: _plain(getattr(job, column.key)) for column in inspect(Job).column_attrs}


def job_from_json(record: Mapping[str, Any]) -> Job:
    """Return the job that ``job_to_json`` described.

    A record of an older version lacks fields, which take their defaults; a newer one has more,
    which are left aside. Raises ValueError for a record that is no job's.
    """
    fields: dict[str, Any] = {}
    try:
        for column in inspect(Job).columns:
            value = record.get(column.key)
            if column.key in record:
                match column.type:
                    case UtcDateTime() if value is not None:
                        value = datetime.fromisoformat(value)
                    case Uuid():
                        value = UUID(value)
                fields[column.key] = value
        fields["status"] = JobStatus(fields["status"])
        if fields.get("failure_reason") is not None:
            fields["failure_reason"] = FailureReason(fields["failure_reason"])
        return Job(job_id=fields.pop("job_id"), **fields)  # its own id, never a new one
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"This is no job's record: {error}") from error


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case UUID():
            return str(value)
        case JobStatus() | FailureReason():
            return value.value
        case _:
            return value
