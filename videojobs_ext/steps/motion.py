"""Motion: how much of the picture changed since the frame before, and where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from videojobs_ext.rows.schema import Observation
from videojobs_ext.steps.base import Params, Upstream, VideoGeometry, WindowStep
from videojobs_ext.video.loop_filter import LoopFilter
from videojobs_ext.video.reader import Frame

#: Changed pixels up to so far apart belong to one region; in pixels of the small picture.
JOIN = 3
_JOIN_KERNEL = np.ones((2 * JOIN + 1, 2 * JOIN + 1), np.uint8)
_SPECK_KERNEL = np.ones((2, 2), np.uint8)

#: Scaled down by so much, a video may be decoded more coarsely and err as little as a smaller one
#: (measured, see docs/performance.md).
SMOOTHED = 4

#: Where everything flickers, no more than the largest so many regions are told.
MOST_REGIONS = 32


class MotionParams(Params):
    """Parameters of ``motion``."""

    threshold: int = Field(
        15, ge=1, le=255, description="Luma levels (of 255) by which a pixel must change."
    )
    min_area: float = Field(
        0.001, ge=0, le=1, description="Smallest region, as a fraction of the picture's area."
    )
    max_side: int = Field(
        320, ge=32, le=4096, description="Longer side in pixels of the picture that is compared."
    )
    exact: bool = Field(
        False,
        description="Decode each picture to the last bit: slower, hardly different.",
    )


class Motion(WindowStep[MotionParams]):
    """Frame difference: the plain, fast answer to "when and where does something move".

    Rows: one a frame with ``value``, the fraction (0 to 1) of the picture that changed since the
    sampled frame before (0 on the first); and one for each moving region with ``label: region``,
    its box, and as ``score`` the fraction of the box that changed. The largest regions come first.

    How: luma scaled to ``max_side``, 3 x 3 box blur, absolute difference, ``threshold``, opening
    (specks below 2 x 2 go), then parts nearer than 2 * JOIN pixels are joined into one region.

    Cost: 0.1 ms a frame beyond the small luma picture (0.2 at 1080p). Unless ``exact``, pictures
    that no other is predicted from are decoded without smoothing their block borders, and where the
    video is at least four times as large as the small picture, so are all that are predicted from a
    later one. That saves 0.09 to 0.13 of the decoder's time, and changes ``value`` by 0.0001 of
    0.098 in the mean, 0.001 at most, on bikes.mp4 as it is and at 1080p; 96 % of the boxes overlap
    those of ``exact`` by more than 0.9 (IoU). Nothing changes in videos without such pictures, as
    most cameras make them. Limits: it sees change, not objects: a moving camera, a cut or a light
    that goes on changes everything. A box covers the thing where it was and where it is.
    """

    name: ClassVar[str] = "motion"
    title: ClassVar[str] = "Motion"
    Params = MotionParams
    version: ClassVar[int] = 3

    def __init__(self, params: MotionParams) -> None:
        super().__init__(params)
        self._before: NDArray[np.uint8] | None = None

    @classmethod
    def loop_filter(cls, params: MotionParams, video: VideoGeometry) -> LoopFilter:
        """Not in all, unless exact: scaling and blur smooth the borders of blocks, too."""
        if params.exact:
            return LoopFilter.ALL
        scaled = max(video.width, video.height) / params.max_side
        return LoopFilter.FORWARD if scaled >= SMOOTHED else LoopFilter.REFERENCES

    def process(self, frame: Frame, upstream: Upstream) -> Iterator[Observation]:  # noqa: ARG002
        """Yield the frame's score, then its moving regions."""
        small = np.asarray(cv2.blur(frame.luma(self.params.max_side), (3, 3)), np.uint8)
        before, self._before = self._before, small
        if before is None:
            yield Observation(value=0.0)
            return
        _, changed = cv2.threshold(
            cv2.absdiff(small, before), self.params.threshold - 1, 255, cv2.THRESH_BINARY
        )
        changed = cv2.morphologyEx(changed, cv2.MORPH_OPEN, _SPECK_KERNEL)
        count = cv2.countNonZero(changed)
        yield Observation(value=round(count / changed.size, 6))
        if count:
            yield from self._regions(changed, frame)

    def _regions(self, changed: NDArray[Any], frame: Frame) -> Iterator[Observation]:
        height, width = changed.shape
        joined = cv2.dilate(changed, _JOIN_KERNEL)
        contours, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        boxes = [_undilated(cv2.boundingRect(contour), width, height) for contour in contours]
        least = self.params.min_area * changed.size
        boxes = [box for box in boxes if box[2] * box[3] >= least]
        boxes.sort(key=lambda box: (-box[2] * box[3], box))
        across, down = frame.width / width, frame.height / height
        for x, y, w, h in boxes[:MOST_REGIONS]:
            filled = cv2.countNonZero(changed[y : y + h, x : x + w]) / (w * h)
            yield Observation(
                label="region", score=filled, x=x * across, y=y * down, w=w * across, h=h * down
            )


def _undilated(box: Sequence[int], width: int, height: int) -> tuple[int, int, int, int]:
    """Take the dilation off a box again; at the picture's border it had no room to grow."""
    x, y, w, h = box
    left, top = (x + JOIN if x else 0), (y + JOIN if y else 0)
    right = x + w - JOIN if x + w < width else width
    bottom = y + h - JOIN if y + h < height else height
    return left, top, right - left, bottom - top
