"""How much boxes overlap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from videojobs_ext.steps.kalman import Box


def iou(some: Sequence[Box], others: Sequence[Box]) -> NDArray[np.float64]:
    """Return the intersection over union of each pair: float64[len(some), len(others)], 0 to 1.

    Boxes are (x, y, w, h) in pixels; two boxes without area have 0.
    """
    one = np.array(some, np.float64).reshape(-1, 1, 4)
    other = np.array(others, np.float64).reshape(1, -1, 4)
    begin = np.maximum(one[..., :2], other[..., :2])
    end = np.minimum(one[..., :2] + one[..., 2:], other[..., :2] + other[..., 2:])
    shared = np.prod(np.clip(end - begin, 0, None), axis=-1)
    union = np.prod(one[..., 2:], axis=-1) + np.prod(other[..., 2:], axis=-1) - shared
    safe = np.where(union > 0, union, 1.0)
    return np.asarray(shared / safe, np.float64)
