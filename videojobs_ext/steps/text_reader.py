"""A text reader: RapidOCR with the weights in its wheel, on one thread, never over the network."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from rapidocr import RapidOCR

#: The longer side that pictures are at most read at, whatever is asked for; pixels.
MOST_SIDE = 4096

#: A picture smaller than this holds no text that could be read; pixels.
LEAST_SIDE = 8

#: So many of the pictures read last are remembered.
REMEMBERED = 32


@dataclass(frozen=True, eq=False)
class Line:
    """One line of text: what it says, how sure that is, and its corners, float64[4, 2] in pixels.

    The corners run clockwise from the text's own top left.
    """

    text: str
    score: float
    corners: NDArray[np.float64]


class TextReader:
    """Reads pictures, and remembers those read last.

    A picture that is equal to one of them, bit by bit, is answered from memory: the answer is the
    one that reading it again would give, so it doesn't matter what was read before. In a still
    scene (slides, a screen) most decoded frames are equal, since H.264 skips what doesn't change.
    """

    def __init__(self) -> None:
        self._engine = _engine()
        self._remembered: OrderedDict[bytes, tuple[Line, ...]] = OrderedDict()
        #: How many pictures were read, those answered from memory not counted.
        self.read_count = 0

    def read(self, bgr: NDArray[np.uint8]) -> tuple[Line, ...]:
        """Return the lines of text in a picture, uint8[h, w, 3], from top to bottom."""
        if min(bgr.shape[:2]) < LEAST_SIDE:
            return ()
        bgr = np.ascontiguousarray(bgr)
        key = hashlib.blake2b(bgr.data, digest_size=16, key=str(bgr.shape).encode()).digest()
        if key in self._remembered:
            self._remembered.move_to_end(key)
            return self._remembered[key]
        lines = self._read(bgr)
        self._remembered[key] = lines
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return lines

    def _read(self, bgr: NDArray[np.uint8]) -> tuple[Line, ...]:
        self.read_count += 1
        found = self._engine(bgr, text_score=0.0)
        if found.txts is None or found.boxes is None or found.scores is None:
            return ()
        return tuple(
            Line(text, float(score), np.asarray(corners, np.float64))
            for text, score, corners in zip(found.txts, found.scores, found.boxes, strict=True)
        )


@lru_cache(maxsize=1)
def text_reader() -> TextReader:
    """Return this process's reader; its models are loaded once and kept for all chunks and jobs."""
    return TextReader()


def _engine() -> RapidOCR:
    from rapidocr import RapidOCR  # noqa: PLC0415 — an extra; the step must import without it

    return RapidOCR(
        params={
            "Global.log_level": "error",
            # The classifier turns upside-down lines; video seldom has them, and it costs each line.
            "Global.use_cls": False,
            # Pictures come at the size that they are to be read at.
            "Global.max_side_len": MOST_SIDE,
            "Global.min_side_len": 1,
            "Det.limit_type": "max",
            "Det.limit_side_len": MOST_SIDE,
            # Frames are of one size, so memory is used again and again: a sixth faster, and no more
            # of it after 60 boxes of 60 sizes than without.
            "EngineConfig.onnxruntime.enable_cpu_mem_arena": True,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
