"""What can go wrong with a task besides an exception of its own."""

from __future__ import annotations


class EngineError(Exception):
    """The task did not end by itself."""


class ChildDied(EngineError):
    """The child process ended in mid-task; ``exitcode`` is negative for a signal."""

    def __init__(self, exitcode: int | None) -> None:
        super().__init__(f"The child process died (exit code {exitcode}).")
        self.exitcode = exitcode


class OutOfMemory(EngineError):
    """The child process was ended because it held more than ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The child process needed more than {limit / 2**20:.0f} MiB of memory; "
            "raise VideoJobs.memory_limit_per_process, or sample or scale the video down."
        )
        self.limit = limit


class TaskTimeout(EngineError):
    """The task took longer than it was given."""


class TaskCancelled(EngineError):
    """The task was cancelled, or the engine stopped, before it ended."""
