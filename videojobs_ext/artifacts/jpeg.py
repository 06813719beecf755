"""JPEG files, written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from videojobs_ext.rows.atomic_file import atomic_file


def write_jpeg(path: Path, bgr: NDArray[np.uint8], *, quality: int = 85) -> None:
    """Write a picture, uint8[h, w, 3] in BGR, at a JPEG quality of 0 to 100."""
    _, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    with atomic_file(path) as temporary:
        temporary.write_bytes(encoded.tobytes())
