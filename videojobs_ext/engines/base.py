"""The contract of an engine: run a picklable function somewhere safe, and be able to stop it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Engine(Protocol):
    """Runs tasks in isolation from this process; all methods may be called from any thread."""

    @property
    def size(self) -> int:
        """Return how many tasks run at once."""
        ...

    def submit(
        self, function: Callable[[T], R], argument: T, *, timeout: float | None = None
    ) -> Future[R]:
        """Start ``function(argument)`` as soon as a place is free.

        The future ends with the function's result, with the exception that it raised, or with an
        ``EngineError``. ``timeout`` is in seconds from the task's start.
        """
        ...

    def cancel(self, future: Future[R]) -> None:
        """End a task, at once, also in mid-run; its future then holds ``TaskCancelled``."""
        ...

    def stop(self) -> None:
        """Cancel all tasks and end every child process; returns when they are gone."""
        ...
