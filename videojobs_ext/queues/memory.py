"""The queue of one process; at start it is rebuilt from the database."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Condition
from uuid import UUID


class InMemoryQueueService:
    """First in, first out, without doubles; every method may be called from any thread."""

    def __init__(self) -> None:
        self._waiting: dict[UUID, None] = {}  # a dict keeps the order, and each id once
        self._woken = False
        self._changed = Condition()

    def put(self, job_id: UUID) -> None:
        """Put a job at the end; one that waits already keeps its place."""
        with self._changed:
            self._waiting.setdefault(job_id)
            self._changed.notify()

    def get(self, timeout: float | None = None) -> UUID | None:
        """Take the first job; None after ``timeout`` seconds (None waits for ever) or ``wake``."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._woken, timeout)
            if self._woken or not self._waiting:
                self._woken = False
                return None
            job_id = next(iter(self._waiting))
            del self._waiting[job_id]
            return job_id

    def remove(self, job_id: UUID) -> bool:
        """Take a job out of the line; tells whether it was there."""
        with self._changed:
            found = job_id in self._waiting
            self._waiting.pop(job_id, None)
            return found

    def rebuild(self, job_ids: Iterable[UUID]) -> None:
        """Let exactly these jobs wait, in this order."""
        with self._changed:
            self._waiting = dict.fromkeys(job_ids)
            self._changed.notify_all()

    def wake(self) -> None:
        """Let the one who waits in ``get`` return None now; without a waiter, the next one."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def snapshot(self) -> list[UUID]:
        """Return the jobs that wait, the next one first."""
        with self._changed:
            return list(self._waiting)

    def __len__(self) -> int:
        """Return how many jobs wait."""
        with self._changed:
            return len(self._waiting)
