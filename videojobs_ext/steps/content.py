"""Content: how much the picture as a whole differs from those before it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from videojobs_ext.rows.schema import Observation
from videojobs_ext.steps.base import Params, SkimmingStep, Upstream, VideoGeometry
from videojobs_ext.video.loop_filter import LoopFilter
from videojobs_ext.video.reader import Frame

#: The score looks back to the frame so many before the previous one. A flash is mostly 1 to 3
#: frames long, so this is the longest that is told from a cut.
MEMORY = 5

#: What goes furthest back: from MEMORY frames after a change to MEMORY frames before it.
SPAN = 2 * MEMORY + 1

#: Longer side of the pictures compared, in pixels: so small that a moving thing or noise counts
#: little, and a new view much. Measured on bikes.mp4: the weakest cut stands out 2.6-fold from
#: the motion around it at 16 pixels, 2.5 at 32, 2.4 at 128.
SIDE = 32

#: Scaled in two goes, by way of the size that ``quality`` asks for too, so that it is made once;
#: a quarter of 1080p, which halving makes fast.
SHARED_SIDE = 480


class ContentParams(Params):
    """Parameters of ``content``."""

    floor: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Change below which frames need no look, and have no row; 0: all have one.",
    )


class Content(SkimmingStep[ContentParams]):
    """The change of the picture from frame to frame, from which ``scene_cuts`` finds the cuts.

    Rows: one a frame. ``value``: the mean absolute difference of luma from the sampled frame
    before, at 32 pixels, as a fraction (0 to 1) of the 255 levels. ``score``: the same against the
    frame ``MEMORY`` before that one, which stays small where the picture comes back, and
    ``attrs.span`` against the frame ``SPAN`` before this one. All are 0 on the first frame; near
    the start the first frame stands in for those before it.

    With a ``floor``, frames that nothing is predicted from (about half in H.264 with B-frames) are
    not even decoded where the picture changes by less from one of the others to the next; then
    rows stand only around changes, where every frame was looked at. ``scene_cuts`` finds the same
    cuts as long as the floor is at most its ``min_change`` / ``min_ratio``.

    Cost: 0.04 ms a frame beyond the small luma picture (0.12 at 1080p). Limits: two pictures of the
    same luma everywhere look the same, whatever their colours.
    """

    name: ClassVar[str] = "content"
    title: ClassVar[str] = "Change of content"
    Params = ContentParams
    version: ClassVar[int] = 3
    follow: ClassVar[int] = MEMORY

    def __init__(self, params: ContentParams) -> None:
        super().__init__(params)
        self._before: deque[NDArray[np.uint8]] = deque(maxlen=SPAN)

    @classmethod
    def loop_filter(cls, params: ContentParams, video: VideoGeometry) -> LoopFilter:  # noqa: ARG003
        """In keyframes alone: means over 1/32 of a picture hardly feel its blocks' borders."""
        return LoopFilter.KEYFRAMES

    @classmethod
    def skims(cls, params: ContentParams) -> bool:
        """Whether the user has set a floor."""
        return params.floor > 0

    @property
    def warmup(self) -> int:
        """Return how many frames are looked back: SPAN, and one to know that a look is needed."""
        return SPAN + 1 if self.params.floor else SPAN

    def skim(self, frame: Frame) -> bool:
        """Tell whether the picture differs from the one skimmed before by ``floor`` or more."""
        small = _shrunk(frame.luma(SHARED_SIDE))
        changed = bool(self._before) and _difference(small, self._before[-1]) >= self.params.floor
        self._before.append(small)
        return changed

    def process(self, frame: Frame, upstream: Upstream) -> Iterator[Observation]:  # noqa: ARG002
        """Yield the frame's difference from the one before, and from further back."""
        small = _shrunk(frame.luma(SHARED_SIDE))
        changes = [
            _difference(small, self._before[max(0, len(self._before) - back)])
            if self._before
            else 0.0
            for back in (1, MEMORY + 1, SPAN)
        ]
        yield Observation(value=changes[0], score=changes[1], attrs={"span": changes[2]})
        self._before.append(small)


def _shrunk(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = luma.shape
    scale = min(1.0, SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8)


def _difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    return round(cv2.norm(one, other, cv2.NORM_L1) / (255 * one.size), 6)
