"""After the last chunk: the ordered steps, the artifacts, and results.json."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from videojobs_ext.artifacts.contact_sheet import write_contact_sheet
from videojobs_ext.artifacts.thumbnails import write_thumbnails
from videojobs_ext.pipelines.chunk_run import load_index, load_plan
from videojobs_ext.pipelines.graph import Plan
from videojobs_ext.pipelines.sequence_run import run_sequence
from videojobs_ext.rows.exports import EXPORTS, ExportContext
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.video.index import FrameIndex


@dataclass(frozen=True)
class FinishTask:
    """A job whose chunks are all done: ``parts`` are theirs, in order; files go to ``folder``."""

    pipeline: str
    job_id: str
    name: str
    created_at: datetime
    video: Path
    index: Path
    parts: tuple[Path, ...]
    folder: Path


@dataclass(frozen=True)
class Finished:
    """The files made, all in the task's folder, still to be put in their places."""

    sequence_parts: tuple[Path, ...]
    artifacts: tuple[Path, ...]
    results: Path


def finish(task: FinishTask) -> Finished:
    """Run the sequence steps in order, make the artifacts, write the results piece by piece.

    Raises StepFailed when a sequence step raises.
    """
    plan = load_plan(task.pipeline)
    index = load_index(task.index)
    parts = list(task.parts)
    for planned in plan.sequence_steps:
        parts += run_sequence(plan, planned, index, parts, task.folder)
    results = task.folder / "results.json"
    context = ExportContext(task.job_id, task.name, task.created_at, datetime.now(UTC))
    EXPORTS["json"].write(RowsReader(parts), results, context)
    return Finished(
        sequence_parts=tuple(parts[len(task.parts) :]),
        artifacts=tuple(_artifacts(plan, index, parts, task)),
        results=results,
    )


def _artifacts(
    plan: Plan, index: FrameIndex, parts: list[Path], task: FinishTask
) -> Iterator[Path]:
    outputs = plan.pipeline.outputs
    if outputs.contact_sheet:
        path = task.folder / "contact_sheet.jpg"
        write_contact_sheet(task.video, index, RowsReader(parts), path)
        yield path
    if outputs.thumbnails:
        yield from write_thumbnails(task.video, index, task.folder)
