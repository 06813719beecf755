"""What an export says of its job besides the rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class ExportContext:
    """The job that an export is of; times are UTC and aware."""

    job_id: UUID | str
    name: str
    created_at: datetime
    updated_at: datetime
