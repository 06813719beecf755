"""Films made of a job's video and rows: rendered in pieces, in parallel, then joined."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from videojobs_ext.artifacts.annotated_video import ANNOTATED_VIDEO, Film, render_segment
from videojobs_ext.artifacts.clips import plan_clips
from videojobs_ext.artifacts.overlay import Overlay, Shape
from videojobs_ext.pipelines.graph import Plan
from videojobs_ext.pipelines.loading import load_index, load_plan
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.steps.zones import Zones
from videojobs_ext.video.chunks import Chunk, plan_chunks
from videojobs_ext.video.index import FrameIndex
from videojobs_ext.video.segments import join_segments


@dataclass(frozen=True)
class RenderTask:
    """One piece of a film: ``parts`` hold all rows of the job; the piece goes to ``segment``."""

    pipeline: str
    video: Path
    index: Path
    parts: tuple[Path, ...]
    chunk: Chunk
    segment: Path
    steps_dir: Path | None = None


@dataclass(frozen=True)
class JoinTask:
    """A film whose pieces are all there, in order; it goes to ``path``."""

    film: Film
    video: Path
    index: Path
    segments: tuple[Path, ...]
    path: Path


def plan_films(
    plan: Plan, index: FrameIndex, reader: RowsReader, chunk_seconds: float
) -> tuple[Film, ...]:
    """Return the films that a pipeline's outputs ask for."""
    outputs = plan.pipeline.outputs
    films: tuple[Film, ...] = ()
    if outputs.annotated_video:
        films += (Film(ANNOTATED_VIDEO, plan_chunks(index, chunk_seconds), None),)
    if outputs.clips is not None:
        clips = outputs.clips
        films += plan_clips(
            reader,
            index,
            label=clips.label,
            before=clips.before,
            after=clips.after,
            most=clips.max,
        )
    return films


def render_chunk(task: RenderTask) -> Path:
    """Render one piece; one that an earlier attempt has finished stays as it is."""
    if not task.segment.exists():
        plan = load_plan(task.pipeline, task.steps_dir)
        index = load_index(task.index)
        sampled = plan.pipeline.sampling.select(index)
        overlay = Overlay(RowsReader(task.parts), index, sampled, task.chunk)
        part = task.segment.with_suffix(".part")
        render_segment(task.video, index, task.chunk, overlay, _shapes(plan, index), part)
        part.replace(task.segment)
    return task.segment


def join(task: JoinTask) -> Path | None:
    """Join a film's pieces and remove them; returns None when no frame of it can be decoded."""
    index = load_index(task.index)
    joined = join_segments(task.segments, task.path, task.video, index, task.film.span)
    for segment in task.segments:
        segment.unlink()
    return task.path if joined else None


def _shapes(plan: Plan, index: FrameIndex) -> list[Shape]:
    """Return the areas and lines of the pipeline's ``zones`` steps, in pixels."""
    shapes = []
    for planned in plan.sequence_steps:
        step = planned.build()
        if isinstance(step, Zones):
            fraction = step.params.units == "fraction"
            across, down = (index.width, index.height) if fraction else (1, 1)
            for zones, closed in ((step.params.polygons, True), (step.params.lines, False)):
                for name, points in zones.items():
                    at = tuple((x * across, y * down) for x, y in points)
                    shapes.append(Shape(name, at, closed))
    return shapes
