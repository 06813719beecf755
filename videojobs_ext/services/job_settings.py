"""What a job was submitted with, as a form shows it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from videojobs_ext.jobs.store import JobStore
from videojobs_ext.pipelines.errors import PipelineError, UnknownPipeline
from videojobs_ext.pipelines.library import PipelineLibrary
from videojobs_ext.pipelines.spec import Pipeline, parse_pipeline
from videojobs_ext.services.submission import default_name
from videojobs_ext.video.sampling import Sampling
from videojobs_ext.worker.inputs import is_in_place


@dataclass(frozen=True)
class JobSettings:
    """The settings of a job; ``path`` is relative to the server's root where the video lies in it.

    ``name`` is empty where its user gave none; ``functions`` are the names of steps that were sent
    by value, which a form can't send again.
    """

    pipeline_id: str
    frame_stride: int | None
    max_frames: int | None
    params: Mapping[str, Any]
    name: str
    input_name: str
    path: str | None
    functions: tuple[str, ...]


def job_settings(
    store: JobStore, library: PipelineLibrary, root: Path, job_id: UUID
) -> JobSettings:
    """Return what a job was submitted with; raises UnknownJob. Blocks."""
    job = store.get(job_id)
    frozen = parse_pipeline(job.pipeline, source=f"job {job_id}")
    own = _sampling_of(library, frozen)
    stride, most = _changed(own, frozen.sampling)
    path = None
    if is_in_place(job):
        real = Path(job.input_path)
        inside = real.is_relative_to(root.resolve())
        path = real.relative_to(root.resolve()).as_posix() if inside else str(real)
    unnamed = job.name == default_name(job.input_name, frozen)
    return JobSettings(
        pipeline_id=job.pipeline_id,
        frame_stride=stride,
        max_frames=most,
        params=job.params,
        name="" if unnamed else job.name,
        input_name=job.input_name,
        path=path,
        functions=tuple(frozen.functions),
    )


def _sampling_of(library: PipelineLibrary, pipeline: Pipeline) -> Sampling:
    """Return the sampling that the pipeline has by itself, or none where it is gone."""
    try:
        return library.get(pipeline.id).pipeline.sampling
    except (UnknownPipeline, PipelineError):
        return Sampling()


def _changed(own: Sampling, used: Sampling) -> tuple[int | None, int | None]:
    """Return the stride and the most frames by which a submit changed a sampling."""
    same = (own.every, own.fps, own.keyframes) == (used.every, used.fps, used.keyframes)
    stride = None if same or used.fps is not None or used.keyframes else used.every
    most = None if own.max_frames == used.max_frames else used.max_frames
    return stride, most
