"""Calls of a step's code: whatever it does wrong ends in StepFailed, naming step and frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from videojobs_ext.pipelines.errors import StepFailed
from videojobs_ext.rows.schema import FrameRef, Observation, as_stored, check_observation
from videojobs_ext.rows.writer import RowBuffer
from videojobs_ext.steps.base import FrameStep, Step, Upstream, WindowStep
from videojobs_ext.video.errors import BadVideo
from videojobs_ext.video.reader import Frame

T = TypeVar("T")


def observe(
    step_id: str, step: Step[Any], frame: Frame, upstream: Upstream
) -> Sequence[Observation]:
    """Return what a frame or window step says about a frame."""
    assert isinstance(step, FrameStep | WindowStep)  # noqa: S101 — sequence steps run later
    return call(step_id, lambda frame: list(step.process(frame, upstream)), frame)


def call(step_id: str, method: Callable[[Frame], T], frame: Frame) -> T:
    """Return what a method of a step returns for a frame."""
    try:
        return method(frame)
    except (BadVideo, MemoryError):
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise StepFailed(step_id, frame.number, reason) from error


def keep(buffer: RowBuffer, step_id: str, ref: FrameRef, observation: Observation) -> None:
    """Add a row to the buffer."""
    try:
        buffer.add(step_id, ref, observation)
    except (ValueError, TypeError, AttributeError) as error:
        raise StepFailed(step_id, ref.frame_index, f"returned rubbish: {error}") from error


def stored(step_id: str, ref: FrameRef, observation: Observation) -> Observation:
    """Return an observation as it will read back."""
    try:
        check_observation(observation)
        return as_stored(observation)
    except (ValueError, TypeError, AttributeError) as error:
        raise StepFailed(step_id, ref.frame_index, f"returned rubbish: {error}") from error
