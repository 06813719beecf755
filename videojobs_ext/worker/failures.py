"""Why a job ends early: by a fault, by its user's wish, or because the worker stops."""

from __future__ import annotations

from videojobs_ext.engines.errors import ChildDied, OutOfMemory, TaskTimeout
from videojobs_ext.jobs.model import FailureReason
from videojobs_ext.pipelines.errors import PipelineError, StepFailed
from videojobs_ext.storage.errors import StorageFull
from videojobs_ext.video.errors import BadVideo


class JobFailed(Exception):
    """The job can't be completed; the message tells its user why and what to do."""

    def __init__(self, reason: FailureReason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class JobCancelled(Exception):
    """The job's user cancelled it."""


class WorkerStopping(Exception):
    """The worker was told to stop: the job goes back to the queue with all that is done of it."""


_REASONS: tuple[tuple[type[BaseException], FailureReason], ...] = (
    (StepFailed, FailureReason.ERROR),
    (PipelineError, FailureReason.ERROR),
    (BadVideo, FailureReason.BAD_VIDEO),
    (FileNotFoundError, FailureReason.MISSING_INPUT),
    (OutOfMemory, FailureReason.OUT_OF_MEMORY),
    (MemoryError, FailureReason.OUT_OF_MEMORY),
    (TaskTimeout, FailureReason.TIMEOUT),
    (ChildDied, FailureReason.CRASHED),
    (StorageFull, FailureReason.ERROR),
)


def failure_of(error: BaseException) -> JobFailed | None:
    """Return the failure that an error means to the job's user; None for an error of our own."""
    for kind, reason in _REASONS:
        if isinstance(error, kind):
            message = str(error) or "The analysis needed more memory than there is."
            return JobFailed(reason, message)
    return None
