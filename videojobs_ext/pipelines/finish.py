"""After the last chunk: the ordered steps, the artifacts, and results.json."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from videojobs_ext.artifacts.annotated_video import Film
from videojobs_ext.artifacts.contact_sheet import ContactSheet
from videojobs_ext.artifacts.poster import POSTER, Poster
from videojobs_ext.artifacts.snapshots import load_snapshots
from videojobs_ext.artifacts.stills import Still, write_stills
from videojobs_ext.artifacts.thumbnails import Thumbnails
from videojobs_ext.artifacts.timeline import TIMELINE, write_timeline
from videojobs_ext.pipelines.graph import Plan
from videojobs_ext.pipelines.loading import load_index, load_plan
from videojobs_ext.pipelines.rendering import plan_films
from videojobs_ext.pipelines.sequence_run import run_sequence
from videojobs_ext.rows.exports import EXPORTS, ExportContext
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.video.index import FrameIndex


@dataclass(frozen=True)
class FinishTask:
    """A job whose chunks are all done: ``parts`` are theirs, in order; files go to ``folder``.

    ``snapshots`` are files that the chunks may have left (see ``artifacts.snapshots``), ``threads``
    says how many processors there are to do it with.
    """

    pipeline: str
    job_id: str
    name: str
    created_at: datetime
    video: Path
    index: Path
    parts: tuple[Path, ...]
    folder: Path
    chunk_seconds: float
    steps_dir: Path | None = None
    snapshots: tuple[Path, ...] = ()
    threads: int = 1


@dataclass(frozen=True)
class Finished:
    """The files made, all in the task's folder, still to be put in their places.

    ``films`` are to be rendered from the rows, once all of these are in their places.
    """

    sequence_parts: tuple[Path, ...]
    artifacts: tuple[Path, ...]
    poster: Path | None
    results: Path
    films: tuple[Film, ...]


def finish(task: FinishTask) -> Finished:
    """Run the sequence steps in order, make the artifacts, write the results piece by piece.

    Raises StepFailed when a sequence step raises.
    """
    plan = load_plan(task.pipeline, task.steps_dir)
    index = load_index(task.index)
    parts = list(task.parts)
    for planned in plan.sequence_steps:
        parts += run_sequence(plan, planned, index, parts, task.folder)
    results = task.folder / "results.json"
    context = ExportContext(task.job_id, task.name, task.created_at, datetime.now(UTC))
    with ThreadPoolExecutor(1) as aside:
        # Decoding is FFmpeg's, which leaves Python to the results.
        making = aside.submit(_artifacts, plan, index, parts, task)
        EXPORTS["json"].write(RowsReader(parts), results, context)
        artifacts = making.result()
    return Finished(
        sequence_parts=tuple(parts[len(task.parts) :]),
        artifacts=tuple(path for path in artifacts if path.name != POSTER),
        poster=next((path for path in artifacts if path.name == POSTER), None),
        results=results,
        films=plan_films(plan, index, RowsReader(parts), task.chunk_seconds),
    )


def _artifacts(plan: Plan, index: FrameIndex, parts: list[Path], task: FinishTask) -> list[Path]:
    """Make the poster that every job has, and the pictures that the pipeline asks for."""
    outputs = plan.pipeline.outputs
    stills: list[Still] = [Poster(index)]
    if outputs.contact_sheet:
        stills.append(ContactSheet(index, RowsReader(parts)))
    if outputs.thumbnails:
        stills.append(Thumbnails(index))
    snapshots = load_snapshots(task.snapshots)
    paths = write_stills(
        task.video, index, stills, task.folder, snapshots=snapshots, threads=task.threads
    )
    if outputs.timeline:
        paths.append(task.folder / TIMELINE)
        write_timeline(index, RowsReader(parts), paths[-1])
    return paths
