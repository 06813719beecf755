"""One chunk of a video through the frame and window steps of a pipeline: the unit of work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from videojobs_ext.artifacts.snapshots import SnapshotReader
from videojobs_ext.pipelines.counter import FrameCounter
from videojobs_ext.pipelines.graph import Plan, PlannedStep
from videojobs_ext.pipelines.loading import load_index, load_plan
from videojobs_ext.pipelines.skim_run import SkimRun
from videojobs_ext.pipelines.step_call import keep, observe, stored
from videojobs_ext.rows.reader import RowsReader
from videojobs_ext.rows.schema import FrameRef, Observation, RowsMetadata
from videojobs_ext.rows.writer import Place, RowBuffer
from videojobs_ext.steps.base import VideoGeometry
from videojobs_ext.video.chunks import Chunk
from videojobs_ext.video.index import FrameIndex
from videojobs_ext.video.reader import Frame

#: A running chunk tells how far it is after so many frames.
COUNT_EVERY = 8


@dataclass(frozen=True)
class ChunkTask:
    """All that a child needs to run one chunk; paths are local files.

    ``pipeline`` is the frozen YAML. The rows go to ``part``, by temporary name and rename.
    ``known`` are files with the rows of steps that were computed before, over the same chunk;
    those of the steps that are computed now go to ``keep`` as well, for next time. Pictures of
    keyframes that are decoded on the way are left in ``snapshots``, for whoever makes the stills.
    """

    pipeline: str
    video: Path
    index: Path
    chunk: Chunk
    part: Path
    counter: Path | None = None
    steps_dir: Path | None = None
    known: Mapping[str, Path] = field(default_factory=dict)
    keep: Mapping[str, Path] = field(default_factory=dict)
    snapshots: Path | None = None


@dataclass(frozen=True)
class ChunkDone:
    """What came of a chunk: how many rows, and which steps were computed (not known before)."""

    chunk: Chunk
    rows: int
    computed: tuple[str, ...]


def warm_up(_: None) -> None:
    """Do nothing: to be asked for it, a child has imported what a chunk needs."""


def run_chunk(task: ChunkTask) -> ChunkDone:
    """Decode a chunk once, run the pipeline's steps over it and write the rows as one part.

    Nothing is decoded when all rows are known. Raises StepFailed for a step that raises or returns
    rubbish, BadVideo when the file can't be read at all. Damaged frames are no error: they are
    missing from the rows, and the part's metadata tells of them.
    """
    plan = load_plan(task.pipeline, task.steps_dir)
    index = load_index(task.index)
    known = {step_id: KnownRows.read(path) for step_id, path in task.known.items()}
    run = ChunkRun(plan, selected(plan, index), task.chunk, known)
    buffer = RowBuffer(metadata_of(plan, index))
    run.add_known(buffer)
    damage = {place for rows in run.used.values() for place in rows.damage}
    if run.active:
        damage.update(_decode(task, plan, index, run, buffer))
    buffer.write(task.part, sorted(damage))
    for step_id in run.computed:
        if step_id in task.keep:
            buffer.write_step(step_id, task.keep[step_id], sorted(damage))
    return ChunkDone(task.chunk, len(buffer), run.computed)


def _decode(
    task: ChunkTask, plan: Plan, index: FrameIndex, run: ChunkRun, buffer: RowBuffer
) -> Iterator[Place]:
    """Run the steps over the chunk's frames; yields the frames of the chunk that were damaged."""
    loop_filter = plan.loop_filter(VideoGeometry(index.width, index.height))
    with (
        SnapshotReader(task.video, index, loop_filter=loop_filter) as reader,
        Told(task, run.count) as told,
    ):
        if plan.skimming is not None:
            skim = SkimRun(plan.skimming, index, selected(plan, index), task.chunk, told)
            skim.run(reader, buffer)
        else:
            for done, frame in enumerate(reader.read(run.wanted), start=1):
                run.process(frame, buffer)
                told(done)
        if task.snapshots is not None:
            reader.save(task.snapshots)
        for damage in reader.damage:
            # What the chunk only looks ahead at is told of by the chunk that owns it.
            first = max(damage.first, task.chunk.first)
            last = min(damage.last, task.chunk.stop - 1)
            if first <= last:
                yield first, last, damage.reason


class Told:
    """Tells how many of its frames a chunk has done, now and then; a context manager."""

    def __init__(self, task: ChunkTask, count: int) -> None:
        self._slot, self._count = task.chunk.number, count
        self._counter = None if task.counter is None else FrameCounter(task.counter)
        self._next = COUNT_EVERY

    def __call__(self, done: int) -> None:
        """Take in how many frames are done; the chunk may look at some past its end."""
        if self._counter is not None and done >= self._next:
            self._counter.set(self._slot, min(done, self._count))
            self._next = done + COUNT_EVERY

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._counter is not None:
            self._counter.close()


class ChunkRun:
    """The steps of one chunk, and which of their rows belong to it.

    Positions count sampled frames over the whole video. With a chunk that owns the positions
    [a, b), a step whose offset is o makes rows for [a + o, b + o): it has then seen the o frames
    before each of them. In the first chunk the rows begin at 0, where nothing lies before. So a
    chunk decodes a few frames past its end (cheap: they start at a keyframe), not the whole GOP
    before its start.

    A step whose rows are known is not run, unless a step that is run needs it on frames past its
    own rows: then a stateless one is run on just these, and any other anew.
    """

    def __init__(
        self,
        plan: Plan,
        selection: NDArray[np.int64],
        chunk: Chunk,
        known: Mapping[str, KnownRows],
    ) -> None:
        #: How far past the chunk each step that is run must be run.
        self.active = _active(plan, known)
        #: The known rows that are taken.
        self.used = {
            step.id: known[step.id]
            for step in plan.chunk_steps
            if step.id in known and (step.id not in self.active or _is_stateless(plan, step))
        }
        #: The steps whose rows are made here.
        self.computed = tuple(step.id for step in plan.chunk_steps if step.id not in self.used)
        self._steps = [(planned, planned.build()) for planned in plan.chunk_steps]
        self._needed = {need for step in plan.chunk_steps for need in step.needs}
        first, stop = np.searchsorted(selection, [chunk.first, chunk.stop])
        self._first, self._stop = int(first), int(stop)
        self._positions = selection[: self._stop + max(self.active.values(), default=0)]
        #: The frames to decode, as sorted frame numbers.
        self.wanted = self._positions[self._first :]
        #: How many sampled frames the chunk owns.
        self.count = self._stop - self._first

    def add_known(self, buffer: RowBuffer) -> None:
        """Add the rows that need not be computed."""
        for step_id, rows in self.used.items():
            for ref, observation in rows:
                buffer.add(step_id, ref, observation)

    def process(self, frame: Frame, buffer: RowBuffer) -> None:
        """Run the steps over one decoded frame and keep the rows that are this chunk's."""
        position = int(np.searchsorted(self._positions, frame.number))
        ref = FrameRef(frame.number, frame.pts, frame.time)
        said: dict[str, Sequence[Observation]] = {}
        for planned, step in self._steps:
            past = position - self._stop
            if planned.id in self.used and past < planned.offset:
                said[planned.id] = self.used[planned.id].on(frame.number)
            elif past < self.active.get(planned.id, 0):
                upstream = {need: said[need] for need in planned.needs}
                observations = observe(planned.id, step, frame, upstream)
                if self._owns(position, planned.offset):
                    for observation in observations:
                        keep(buffer, planned.id, ref, observation)
                if planned.id in self._needed:
                    observations = [stored(planned.id, ref, one) for one in observations]
                said[planned.id] = observations

    def _owns(self, position: int, offset: int) -> bool:
        begin = 0 if self._first == 0 else self._first + offset
        return begin <= position < self._stop + offset


@dataclass(frozen=True)
class KnownRows:
    """The rows of one step over one chunk, from the cache; ``damage`` as in a part's metadata."""

    frames: Mapping[int, tuple[FrameRef, Sequence[Observation]]]
    damage: tuple[Place, ...]

    @classmethod
    def read(cls, path: Path) -> KnownRows:
        """Read the rows of a file that holds one step's, whatever it was called there."""
        frames = {
            result.frame_index: (
                FrameRef(result.frame_index, result.pts, result.time),
                [Observation(**row) for rows in result.result.values() for row in rows],
            )
            for result in RowsReader([path]).frames()
        }
        return cls(frames, RowsMetadata.read(path).damage)

    def __iter__(self) -> Iterator[tuple[FrameRef, Observation]]:
        """Iterate over the rows in order."""
        for ref, observations in self.frames.values():
            for observation in observations:
                yield ref, observation

    def on(self, number: int) -> Sequence[Observation]:
        """Return what was said about one frame."""
        return self.frames[number][1] if number in self.frames else ()


def _active(plan: Plan, known: Mapping[str, object]) -> dict[str, int]:
    """Return the steps that must be run, and how many frames past the chunk."""
    active: dict[str, int] = {}
    for step in reversed(plan.chunk_steps):
        below = [active[o.id] for o in plan.chunk_steps if o.id in active and step.id in o.needs]
        reach = max(below, default=0)
        if step.id not in known:
            active[step.id] = max(step.offset, reach)
        elif reach > step.offset:
            active[step.id] = reach
    return active


def _is_stateless(plan: Plan, step: PlannedStep) -> bool:
    """Tell whether a step can be run on any frame by itself, with all that it needs."""
    by_id = {other.id: other for other in plan.chunk_steps}
    return step.kind == "frame" and all(_is_stateless(plan, by_id[need]) for need in step.needs)


def selected(plan: Plan, index: FrameIndex) -> NDArray[np.int64]:
    """Return the frame numbers that the pipeline's sampling wants, over the whole video."""
    return plan.pipeline.sampling.select(index)


def metadata_of(plan: Plan, index: FrameIndex) -> RowsMetadata:
    """Return the metadata that every part of a job carries."""
    return RowsMetadata(
        time_base=f"{index.time_base.numerator}/{index.time_base.denominator}",
        width=index.width,
        height=index.height,
        rotation=index.rotation,
        fingerprint=plan.fingerprint(VideoGeometry(index.width, index.height)),
        steps=plan.order,
    )
