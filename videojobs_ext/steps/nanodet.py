"""NanoDet-g: the detector of the 80 COCO classes that comes with the package."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from videojobs_ext.steps.class_names import COCO
from videojobs_ext.steps.detection import Detections
from videojobs_ext.steps.letterbox import letterbox, planes
from videojobs_ext.steps.onnx_session import open_session, packaged_model
from videojobs_ext.video.reader import Frame

#: Input side in pixels, and what the pixels' levels were normalised with in training (BGR).
SIDE = 416
MEAN = np.array([103.53, 116.28, 123.675], np.float32)
STD = np.array([57.375, 57.12, 58.395], np.float32)

#: Pixels from one cell of a level's grid to the next.
STRIDES = (8, 16, 32)

#: Each side's distance from the cell's centre is a distribution over 0 to 10 strides.
BINS = 11


class NanoDet:
    """The network and the decoding of its outputs (Lyu, NanoDet, github.com/RangiLyu/nanodet)."""

    names = COCO

    def __init__(self) -> None:
        self._session = open_session(packaged_model("nanodet_g_416.onnx"))
        self._outputs = [f"{kind}{stride}" for kind in ("cls", "reg") for stride in STRIDES]
        self._centres = np.concatenate([_centres(stride) for stride in STRIDES])
        self._strides = np.concatenate(
            [np.full((SIDE // stride) ** 2, stride, np.float32) for stride in STRIDES]
        )

    def detect(self, frame: Frame, min_score: float) -> Detections:
        """Return every cell's surest class from ``min_score`` on; doubles are still there."""
        boxed = letterbox(frame, SIDE, SIDE, fill=0)
        found = self._session.run(self._outputs, {"images": planes(boxed.image, MEAN, STD)})
        levels = len(STRIDES)
        scores = np.concatenate([level[0] for level in found[:levels]])
        sides = np.concatenate([level[0] for level in found[levels:]])
        surest = scores.max(axis=1)
        cells = np.flatnonzero(surest >= min_score)
        distances = _expected(sides[cells]) * self._strides[cells, None]
        centres = self._centres[cells]
        corners = np.hstack([centres - distances[:, :2], centres + distances[:, 2:]])
        return Detections(
            boxed.to_frame(corners),
            surest[cells].astype(np.float64),
            scores[cells].argmax(axis=1).astype(np.int64),
        )


@lru_cache(maxsize=1)
def nanodet() -> NanoDet:
    """Return this process's NanoDet; opened once, kept for all chunks and jobs."""
    return NanoDet()


def _centres(stride: int) -> NDArray[np.float32]:
    """Return the cell centres of one level, float32[cells, 2] as x, y in input pixels."""
    at = (np.arange(SIDE // stride, dtype=np.float32) + 0.5) * stride
    return np.stack([np.tile(at, len(at)), np.repeat(at, len(at))], axis=1)


def _expected(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the distances to left, top, right and bottom in strides, float32[cells, 4]."""
    bins = logits.reshape(len(logits), 4, BINS)
    weights = np.exp(bins - bins.max(axis=2, keepdims=True))
    means: NDArray[np.float32] = weights @ np.arange(BINS, dtype=np.float32)
    means /= weights.sum(axis=2)
    return means
