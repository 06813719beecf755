"""Scene cuts: the first frame of each new shot."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field

from videojobs_ext.rows.schema import FrameRef, Observation
from videojobs_ext.steps.base import Params, Placed, SequenceStep, Upstream
from videojobs_ext.steps.content import MEMORY

#: More sampled frames in a row without a row were not looked at, since nothing changes there; so
#: many are bridged as damaged.
BRIDGED = 1

#: So many sampled frames on each side are compared even when sampling is sparser than min_shot.
NEAREST = 2

#: Where sampled frames are further apart (seconds), a flash is on one or two of them, and its
#: coming and going outweigh each other; looking further would only take short shots for flashes.
SPARSE = 0.1


class SceneCutsParams(Params):
    """Parameters of ``scene_cuts``."""

    min_change: float = Field(
        0.025, ge=0, le=1, description="Least lasting change of a cut, as a fraction of all levels."
    )
    min_ratio: float = Field(
        2.2, ge=1, le=100, description="How many times the changes around it a cut must be."
    )
    min_shot: float = Field(
        0.3, ge=0, le=10, description="Seconds around a cut in which there is no other cut."
    )


@dataclass(slots=True)
class _Seen:
    ref: FrameRef
    gap: float
    change: float
    change_from_far: float
    change_over_span: float
    lasting: float = 0.0


class SceneCuts(SequenceStep[SceneCutsParams]):
    """Hard cuts, from the rows of ``content``.

    Rows: ``label: cut`` on the first frame of each new shot (the video's first frame is none),
    ``value`` the lasting change (0 to 1), ``score`` how far it stands out (0: as much as the
    strongest change around it, 1: nothing else changes).

    The rule. The *lasting change* at frame n is the least of four differences: n or n + MEMORY from
    n - 1 or n - 1 - MEMORY. A flash changes some but not all of them, since the picture comes back,
    and seen from before and after all of it nothing has happened; with sparse sampling it is the
    difference from n - 1 alone. A cut is where the lasting change is at least ``min_change``
    (noise; a large thing that jumps) and ``min_ratio`` times every other one within ``min_shot`` (a
    pan, shaking or stuttering changes many frames about equally, a cut one). Measured on bikes.mp4:
    the weakest cut, in a fast pan, stands out 2.7-fold, nothing else 1.7-fold; one dropped frame in
    steady motion doubles a change, hence 2.2. On made clips: docs/accuracy.md.

    Where ``content`` has a floor, frames without rows count as without change.

    Cost: 0.01 ms a frame. Limits: dissolves and fades are no cuts; a shot shorter than
    ``min_shot`` goes unseen, and a flash longer than MEMORY frames (5) looks like a shot.
    """

    name: ClassVar[str] = "scene_cuts"
    title: ClassVar[str] = "Scene cuts"
    Params = SceneCutsParams
    needs_upstream: ClassVar[bool] = True

    def __init__(self, params: SceneCutsParams) -> None:
        super().__init__(params)
        #: Frames whose lasting change isn't known yet: the last MEMORY.
        self._fresh: deque[_Seen] = deque()
        #: Frames that may still be cuts, or stand within min_shot of such.
        self._around: deque[_Seen] = deque()
        #: Position in ``_around`` of the first frame that isn't judged yet.
        self._next = 0
        self._last_time: float | None = None
        #: Sampled frames since the last one with a row.
        self._silent = 0

    def process(self, ref: FrameRef, upstream: Upstream) -> Iterator[Placed]:
        """Yield the cuts that have become sure with this frame."""
        gap = 0.0 if self._last_time is None else ref.time - self._last_time
        self._last_time = ref.time
        seen = _seen(ref, gap, upstream)
        if seen is None:
            self._silent += 1
            if self._silent > BRIDGED:
                self._drop()
            return
        self._silent = 0
        self._fresh.append(seen)
        if len(self._fresh) > MEMORY:
            self._settle(seen)
            while self._next < len(self._around) and self._surrounded():
                yield from self._judge()

    def finish(self) -> Iterator[Placed]:
        """Yield the cuts among the last frames, for which the last one stands in as later."""
        while self._fresh:
            self._settle(self._fresh[-1])
        while self._next < len(self._around):
            yield from self._judge()

    def _drop(self) -> None:
        """Take the last frames of a stretch for no cuts: they were only there to judge others."""
        self._around.extend(self._fresh)
        self._fresh.clear()

    def _settle(self, later: _Seen) -> None:
        seen = self._fresh.popleft()
        seen.lasting = seen.change
        if seen.gap <= SPARSE:
            around = (seen.change_from_far, later.change_from_far, later.change_over_span)
            seen.lasting = min(seen.change, *around)
        self._around.append(seen)

    def _surrounded(self) -> bool:
        """Tell whether all that must be compared with the next frame is there."""
        end = self._around[self._next].ref.time + self.params.min_shot
        return self._around[-1].ref.time > end and len(self._around) > self._next + NEAREST

    def _judge(self) -> Iterator[Placed]:
        here = self._around[self._next]
        begin, end = here.ref.time - self.params.min_shot, here.ref.time + self.params.min_shot
        while self._next > NEAREST and self._around[0].ref.time < begin:
            self._around.popleft()
            self._next -= 1
        strongest = max(
            (
                seen.lasting
                for at, seen in enumerate(self._around)
                if seen is not here
                and (begin <= seen.ref.time <= end or abs(at - self._next) <= NEAREST)
            ),
            default=0.0,
        )
        self._next += 1
        least = max(self.params.min_change, self.params.min_ratio * strongest)
        if here.lasting >= least and here.lasting > 0:
            score = 1 - strongest / here.lasting
            yield here.ref, Observation(label="cut", score=score, value=here.lasting)


def _seen(ref: FrameRef, gap: float, upstream: Upstream) -> _Seen | None:
    for rows in upstream.values():
        for row in rows:
            span = (row.attrs or {}).get("span")
            if row.value is not None and row.score is not None and span is not None:
                return _Seen(ref, gap, row.value, row.score, span)
    return None
