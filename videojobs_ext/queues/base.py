"""What a queue is: job ids in order. The database is the truth, the queue a hint."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol
from uuid import UUID


class QueueService(Protocol):
    """A first-in, first-out queue of job ids; every method may be called from any thread."""

    def put(self, job_id: UUID) -> None:
        """Put a job at the end; one that waits already keeps its place."""
        ...

    def get(self, timeout: float | None = None) -> UUID | None:
        """Take the first job; None after ``timeout`` seconds (None waits for ever) or ``wake``."""
        ...

    def remove(self, job_id: UUID) -> bool:
        """Take a job out of the line; tells whether it was there."""
        ...

    def rebuild(self, job_ids: Iterable[UUID]) -> None:
        """Let exactly these jobs wait, in this order."""
        ...

    def wake(self) -> None:
        """Let the one who waits in ``get`` return None now; without a waiter, the next one."""
        ...

    def snapshot(self) -> list[UUID]:
        """Return the jobs that wait, the next one first."""
        ...

    def __len__(self) -> int:
        """Return how many jobs wait."""
        ...
