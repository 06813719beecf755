"""BlazeFace (full range): the face detector that comes with the package."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from videojobs_ext.steps.detection import Detections
from videojobs_ext.steps.letterbox import letterbox
from videojobs_ext.steps.onnx_session import open_session, packaged_model
from videojobs_ext.video.reader import Frame

#: Input side in pixels, and cells of its grid along one side; one face a cell.
SIDE = 192
CELLS = 48

#: The points in the order in which the network puts them out; right and left are the person's.
KEY_POINTS = ("right_eye", "left_eye", "nose", "mouth", "right_ear", "left_ear")


class BlazeFace:
    """The network and the decoding of its outputs (Bazarevsky et al., arXiv:1907.05047)."""

    def __init__(self) -> None:
        self._session = open_session(packaged_model("blazeface_full_range_192.onnx"))
        self._input = self._session.get_inputs()[0].name
        at = (np.arange(CELLS, dtype=np.float32) + 0.5) * (SIDE / CELLS)
        self._centres = np.stack([np.tile(at, CELLS), np.repeat(at, CELLS)], axis=1)

    def detect(self, frame: Frame, min_score: float) -> tuple[Detections, NDArray[np.float64]]:
        """Return faces from ``min_score`` on, doubles among them, and their key points.

        The points are float64[n, 6, 2] as x, y in pixels of the upright frame.
        """
        boxed = letterbox(frame, SIDE, SIDE, fill=0)
        pixels = cv2.cvtColor(boxed.image, cv2.COLOR_BGR2RGB).astype(np.float32)
        pixels *= np.float32(1 / 127.5)
        pixels -= 1
        places, logits = self._session.run(None, {self._input: pixels[None]})
        least = np.log(min_score / (1 - min_score)) if min_score < 1 else np.inf
        cells = np.flatnonzero(logits[0, :, 0] >= least)
        # The centre, the size, then the six points; all but the size count from the cell's centre.
        pairs = places[0, cells].reshape(len(cells), 8, 2)
        centres = self._centres[cells]
        middle, half = pairs[:, 0] + centres, pairs[:, 1] / 2
        scores = 1 / (1 + np.exp(-logits[0, cells, 0].astype(np.float64)))
        return (
            Detections(
                boxed.to_frame(np.hstack([middle - half, middle + half])),
                scores,
                np.zeros(len(cells), np.int64),
            ),
            boxed.to_frame(pairs[:, 2:] + centres[:, None]),
        )


@lru_cache(maxsize=1)
def blazeface() -> BlazeFace:
    """Return this process's BlazeFace; opened once, kept for all chunks and jobs."""
    return BlazeFace()
