"""Looks at videos, pipelines and steps in a child process: nothing of theirs runs in the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from videojobs_ext.engines.errors import ChildDied, EngineError
from videojobs_ext.engines.local import LocalEngine
from videojobs_ext.pipelines.errors import PipelineError
from videojobs_ext.pipelines.inspection import (
    InspectTask,
    PlanSummary,
    StepDescription,
    describe_steps,
    inspect_pipeline,
)
from videojobs_ext.services.video_counts import CountTask, VideoCounts, count
from videojobs_ext.steps.registry import stamp
from videojobs_ext.video.errors import BadVideo
from videojobs_ext.video.probe import VideoInfo, probe
from videojobs_ext.video.sampling import Sampling

#: No sound file's header, and no sound step's module, takes longer to read, in seconds.
TIMEOUT = 30.0

#: How many pipelines are remembered as checked, and how many videos as counted.
REMEMBERED = 128

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class ProbeTask:
    """Which file to look at, and what is too large."""

    path: Path
    max_pixels: int | None
    max_duration: float | None


class Inspector:
    """One warm child of its own, so that a look never waits for a chunk; for any thread.

    ``steps_dir`` holds the user's own steps, whose files are run in the child alone.
    """

    def __init__(
        self,
        *,
        steps_dir: Path | None = None,
        max_pixels: int | None = None,
        max_duration: float | None = None,
        memory_limit: int | None = None,
    ) -> None:
        self._steps_dir = steps_dir
        self._max_pixels = max_pixels
        self._max_duration = max_duration
        self._engine = LocalEngine(1, memory_limit=memory_limit)
        # Errors are not remembered. What is asked for twice at once is looked at twice.
        self._inspected = lru_cache(REMEMBERED)(self._inspect_anew)
        self._counted = lru_cache(REMEMBERED)(self._count_anew)

    def probe(self, path: Path) -> VideoInfo:
        """Return what the file is; raises BadVideo (VideoTooLarge) in the file's own words."""
        return self._look_at(run_probe, ProbeTask(path, self._max_pixels, self._max_duration))

    def count(self, path: Path, sampling: Sampling) -> VideoCounts:
        """Return how many frames of the file a sampling wants; raises as ``probe`` does.

        Asked again of an unchanged file, it remembers.
        """
        status = path.stat()
        return self._counted(path, sampling, (status.st_mtime_ns, status.st_size))

    def _count_anew(self, path: Path, sampling: Sampling, state: tuple[int, int]) -> VideoCounts:
        del state  # a part of the question
        task = CountTask(path, sampling, self._max_pixels, self._max_duration)
        return self._look_at(count, task)

    def _look_at(self, function: Callable[[T], R], task: T) -> R:
        """Run a look at a file; a child that it kills is the file's fault."""
        try:
            return self._look(function, task)
        except ChildDied:
            raise BadVideo(
                "Reading the file crashed the decoder: it is damaged, or made to do harm."
            ) from None
        except EngineError as error:
            raise BadVideo(f"The file can't be read as a video: {error}") from None

    def inspect(self, task: InspectTask) -> PlanSummary:
        """Return what a pipeline is once planned; raises PipelineError."""
        return self._inspected(replace(task, steps_dir=self._steps_dir), stamp(self._steps_dir))

    def _inspect_anew(self, task: InspectTask, files: object) -> PlanSummary:
        del files  # the user's own steps as they are: a part of the question
        try:
            return self._look(inspect_pipeline, task)
        except EngineError as error:
            raise PipelineError(
                f"loading its steps ended the process: {error}", source=task.source
            ) from None

    def steps(self) -> tuple[StepDescription, ...]:
        """Return all steps that pipelines can use, those with a problem too."""
        return self._look(describe_steps, self._steps_dir)

    def stop(self) -> None:
        """End the child."""
        self._engine.stop()

    def _look(self, function: Callable[[T], R], task: T) -> R:
        return self._engine.submit(function, task, timeout=TIMEOUT).result()


def run_probe(task: ProbeTask) -> VideoInfo:
    """Probe one file; runs in the child."""
    return probe(task.path, max_pixels=task.max_pixels, max_duration=task.max_duration)
