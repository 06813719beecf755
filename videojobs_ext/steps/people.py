"""People: the persons in the picture."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from videojobs_ext.rows.schema import Observation
from videojobs_ext.steps.base import FrameStep, Upstream
from videojobs_ext.steps.detection import DetectionParams
from videojobs_ext.steps.objects import Objects, ObjectsParams
from videojobs_ext.video.reader import Frame


class People(FrameStep[DetectionParams]):
    """Persons on each frame: ``objects`` that tells of no other class.

    Rows: one a person with ``label: person``, ``score`` (0 to 1) and the box, clipped to the
    frame; the surest first. They are the same as those of ``objects`` for that class.

    Cost: that of ``objects``, 22 ms a frame at 720p and 23 at 1080p. Limits: those of ``objects``,
    too; a pipeline that has both runs the network twice, so let ``objects`` do it alone there.
    """

    name: ClassVar[str] = "people"
    title: ClassVar[str] = "People"
    extra: ClassVar[str | None] = "detect"
    Params = DetectionParams
    version: ClassVar[int] = 2

    def __init__(self, params: DetectionParams) -> None:
        super().__init__(params)
        self._objects = Objects(ObjectsParams(classes=("person",), **params.model_dump()))

    def process(self, frame: Frame, upstream: Upstream) -> Iterable[Observation]:
        """Return the persons, the surest first."""
        return self._objects.process(frame, upstream)
