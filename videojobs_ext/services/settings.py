"""The configuration as plain values: what ``c.VideoJobs`` says, checked and complete."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Settings:
    """All that the services need to know; sizes in bytes, times in seconds, None for no limit."""

    data_dir: Path
    root_dir: Path
    db_url: str
    storage_url: str
    engine: Literal["local"] = "local"
    workers: int = 1
    chunk_seconds: float = 4.0
    max_attempts: int = 3
    job_timeout: float | None = None
    memory_limit_per_process: int | None = None
    max_upload_bytes: int | None = None
    max_unsubmitted_bytes: int | None = None
    upload_retention_hours: float | None = None
    max_pixels: int | None = None
    max_duration: float | None = None
    allowed_roots: tuple[Path, ...] = ()
    allow_hidden: bool = False
    retention_days: float | None = None
    cache_max_bytes: int | None = None
    start_worker: bool = True

    @property
    def steps_dir(self) -> Path:
        """Return the folder whose ``*.py`` files are the user's own steps."""
        return self.data_dir / "steps"

    @property
    def roots(self) -> tuple[Path, ...]:
        """Return the folders whose videos may be analyzed in place, the server's root first."""
        return (self.root_dir, *self.allowed_roots)
