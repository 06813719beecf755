"""Faces: where faces are, and where their eyes, nose, mouth and ears are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import numpy as np
from pydantic import Field

from videojobs_ext.rows.schema import Observation
from videojobs_ext.steps.base import FrameStep, Params, Upstream
from videojobs_ext.steps.blazeface import KEY_POINTS, blazeface
from videojobs_ext.video.reader import Frame


class FacesParams(Params):
    """Parameters of ``faces``."""

    min_score: float = Field(
        0.5, ge=0.01, le=1, description="Least score (0 to 1) that a face must have."
    )
    iou: float = Field(
        0.3,
        ge=0.05,
        le=1,
        description="Of two boxes that overlap more (intersection over union), the weaker goes.",
    )
    max_faces: int = Field(
        50, ge=1, le=500, description="At most so many on one frame, the surest first."
    )


class Faces(FrameStep[FacesParams]):
    """BlazeFace on each frame: faces that are near the camera.

    Rows: one a face with ``label: face``, ``score``, its box clipped to the frame (forehead to
    chin), and in ``attrs`` the ``key_points``: right_eye, left_eye, nose, mouth, right_ear and
    left_ear as [x, y] in pixels to a tenth, right and left being the person's own. A point may lie
    outside the frame.

    Cost: 3 ms a frame at 720p, 3.6 at 1080p. Limits: the frame is seen at 192 pixels, so a face
    narrower than about 1/20 of the picture's longer side is missed. It finds faces; it knows
    nobody.
    """

    name: ClassVar[str] = "faces"
    title: ClassVar[str] = "Faces"
    extra: ClassVar[str | None] = "detect"
    Params = FacesParams
    version: ClassVar[int] = 2

    def process(self, frame: Frame, upstream: Upstream) -> Iterator[Observation]:  # noqa: ARG002
        """Yield the faces, the surest first."""
        found, points = blazeface().detect(frame, self.params.min_score)
        for place in found.kept(self.params.iou, self.params.max_faces):
            face = found.take(np.array([place])).clipped(frame.width, frame.height)
            named = dict(zip(KEY_POINTS, points[place].round(1).tolist(), strict=True))
            for row in face.observations(["face"]):
                yield replace(row, attrs={"key_points": named})
