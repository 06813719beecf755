"""OCR: the text in the picture, or in the boxes of another step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from videojobs_ext.rows.schema import Observation
from videojobs_ext.steps.base import FrameStep, Params, Upstream
from videojobs_ext.steps.text_reader import Line, text_reader
from videojobs_ext.video.frame import fit
from videojobs_ext.video.reader import Frame


class OcrParams(Params):
    """Parameters of ``ocr``."""

    max_side: int = Field(
        960,
        ge=64,
        le=4096,
        description="Longer side in pixels at which the frame, or each box, is read; letters "
        "should be 10 or more pixels of it high.",
    )
    min_score: float = Field(
        0.5, ge=0, le=1, description="Least score (0 to 1) that a line of text must have."
    )
    max_boxes: int = Field(
        20, ge=1, le=200, description="With boxes of another step: read at most so many a frame."
    )


@dataclass(frozen=True, eq=False)
class _Region:
    """A part of the frame: its picture, and how to get from its pixels to those of the frame."""

    picture: NDArray[np.uint8]
    left: int
    top: int
    across: float
    down: float
    about: Observation


class Ocr(FrameStep[OcrParams]):
    """Text by RapidOCR (PP-OCRv6: Latin and Chinese script, digits), line by line.

    Without ``needs`` the whole frame is read. With it, what lies in the boxes of those steps is
    read instead, in their order, each box cut out of the full frame; where they found nothing,
    nothing is read.

    Rows: one a line with ``text``, ``score`` (0 to 1), the box around it, clipped to the frame, and
    in ``attrs`` its ``corners``, four [x, y] in pixels to a tenth, clockwise from the text's top
    left. A line that was read in a box has that box's ``label`` and ``track_id``.

    Each frame has its rows, also one that shows the same as the frame before. A picture that is
    equal bit by bit to one read shortly before isn't read again (most frames of recorded screens
    and slides); its rows are those that reading it would give, so results don't depend on it.

    Cost: 110 ms a frame at 720p and at 1080p (both are read at 960 pixels; 45 at 640), and 20 for
    each line; a box of 400 x 330 pixels 25 (1080p: 40). Sample a few frames a second. Limits: no
    handwriting; small, slanted or upside-down text is misread or missed.
    """

    name: ClassVar[str] = "ocr"
    title: ClassVar[str] = "Text (OCR)"
    extra: ClassVar[str | None] = "ocr"
    Params = OcrParams
    version: ClassVar[int] = 2

    def process(self, frame: Frame, upstream: Upstream) -> Iterator[Observation]:
        """Yield the lines of text."""
        reader = text_reader()
        for region in self._regions(frame, upstream):
            for line in reader.read(region.picture):
                if line.score >= self.params.min_score:
                    yield _observation(line, region, frame)

    def _regions(self, frame: Frame, upstream: Upstream) -> Iterator[_Region]:
        if not upstream:
            picture = frame.bgr(self.params.max_side)
            height, width = picture.shape[:2]
            scale = frame.width / width, frame.height / height
            yield _Region(picture, 0, 0, *scale, Observation())
            return
        boxes = [box for rows in upstream.values() for box in rows if box.w and box.h]
        for box in boxes[: self.params.max_boxes]:
            region = self._cut(frame, box)
            if region is not None:
                yield region

    def _cut(self, frame: Frame, box: Observation) -> _Region | None:
        """Return the part of the full frame that a box covers, None where it lies outside."""
        assert box.x is not None and box.y is not None  # noqa: S101, PT018 — it has a size
        assert box.w is not None and box.h is not None  # noqa: S101, PT018
        left, top = max(0, int(box.x)), max(0, int(box.y))
        right = min(frame.width, int(np.ceil(box.x + box.w)))
        bottom = min(frame.height, int(np.ceil(box.y + box.h)))
        if right <= left or bottom <= top:
            return None
        picture = frame.bgr()[top:bottom, left:right]
        size = fit(right - left, bottom - top, self.params.max_side)
        if size != (right - left, bottom - top):
            picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        scale = (right - left) / size[0], (bottom - top) / size[1]
        return _Region(picture, left, top, *scale, box)


def _observation(line: Line, region: _Region, frame: Frame) -> Observation:
    corners = line.corners * [region.across, region.down] + [region.left, region.top]
    most = [frame.width, frame.height]
    left, top = np.clip(corners.min(axis=0), 0, most).tolist()
    right, bottom = np.clip(corners.max(axis=0), 0, most).tolist()
    return Observation(
        label=region.about.label,
        score=line.score,
        track_id=region.about.track_id,
        x=left,
        y=top,
        w=right - left,
        h=bottom - top,
        text=line.text,
        attrs={"corners": corners.round(1).tolist()},
    )
