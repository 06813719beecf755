"""Codes: the QR and bar codes in the picture, and what they say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from videojobs_ext.rows.schema import Observation
from videojobs_ext.steps.base import FrameStep, Params, Upstream
from videojobs_ext.video.reader import Frame

#: One code: its kind, what it says, and its corners, float[4, 2] in pixels of the searched picture.
_Read = tuple[str, str, NDArray[np.floating]]


class CodesParams(Params):
    """Parameters of ``codes``."""

    kinds: tuple[Literal["qr", "bar"], ...] = Field(
        ("qr", "bar"), min_length=1, description="What to look for; each costs its own time."
    )
    max_side: int = Field(
        1280,
        ge=160,
        le=8192,
        description="Longer side in pixels of the picture that is searched; a module (the smallest "
        "dot or bar) must be 2 or more pixels of it.",
    )


class Codes(FrameStep[CodesParams]):
    """QR codes and EAN/UPC bar codes by OpenCV's detectors.

    Rows: one a code that could be read, from top to bottom. ``label``: qr, ean_13, ean_8, upc_a,
    upc_e or upc_ean_extension; ``text``: what it says; the box around it, clipped to the frame; and
    in ``attrs`` its ``corners``, four [x, y] in pixels to a tenth. A code that is seen and can't be
    read makes no row.

    Cost: 24 ms a frame at 720p, 38 at 1080p (QR 12 and 13, bars 12 and 25), and 15 for each QR
    code in it. Limits: no Code 128, Data Matrix or Aztec; here and there a bar code is missed even
    where it is sharp, sooner where it is blurred by motion or seen at a slant, so look at several
    frames. A QR code whose bytes aren't UTF-8 is read as Latin-1.
    """

    name: ClassVar[str] = "codes"
    title: ClassVar[str] = "QR and bar codes"
    Params = CodesParams

    def __init__(self, params: CodesParams) -> None:
        super().__init__(params)
        self._qr = cv2.QRCodeDetectorAruco()
        self._bar = cv2.barcode.BarcodeDetector()

    def process(self, frame: Frame, upstream: Upstream) -> Iterator[Observation]:  # noqa: ARG002
        """Yield the codes that could be read."""
        luma = frame.luma(self.params.max_side)
        scale = np.array([frame.width / luma.shape[1], frame.height / luma.shape[0]])
        found: list[_Read] = []
        if "qr" in self.params.kinds:
            found += self._qr_codes(luma)
        if "bar" in self.params.kinds:
            found += self._bar_codes(luma)
        found.sort(key=lambda one: one[2].min(axis=0).tolist()[::-1])
        for label, text, corners in found:
            yield _observation(label, text, corners * scale, frame)

    def _qr_codes(self, luma: NDArray[np.uint8]) -> Iterator[_Read]:
        _, texts, corners, _ = self._qr.detectAndDecodeBytesMulti(luma)
        for data, quad in zip(texts, () if corners is None else corners, strict=False):
            if data:
                yield "qr", _decoded(data), quad

    def _bar_codes(self, luma: NDArray[np.uint8]) -> list[_Read]:
        # The detector follows gradients and loses a code whose edges are hard, as on a recorded
        # screen: of 60 such ones it read 10, and 50 with the second go over a softer picture.
        return self._read_bars(luma) or self._read_bars(
            np.asarray(cv2.GaussianBlur(luma, (0, 0), 0.8), np.uint8)
        )

    def _read_bars(self, luma: NDArray[np.uint8]) -> list[_Read]:
        _, texts, kinds, corners = self._bar.detectAndDecodeWithType(luma)
        quads = () if corners is None else corners
        return [
            (kind.lower(), text, quad)
            for text, kind, quad in zip(texts, kinds, quads, strict=False)
            if text
        ]


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _observation(label: str, text: str, corners: NDArray[np.floating], frame: Frame) -> Observation:
    most = [frame.width, frame.height]
    left, top = np.clip(corners.min(axis=0), 0, most).tolist()
    right, bottom = np.clip(corners.max(axis=0), 0, most).tolist()
    return Observation(
        label=label,
        text=text,
        x=left,
        y=top,
        w=right - left,
        h=bottom - top,
        attrs={"corners": corners.astype(np.float64).round(1).tolist()},
    )
