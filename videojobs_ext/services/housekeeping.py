"""What is cleaned up now and then: old jobs, the cache over its limit, abandoned uploads."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from videojobs_ext.jobs.errors import UnknownJob, WrongStatus
from videojobs_ext.jobs.model import TERMINAL
from videojobs_ext.jobs.store import JobFilter, JobStore
from videojobs_ext.services.job_service import JobService
from videojobs_ext.services.settings import Settings
from videojobs_ext.services.uploads import UploadService
from videojobs_ext.storage.base import StorageService
from videojobs_ext.storage.local import LocalStorageService
from videojobs_ext.worker.chunk_cache import evict

_log = logging.getLogger("videojobs")

#: Cleaning up happens at most this often, in seconds.
EVERY = 600.0

#: A part of a one-request upload that hasn't grown for so long belongs to nobody, in seconds.
ABANDONED = 24 * 3600.0


class Housekeeping:
    """Called by the worker between jobs; does nothing until ``EVERY`` seconds have passed."""

    def __init__(
        self,
        settings: Settings,
        store: JobStore,
        storage: StorageService,
        jobs: JobService,
        uploads: UploadService,
    ) -> None:
        self._settings = settings
        self._store = store
        self._storage = storage
        self._jobs = jobs
        self._uploads = uploads
        self._last = float("-inf")

    def __call__(self) -> None:
        """Clean up if it is time."""
        if time.monotonic() - self._last < EVERY:
            return
        self._last = time.monotonic()
        self._store.checkpoint()
        self._expire_jobs()
        self._shrink_cache()
        self._drop_abandoned(self._storage.scratch("uploads"))
        self._uploads.drop_expired()

    def _expire_jobs(self) -> None:
        if self._settings.retention_days is None:
            return
        oldest = datetime.now(UTC) - timedelta(days=self._settings.retention_days)
        ended = JobFilter(status=set(TERMINAL))
        page = self._store.list(ended, sort="updated_at", limit=100, cursor=None)
        for job in page.jobs:
            if job.updated_at < oldest:
                try:
                    self._jobs.delete(job.job_id)
                except (UnknownJob, WrongStatus):
                    continue
                _log.info("Job %s was deleted: older than retention_days.", job.job_id)

    def _shrink_cache(self) -> None:
        limit = self._settings.cache_max_bytes
        if limit is not None and isinstance(self._storage, LocalStorageService):
            freed = evict(self._storage.root / "cache", limit)
            if freed:
                _log.info("The cache was over its limit; %d bytes were freed.", freed)

    @staticmethod
    def _drop_abandoned(uploads: Path) -> None:
        for part in uploads.iterdir():
            if time.time() - part.stat().st_mtime > ABANDONED:
                part.unlink(missing_ok=True)
