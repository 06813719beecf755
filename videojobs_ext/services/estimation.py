"""What a job would cost, told before it is submitted."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from videojobs_ext.jobs.model import Job, JobStatus
from videojobs_ext.jobs.store import JobFilter, JobStore
from videojobs_ext.pipelines.errors import PipelineError
from videojobs_ext.pipelines.spec import Pipeline, parse_pipeline
from videojobs_ext.services.inspector import Inspector
from videojobs_ext.services.submission import SubmissionService, SubmitRequest, VideoSource
from videojobs_ext.services.video_counts import VideoCounts
from videojobs_ext.video.sampling import Sampling

#: So many of the newest jobs of a pipeline are looked at.
RECENT = 20


@dataclass(frozen=True)
class Duration:
    """How long a job may take, in seconds, going by ``jobs`` earlier ones of its pipeline.

    ``alike``: they had the same steps, parameters and rhythm of sampling, on whatever videos.
    """

    least: float
    most: float
    jobs: int
    alike: bool


@dataclass(frozen=True)
class Estimate:
    """What a job would look at, and how long that may take; None where no earlier job tells."""

    name: str
    counts: VideoCounts
    duration: Duration | None


@dataclass(frozen=True)
class _Past:
    """An earlier job: the seconds that each of its sampled frames took."""

    pipeline: Pipeline
    per_frame: float


class EstimationService:
    """Estimates jobs; its method may be called from any thread, and blocks."""

    def __init__(
        self, store: JobStore, submissions: SubmissionService, inspector: Inspector
    ) -> None:
        self._store = store
        self._submissions = submissions
        self._inspector = inspector

    def estimate(self, source: VideoSource, request: SubmitRequest, person: str) -> Estimate:
        """Return what a submit of the same would cost; raises what that would raise."""
        pipeline = self._submissions.plan(request)
        with self._submissions.looking(source, person) as video:
            counts = self._inspector.count(video.path, pipeline.sampling)
        past = list(self._past(request.pipeline_id))
        return Estimate(video.name, counts, _duration(pipeline, counts, past))

    def _past(self, pipeline_id: str) -> Iterator[_Past]:
        wanted = JobFilter(status={JobStatus.COMPLETED}, pipeline_id=pipeline_id)
        for job in self._store.list(wanted, sort="-updated_at", limit=RECENT).jobs:
            with contextlib.suppress(PipelineError):
                took = _took(job)
                if took is not None and job.frames_total:
                    yield _Past(parse_pipeline(job.pipeline), took / job.frames_total)


def _took(job: Job) -> float | None:
    """Return the seconds of a job that did all of its work, in one go; None for any other."""
    if job.attempt != 1 or job.fps is None or job.started_at is None or job.finished_at is None:
        return None
    return (job.finished_at - job.started_at) / timedelta(seconds=1)


def _duration(pipeline: Pipeline, counts: VideoCounts, past: list[_Past]) -> Duration | None:
    if counts.sampled is None or not past:
        return None
    wanted = _essence(pipeline)
    alike = [one.per_frame for one in past if _essence(one.pipeline) == wanted]
    if alike:
        return Duration(
            counts.sampled * min(alike), counts.sampled * max(alike), len(alike), alike=True
        )
    bounds = [
        bound
        for one in past
        for bound in _bounds(pipeline.sampling, one.pipeline.sampling, one.per_frame)
    ]
    if not bounds:
        return None
    return Duration(
        counts.sampled * min(bounds), counts.sampled * max(bounds), len(past), alike=False
    )


def _essence(pipeline: Pipeline) -> Pipeline:
    """Return what decides the cost of a frame: all but how many of them there are."""
    rhythm = pipeline.sampling.model_copy(update={"ranges": None, "max_frames": None})
    return pipeline.model_copy(
        update={"id": "any", "title": "", "description": "", "sampling": rhythm}
    )


def _bounds(wanted: Sampling, past: Sampling, per_frame: float) -> tuple[float, ...]:
    """Return bounds of the seconds for each sampled frame, from a job of another rhythm.

    Of what a sampled frame takes, decoding grows with its distance to the next and analysis does
    not; how the two share a job's time is not known.
    """
    if _rhythm(wanted) == _rhythm(past):
        return (per_frame,)
    if wanted.fps is not None and past.fps is not None:
        return (per_frame, per_frame * past.fps / wanted.fps)
    both_every = wanted.fps is None and past.fps is None
    if both_every and not (wanted.keyframes or past.keyframes):
        return (per_frame, per_frame * wanted.every / past.every)
    return ()


def _rhythm(sampling: Sampling) -> tuple[int, float | None, bool]:
    return sampling.every, sampling.fps, sampling.keyframes
