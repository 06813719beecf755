"""Two ONNX models that should say the same: run on the same noise and compared output by output."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime

#: A conversion may differ from the shipped file by rounding alone.
LARGEST_DIFFERENCE = 1e-4


def compare(made: Path, shipped: Path, low: float, high: float, runs: int = 5) -> float:
    """Return the largest difference of any output on uniform noise between ``low`` and ``high``.

    Outputs are matched by their order. Raises ValueError when it is more than 1e-4.
    """
    sessions = [onnxruntime.InferenceSession(str(path)) for path in (made, shipped)]
    rng = np.random.default_rng(0)
    largest = 0.0
    for _ in range(runs):
        noise = rng.uniform(low, high, sessions[1].get_inputs()[0].shape).astype(np.float32)
        ours, theirs = (
            session.run(None, {session.get_inputs()[0].name: noise}) for session in sessions
        )
        for one, other in zip(ours, theirs, strict=True):
            largest = max(largest, float(np.abs(one - other).max()))
    if largest > LARGEST_DIFFERENCE:
        raise ValueError(f"{made} differs from {shipped} by {largest:.2g}")
    return largest
