"""One chunk of a video through the frame and window steps of a pipeline: the unit of work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from videojobs_ext.pipelines.counter import FrameCounter
from videojobs_ext.pipelines.errors import StepFailed
from videojobs_ext.pipelines.graph import Plan, PlannedStep, plan_pipeline
from videojobs_ext.pipelines.spec import parse_pipeline
from videojobs_ext.rows.schema import FrameRef, Observation, RowsMetadata
from videojobs_ext.rows.writer import RowBuffer
from videojobs_ext.steps.base import FrameStep, Step, WindowStep
from videojobs_ext.steps.registry import StepRegistry
from videojobs_ext.video.chunks import Chunk
from videojobs_ext.video.errors import BadVideo
from videojobs_ext.video.index import FrameIndex
from videojobs_ext.video.reader import Damage, Frame, FrameReader

#: A running chunk tells how far it is after so many frames.
COUNT_EVERY = 8


@dataclass(frozen=True)
class ChunkTask:
    """All that a child needs to run one chunk; paths are local files.

    ``pipeline`` is the frozen YAML. The rows go to ``part``, by temporary name and rename.
    """

    pipeline: str
    video: Path
    index: Path
    chunk: Chunk
    part: Path
    counter: Path | None = None


@dataclass(frozen=True)
class ChunkDone:
    """What came of a chunk: how many rows, and which frames could not be decoded."""

    chunk: Chunk
    rows: int
    damage: tuple[Damage, ...]


def run_chunk(task: ChunkTask) -> ChunkDone:
    """Decode a chunk once, run the pipeline's steps over it and write the rows as one part.

    Raises StepFailed for a step that raises or returns rubbish, BadVideo when the file can't be
    read at all. Damaged frames are no error: they are missing from the rows and told of.
    """
    plan = load_plan(task.pipeline)
    index = load_index(task.index)
    buffer = RowBuffer(metadata_of(plan, index))
    counter = None if task.counter is None else FrameCounter(task.counter)
    run = ChunkRun(plan, selected(plan, index), task.chunk)
    with FrameReader(task.video, index, coarse=plan.coarse) as reader:
        for done, frame in enumerate(reader.read(run.wanted), start=1):
            run.process(frame, buffer)
            if counter is not None and done % COUNT_EVERY == 0:
                counter.set(task.chunk.number, min(done, run.count))
        damage = _within(reader.damage, task.chunk)
    if counter is not None:
        counter.close()
    buffer.write(task.part, ((one.first, one.last, one.reason) for one in damage))
    return ChunkDone(task.chunk, len(buffer), damage)


class ChunkRun:
    """The steps of one chunk, and which of their rows belong to it.

    Positions count sampled frames over the whole video. With a chunk that owns the positions
    [a, b), a step whose offset is o makes rows for [a + o, b + o): it has then seen the o frames
    before each of them. In the first chunk the rows begin at 0, where nothing lies before. So a
    chunk decodes a few frames past its end (cheap: they start at a keyframe), not the whole GOP
    before its start.
    """

    def __init__(self, plan: Plan, selection: NDArray[np.int64], chunk: Chunk) -> None:
        self._steps = [(planned, planned.build()) for planned in plan.chunk_steps]
        first, stop = np.searchsorted(selection, [chunk.first, chunk.stop])
        self._first, self._stop = int(first), int(stop)
        self._positions = selection[: self._stop + plan.lookahead]
        #: The frames to decode, as sorted frame numbers.
        self.wanted = self._positions[self._first :]
        #: How many sampled frames the chunk owns.
        self.count = self._stop - self._first

    def process(self, frame: Frame, buffer: RowBuffer) -> None:
        """Run the steps over one decoded frame and keep the rows that are this chunk's."""
        position = int(np.searchsorted(self._positions, frame.number))
        ref = FrameRef(frame.number, frame.pts, frame.time)
        said: dict[str, Sequence[Observation]] = {}
        for planned, step in self._steps:
            if position >= self._stop + planned.reach:
                continue
            upstream = {need: said[need] for need in planned.needs}
            said[planned.id] = self._run(planned, step, frame, upstream)
            if self._owns(position, planned.offset):
                for observation in said[planned.id]:
                    self._add(buffer, planned.id, ref, observation)

    def _owns(self, position: int, offset: int) -> bool:
        begin = 0 if self._first == 0 else self._first + offset
        return begin <= position < self._stop + offset

    @staticmethod
    def _run(
        planned: PlannedStep,
        step: Step[Any],
        frame: Frame,
        upstream: Mapping[str, Sequence[Observation]],
    ) -> Sequence[Observation]:
        assert isinstance(step, FrameStep | WindowStep)  # noqa: S101 — sequence steps run later
        try:
            return list(step.process(frame, upstream))
        except (BadVideo, MemoryError):
            raise
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise StepFailed(planned.id, frame.number, reason) from error

    @staticmethod
    def _add(buffer: RowBuffer, step_id: str, ref: FrameRef, observation: Observation) -> None:
        try:
            buffer.add(step_id, ref, observation)
        except (ValueError, TypeError, AttributeError) as error:
            raise StepFailed(step_id, ref.frame_index, f"returned rubbish: {error}") from error


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
        fingerprint=plan.fingerprint,
        steps=plan.order,
    )


@lru_cache(maxsize=4)
def load_plan(pipeline: str) -> Plan:
    """Return the plan of a frozen pipeline; kept, since a warm child runs many of its chunks."""
    return plan_pipeline(parse_pipeline(pipeline), registry())


@lru_cache(maxsize=1)
def registry() -> StepRegistry:
    """Return this process's steps."""
    return StepRegistry()


@lru_cache(maxsize=2)
def load_index(path: Path) -> FrameIndex:
    """Return a saved frame index; kept for the next chunk of the same job."""
    return FrameIndex.load(path)


def _within(damage: Sequence[Damage], chunk: Chunk) -> tuple[Damage, ...]:
    """Return the damage that is the chunk's own, not of the frames that it only looks ahead at."""
    return tuple(_clipped(damage, chunk))


def _clipped(damage: Sequence[Damage], chunk: Chunk) -> Iterator[Damage]:
    for one in damage:
        first, last = max(one.first, chunk.first), min(one.last, chunk.stop - 1)
        if first <= last:
            yield Damage(first, last, one.reason)
