"""Flow: how the camera moves, and which parts of the picture move otherwise."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from videojobs_ext.rows.schema import Observation
from videojobs_ext.steps.base import Params, Upstream, WindowStep
from videojobs_ext.video.reader import Frame

#: Flow is looked at on a grid of points so far apart; pixels of the small picture.
STRIDE = 8
#: A point counts where luma changes by so many levels around it (Sobel, 3 x 3, both ways): where
#: nothing is seen, nothing is seen to move.
LEAST_TEXTURE = 24.0
#: Points this near to the camera's motion go with it; pixels of the small picture.
TOLERANCE = 1.0
#: Fewer points than this, or a smaller share of them in agreement, tell no camera motion: on the
#: cuts of bikes.mp4 0.06 to 0.10 agree by chance, in its shots, full of traffic, 0.27 at least.
LEAST_POINTS = 16
LEAST_AGREED = 0.2
#: A cell speaks for so many points at least.
LEAST_IN_CELL = 4

#: x' = a x - b y + c, y' = b x + a y + d, in pixels of the small picture: float64[2, 3].
Similarity = NDArray[np.float64]

_STILL: Similarity = np.eye(2, 3)


class FlowParams(Params):
    """Parameters of ``flow``."""

    max_side: int = Field(
        320, ge=64, le=1280, description="Longer side in pixels of the picture that is compared."
    )
    cells: int = Field(
        8, ge=1, le=40, description="Into how many cells the picture's longer side is divided."
    )
    min_motion: float = Field(
        0.005,
        ge=0,
        le=1,
        description="Least motion of a cell beside the camera's, in longer sides of the picture.",
    )


class Flow(WindowStep[FlowParams]):
    """Dense optical flow between sampled frames: the camera's motion, and what moves beside it.

    Rows: docs/steps/flow.md. One a frame labelled ``camera`` and one labelled ``moving`` for each
    cell of the picture that moves otherwise, with the cell's box.

    How: DIS flow (Kroeger et al. 2016) on small luma, on a grid of points with texture; the
    camera's shift, zoom and turn fitted to it by RANSAC, which leaves out what moves by itself; in
    each cell the median of what is left.

    Cost: 1 ms a frame beyond the small luma picture, whatever the size of the video. Limits:
    motion of more than about a tenth of the picture between two sampled frames isn't followed, so
    it wants dense sampling; depth seen from a moving camera looks like motion of its own.
    """

    name: ClassVar[str] = "flow"
    title: ClassVar[str] = "Flow of motion"
    Params = FlowParams

    def __init__(self, params: FlowParams) -> None:
        super().__init__(params)
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._before: NDArray[np.uint8] | None = None

    def process(self, frame: Frame, upstream: Upstream) -> Iterator[Observation]:  # noqa: ARG002
        """Yield the camera's motion since the frame before, then the cells that move otherwise."""
        small = np.array(frame.luma(self.params.max_side), order="C")
        before, self._before = self._before, small
        if before is None or min(small.shape) < 2 * STRIDE:
            yield _camera(_STILL, 0.0, small, frame)
            return
        points = _textured(before)
        # An array in place of None would be taken for a first guess, and crash on what isn't one.
        flow = self._flow.calc(before, small, None)  # type: ignore[call-overload]
        moved = points + flow[points[:, 1].astype(int), points[:, 0].astype(int)]
        motion, agreed = _fitted(points, moved)
        yield _camera(motion, agreed, small, frame)
        if agreed >= LEAST_AGREED:
            yield from self._cells(points, moved - _applied(motion, points), small, frame)

    def _cells(
        self,
        points: NDArray[np.float32],
        own: NDArray[np.float64],
        small: NDArray[np.uint8],
        frame: Frame,
    ) -> Iterator[Observation]:
        """Yield the cells in which the points' own motion, float64[n, 2], is large enough."""
        height, width = small.shape
        side = max(width, height) / self.params.cells
        across, down = max(1, round(width / side)), max(1, round(height / side))
        cells = (points[:, 1] * down // height) * across + points[:, 0] * across // width
        scale = frame.width / width
        w, h = frame.width / across, frame.height / down
        for cell in np.unique(cells).astype(int).tolist():
            inside = own[cells == cell]
            dx, dy = np.median(inside, axis=0).tolist()
            speed = math.hypot(dx, dy)
            if len(inside) >= LEAST_IN_CELL and speed >= self.params.min_motion * max(
                width, height
            ):
                row, column = divmod(cell, across)
                yield Observation(
                    "moving",
                    x=column * w,
                    y=row * h,
                    w=w,
                    h=h,
                    value=round(speed * scale, 3),
                    attrs={"dx": round(dx * scale, 3), "dy": round(dy * scale, 3)},
                )


def _textured(luma: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the grid points around which something is to be seen: float32[n, 2], x and y."""
    across, down = cv2.spatialGradient(luma)
    start = STRIDE // 2
    texture = np.abs(across[start::STRIDE, start::STRIDE]) + np.abs(
        down[start::STRIDE, start::STRIDE]
    )
    y, x = np.nonzero(texture >= LEAST_TEXTURE)
    return np.stack([x, y], axis=1).astype(np.float32) * STRIDE + start


def _fitted(points: NDArray[np.float32], moved: NDArray[np.float32]) -> tuple[Similarity, float]:
    """Return the camera's motion and the fraction of points that go with it."""
    if len(points) < LEAST_POINTS:
        return _STILL, 0.0
    motion, agreeing = cv2.estimateAffinePartial2D(
        points, moved, method=cv2.RANSAC, ransacReprojThreshold=TOLERANCE
    )
    if motion is None:
        return _STILL, 0.0
    agreed = float(np.mean(agreeing))
    return (np.asarray(motion, np.float64) if agreed >= LEAST_AGREED else _STILL), agreed


def _applied(motion: Similarity, points: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(points @ motion[:, :2].T + motion[:, 2], np.float64)


def _camera(
    motion: Similarity, agreed: float, small: NDArray[np.uint8], frame: Frame
) -> Observation:
    middle = np.array([[small.shape[1] / 2, small.shape[0] / 2]], np.float32)
    scale = frame.width / small.shape[1]
    dx, dy = ((_applied(motion, middle) - middle)[0] * scale).tolist()
    return Observation(
        "camera",
        score=round(agreed, 4),
        value=round(math.hypot(dx, dy), 3),
        attrs={
            "dx": round(dx, 3),
            "dy": round(dy, 3),
            "zoom": round(math.hypot(motion[0, 0], motion[1, 0]), 5),
            "turn": round(math.degrees(math.atan2(motion[1, 0], motion[0, 0])), 4),
        },
    )
