"""Quality: brightness, contrast and sharpness of each frame; black and frozen pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from videojobs_ext.rows.schema import Observation
from videojobs_ext.steps.base import Params, Upstream, WindowStep
from videojobs_ext.video.reader import Frame

#: Longer side in pixels of the picture that is measured. Fixed, since sharpness at one size says
#: nothing about sharpness at another. A quarter of 1080p, which halving makes fast.
SIDE = 480


class QualityParams(Params):
    """Parameters of ``quality``; defaults as in FFmpeg's blackdetect and freezedetect."""

    black_below: int = Field(
        38, ge=0, le=256, description="Luma level below which a pixel is black (16 + 10 % of 219)."
    )
    black_share: float = Field(
        0.98, gt=0, le=1, description="Share of black pixels that makes a picture black."
    )
    frozen_below: float = Field(
        0.255,
        ge=0,
        le=255,
        description="Mean change in luma levels below which a picture is frozen (-60 dB).",
    )


class Quality(WindowStep[QualityParams]):
    """What can be said of a picture without knowing what it shows.

    Rows: three a frame, told apart by ``label``, the measure in ``value``: ``brightness``, mean
    luma in levels (as coded: 16 to 235 in most videos); ``contrast``, standard deviation of luma
    in levels; ``sharpness``, variance of the Laplacian (Pech-Pacheco et al., ICPR 2000) in levels
    squared, at 480 pixels. Besides, a row ``black`` where it is black (``score``: share of black
    pixels), and a row ``frozen`` where it is as the sampled frame before (``value``: mean change).

    Cost: 0.09 ms a frame beyond the small luma picture (0.2 at 1080p). Limits: sharpness also grows
    with noise and detail, so compare it within a shot; blur finer than the small picture goes
    unseen.
    """

    name: ClassVar[str] = "quality"
    title: ClassVar[str] = "Picture quality"
    Params = QualityParams

    def __init__(self, params: QualityParams) -> None:
        super().__init__(params)
        self._before: NDArray[np.uint8] | None = None

    def process(self, frame: Frame, upstream: Upstream) -> Iterator[Observation]:  # noqa: ARG002
        """Yield the frame's measures, then what is wrong with it."""
        luma = frame.luma(SIDE)
        mean, deviation = cv2.meanStdDev(luma)
        yield Observation(label="brightness", value=round(float(mean[0, 0]), 3))
        yield Observation(label="contrast", value=round(float(deviation[0, 0]), 3))
        yield Observation(label="sharpness", value=round(_sharpness(luma), 3))
        yield from self._black(luma)
        yield from self._frozen(luma)

    def _black(self, luma: NDArray[np.uint8]) -> Iterator[Observation]:
        level = self.params.black_below - 1
        _, bright = cv2.threshold(luma, level, 255, cv2.THRESH_BINARY)
        share = 1 - cv2.countNonZero(bright) / luma.size
        if share >= self.params.black_share:
            yield Observation(label="black", score=share)

    def _frozen(self, luma: NDArray[np.uint8]) -> Iterator[Observation]:
        before, self._before = self._before, luma
        if before is not None:
            change = cv2.norm(luma, before, cv2.NORM_L1) / luma.size
            if change < self.params.frozen_below:
                yield Observation(label="frozen", value=round(change, 6))


def _sharpness(luma: NDArray[np.uint8]) -> float:
    edges = cv2.Laplacian(luma, cv2.CV_16S)
    # The mean square less the squared mean: meanStdDev takes ten times as long on 16 bits.
    mean = cv2.sumElems(edges)[0] / edges.size
    return max(0.0, cv2.norm(edges, cv2.NORM_L2SQR) / edges.size - mean**2)
