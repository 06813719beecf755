"""The ordered steps of a pipeline over the rows of a whole job."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from videojobs_ext.pipelines.chunk_run import metadata_of, selected
from videojobs_ext.pipelines.errors import StepFailed
from videojobs_ext.pipelines.graph import Plan, PlannedStep
from videojobs_ext.rows.reader import FrameResult, RowsReader
from videojobs_ext.rows.schema import FrameRef, Observation
from videojobs_ext.rows.writer import RowBuffer
from videojobs_ext.steps.base import Placed, SequenceStep, VideoGeometry
from videojobs_ext.video.index import FrameIndex

#: A part of a sequence step is written out when it holds so many rows, to bound memory.
ROWS_A_PART = 50_000


def run_sequence(
    plan: Plan, planned: PlannedStep, index: FrameIndex, parts: Sequence[Path], folder: Path
) -> list[Path]:
    """Run one sequence step over the rows in ``parts``; returns the new parts, in ``folder``."""
    step = planned.build()
    assert isinstance(step, SequenceStep)  # noqa: S101 — the plan sorted them
    metadata = metadata_of(plan, index)
    buffer = RowBuffer(metadata)
    written: list[Path] = []
    geometry = VideoGeometry(index.width, index.height)
    for ref, observation in _placed(step, geometry, planned, _frames(plan, planned, index, parts)):
        try:
            buffer.add(planned.id, ref, observation)
        except (ValueError, TypeError, AttributeError) as error:
            reason = f"returned rubbish: {error}"
            raise StepFailed(planned.id, ref.frame_index, reason) from error
        if len(buffer) == ROWS_A_PART:
            written.append(_write(buffer, planned, folder, len(written)))
            buffer = RowBuffer(metadata)
    written.append(_write(buffer, planned, folder, len(written)))
    return written


def _frames(
    plan: Plan, planned: PlannedStep, index: FrameIndex, parts: Sequence[Path]
) -> Iterator[tuple[FrameRef, Mapping[str, Sequence[Observation]]]]:
    """Iterate over every sampled frame with what the needed steps said about it."""
    results = RowsReader(parts).frames()
    following = next(results, None)
    times = index.time
    for number in selected(plan, index).tolist():
        ref = FrameRef(number, int(index.pts[number]), float(times[number]))
        here: FrameResult | None = None
        if following is not None and following.frame_index == number:
            here, following = following, next(results, None)
        yield ref, {need: _said(here, need) for need in planned.needs}


def _said(result: FrameResult | None, step_id: str) -> list[Observation]:
    rows: list[dict[str, Any]] = [] if result is None else result.result.get(step_id, [])
    return [Observation(**row) for row in rows]


def _placed(
    step: SequenceStep[Any],
    geometry: VideoGeometry,
    planned: PlannedStep,
    frames: Iterable[tuple[FrameRef, Mapping[str, Sequence[Observation]]]],
) -> Iterator[Placed]:
    number = None
    try:
        step.begin(geometry)
        for ref, upstream in frames:
            number = ref.frame_index
            yield from step.process(ref, upstream)
        number = None
        yield from step.finish()
    except (MemoryError, GeneratorExit):
        raise
    except Exception as error:
        raise StepFailed(planned.id, number, f"{type(error).__name__}: {error}") from error


def _write(buffer: RowBuffer, planned: PlannedStep, folder: Path, number: int) -> Path:
    path = folder / f"part-{planned.id}-{number:05d}.parquet"
    buffer.write(path)
    return path
