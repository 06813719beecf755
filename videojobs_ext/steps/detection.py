"""What a detector finds in one frame, and what is left of it once doubles are gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from videojobs_ext.rows.schema import Observation
from videojobs_ext.steps.base import Params


class DetectionParams(Params):
    """What every detector of objects lets its user set."""

    min_score: float = Field(
        0.35, ge=0.01, le=1, description="Least score (0 to 1) that a detection must have."
    )
    iou: float = Field(
        0.5,
        ge=0.05,
        le=1,
        description="Of two boxes of one class that overlap more (intersection over union), the "
        "weaker one goes.",
    )
    max_detections: int = Field(
        100, ge=1, le=1000, description="At most so many on one frame, the surest first."
    )


@dataclass(frozen=True, eq=False)
class Detections:
    """Boxes on one frame, float64[n, 4] as left, top, right, bottom in pixels of the upright frame.

    ``scores``: float64[n], 0 to 1. ``classes``: int64[n], numbers into the detector's names.
    """

    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]
    classes: NDArray[np.int64]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.scores)

    def take(self, which: NDArray[np.integer | np.bool_]) -> Detections:
        """Return those at these places, or where a mask is true."""
        return Detections(self.boxes[which], self.scores[which], self.classes[which])

    def clipped(self, width: int, height: int) -> Detections:
        """Return the boxes cut off at the frame's border; those outside of it are gone."""
        boxes = np.clip(self.boxes, 0, [width, height, width, height])
        inside = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
        return Detections(boxes, self.scores, self.classes).take(inside)

    def kept(self, iou: float, most: int) -> NDArray[np.intp]:
        """Return the places of those that non-maximum suppression keeps, the surest first.

        Class by class; ``iou`` is the largest overlap (intersection over union) of two that stay.
        """
        if not len(self):
            return np.empty(0, np.intp)
        sizes = self.boxes[:, 2:] - self.boxes[:, :2]
        left_top_size = np.hstack([self.boxes[:, :2], sizes])
        chosen = cv2.dnn.NMSBoxesBatched(
            left_top_size.tolist(), self.scores.tolist(), self.classes.tolist(), 0.0, iou
        )
        places = np.sort(np.asarray(chosen, np.intp))
        return places[np.argsort(-self.scores[places], kind="stable")][:most]

    def observations(self, names: Sequence[str]) -> Iterator[Observation]:
        """Yield one observation for each, its label from ``names``."""
        for (left, top, right, bottom), score, number in zip(
            self.boxes.tolist(), self.scores.tolist(), self.classes.tolist(), strict=True
        ):
            yield Observation(
                label=names[number], score=score, x=left, y=top, w=right - left, h=bottom - top
            )
