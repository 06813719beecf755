"""One chunk through a step that needs to look closely only where something may be.

See docs/adr/0010-skim-before-looking.md. Positions count sampled frames over the whole video. A
*gap* (a, b] lies between two skimmed frames, which are those that others are predicted from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from videojobs_ext.pipelines.graph import PlannedStep
from videojobs_ext.pipelines.step_call import call, keep, observe
from videojobs_ext.rows.schema import FrameRef, Observation
from videojobs_ext.rows.writer import RowBuffer
from videojobs_ext.steps.base import SkimmingStep
from videojobs_ext.video.chunks import Chunk
from videojobs_ext.video.index import FrameIndex
from videojobs_ext.video.reader import Frame, FrameReader

#: Stretches with no more than so many frames between them are one, so that a longer silence
#: is never mistaken for a damaged frame.
JOINED = 1

#: Hears how many of the chunk's sampled frames are done; those done again are told again.
Tell = Callable[[int], None]


@dataclass
class _State:
    """Where a run stands between two frames; copied where a GOP may have to be read again.

    ``begin`` is the position at which ``step`` has begun, ``at`` the last one that it has seen,
    ``skimmed`` the last one shown to ``skimmer``. What a gap needs reaches up to ``needed``.
    """

    skimmer: SkimmingStep[Any]
    step: SkimmingStep[Any]
    begin: int
    at: int
    skimmed: int
    needed: int = -1


class SkimRun:
    """A skimming step over one chunk: the same rows wherever the video is cut.

    A GOP is skimmed: read without the pictures that no other is predicted from, save around
    keyframes, where encoders put cuts. When that shows a gap to be looked at elsewhere, or damage,
    the GOP is read again as a whole, and so are those after it, until one was calm. How it was read
    decides nothing: rows are kept after suspicious gaps alone, of frames that were seen in a row.
    """

    def __init__(
        self,
        planned: PlannedStep,
        index: FrameIndex,
        selection: NDArray[np.int64],
        chunk: Chunk,
        tell: Tell,
    ) -> None:
        skimmer, step = planned.build(), planned.build()
        assert isinstance(skimmer, SkimmingStep)  # noqa: S101 — the plan says so
        assert isinstance(step, SkimmingStep)  # noqa: S101
        self._planned = planned
        self._tell = tell
        self._follow = step.follow
        self._warmup = step.warmup
        self._total = len(selection)
        self._first, stop = np.searchsorted(selection, [chunk.first, chunk.stop]).tolist()
        own = self._first and self._first + planned.offset
        self._own = range(own, min(stop + planned.offset, self._total))
        # So far a later gap can still join the last stretch.
        end = min(self._own.stop + self._follow + JOINED, self._total)
        self._numbers = selection[:end]
        entries = index.entry[self._numbers[self._first :]]
        borders = (np.flatnonzero(np.diff(entries)) + self._first + 1).tolist()
        self._gops = list(zip([self._first, *borders], [*borders, end], strict=True))
        before = self._first - 1
        self._state = _State(skimmer, step, self._first, before, before)
        self._gaps: list[tuple[int, int]] = []
        self._rows: dict[int, tuple[FrameRef, Sequence[Observation]]] = {}

    def run(self, reader: FrameReader, buffer: RowBuffer) -> None:
        """Read the chunk's frames and keep the rows that are its own."""
        calm = True
        for start, stop in self._gops:
            calm = (calm and self._skim(reader, start, stop)) or self._look(reader, start, stop)
        last = self._state.skimmed
        if last < self._numbers.size - 1 and (
            self._numbers.size == self._total or self._numbers.size - last > self._follow
        ):
            self._gaps.append((last, self._numbers.size - 1))
        for position in self._looked_at():
            if position in self._rows and position in self._own:
                ref, observations = self._rows[position]
                for observation in observations:
                    keep(buffer, self._planned.id, ref, observation)

    def _skim(self, reader: FrameReader, start: int, stop: int) -> bool:
        """Skim a GOP; returns False, and nothing has happened, where that is not enough."""
        before, gaps, damaged = deepcopy(self._state), len(self._gaps), len(reader.damage)
        head = self._follow + 1 if start > self._first or start == 0 else 0
        # Whatever lies in the last gap before the next keyframe, the step has then seen enough.
        tail = self._warmup + self._follow - 1
        optional = self._numbers[start + head : max(start + head, stop - tail)]
        with closing(reader.read(self._numbers[start:stop], optional)) as frames:
            enough = all(
                self._take_skimmed(frame, stop - tail, reader.unreferenced) for frame in frames
            )
        if enough and len(reader.damage) == damaged and self._is_seen_to(stop):
            return True
        self._state = before
        del self._gaps[gaps:], reader.damage[damaged:]
        return False

    def _look(self, reader: FrameReader, start: int, stop: int) -> bool:
        """Read a GOP as a whole; returns whether to skim it would have been enough."""
        gaps = len(self._gaps)
        for frame in reader.read(self._numbers[start:stop]):
            position = self._position(frame)
            self._process(position, frame)
            if frame.number not in reader.unreferenced:
                self._judge(position, frame)
        return all(end <= start for _, end in self._gaps[gaps:])

    def _take_skimmed(self, frame: Frame, tail: int, unreferenced: set[int]) -> bool:
        """Take in a frame of a skimmed GOP; returns False where frames are missing for a gap."""
        state = self._state
        position = self._position(frame)
        if position == state.at + 1:
            self._process(position, frame)
        elif state.at < state.needed >= self._own.start:
            return False
        elif position >= tail:
            step = self._planned.build()
            assert isinstance(step, SkimmingStep)  # noqa: S101
            state.step, state.begin = step, position
            self._process(position, frame)
        if frame.number in unreferenced:
            return True
        gaps = len(self._gaps)
        self._judge(position, frame)
        return all(
            self._has(between) for a, b in self._gaps[gaps:] for between in range(a + 1, b + 1)
        )

    def _process(self, position: int, frame: Frame) -> None:
        state = self._state
        observations = observe(self._planned.id, state.step, frame, {})
        state.at = position
        if state.begin == 0 or position - state.begin >= self._warmup:
            ref = FrameRef(frame.number, frame.pts, frame.time)
            self._rows[position] = ref, observations

    def _judge(self, position: int, frame: Frame) -> None:
        """Skim a frame; note the gap before it where that must be looked at."""
        state = self._state
        suspicious = call(self._planned.id, state.skimmer.skim, frame)
        before, state.skimmed = state.skimmed, position
        if suspicious or position - before > self._follow or before < 0 < position:
            self._gaps.append((before, position))
            state.needed = position + self._follow

    def _has(self, position: int) -> bool:
        """Tell whether a row is there, or none can be in this chunk."""
        return position in self._rows or position < self._first + self._warmup

    def _is_seen_to(self, stop: int) -> bool:
        """Tell whether the end of a skimmed GOP holds no gap that is too wide and wasn't seen."""
        last = self._state.skimmed
        if stop - last <= self._follow and stop < self._total:
            return True
        return all(self._has(position) for position in range(last + 1, stop))

    def _looked_at(self) -> Iterator[int]:
        """Yield the positions whose rows are kept: in each suspicious gap, and what follows it."""
        done = 0
        for before, last in self._gaps:
            begin, end = max(before + 1, 0), min(last + self._follow + 1, self._total)
            if begin - done <= JOINED:
                begin = done
            if self._total - end <= JOINED:
                end = self._total
            yield from range(max(begin, done), end)
            done = max(done, end)

    def _position(self, frame: Frame) -> int:
        position = int(np.searchsorted(self._numbers, frame.number))
        self._tell(position - self._first + 1)
        return position
