"""Objects: what is in the picture and where, by NanoDet or by a model of the user's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Protocol, Self

import numpy as np
from pydantic import Field, computed_field, model_validator
from pydantic.config import JsonDict

from videojobs_ext.rows.schema import Observation
from videojobs_ext.steps.base import FrameStep, Upstream
from videojobs_ext.steps.class_names import COCO, class_numbers
from videojobs_ext.steps.detection import DetectionParams, Detections
from videojobs_ext.steps.nanodet import nanodet
from videojobs_ext.steps.onnx_detector import file_stamp, onnx_detector
from videojobs_ext.video.reader import Frame

#: Marks a string parameter that names a file, for forms and for whoever confines paths.
FILE: JsonDict = {"format": "file-path"}


class Detector(Protocol):
    """A network that finds objects of named classes."""

    @property
    def names(self) -> tuple[str, ...]:
        """Return the classes' names by number."""

    def detect(self, frame: Frame, min_score: float) -> Detections:
        """Return what is found from ``min_score`` on, doubles among it."""


class ObjectsParams(DetectionParams):
    """Parameters of ``objects``."""

    classes: tuple[str, ...] = Field(
        (), description="The classes to tell of, by name; none named means all."
    )
    model: str | None = Field(
        None,
        min_length=1,
        max_length=4096,
        description="An ONNX detector of your own, in the YOLOX or YOLOv8 export layout.",
        json_schema_extra=FILE,
    )
    names: tuple[str, ...] = Field(
        (),
        description="The class names of your model by number, where its file doesn't hold them.",
    )

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        if self.names and self.model is None:
            raise ValueError("'names' goes with 'model'; NanoDet's classes are those of COCO")
        known = self.names if self.model is not None else COCO
        if known:
            class_numbers(self.classes, known)
        return self

    @computed_field  # type: ignore[prop-decorator]
    @property
    def model_stamp(self) -> tuple[int, int] | None:
        """Return the model file's size and time, so that chunks of another one aren't reused."""
        return None if self.model is None else file_stamp(Path(self.model))


class Objects(FrameStep[ObjectsParams]):
    """Object detection on each frame: the 80 COCO classes by NanoDet-g, or your own model's.

    Rows: one an object with ``label`` (its class), ``score`` (0 to 1) and its box, clipped to the
    frame; the surest first. ``classes`` only leaves rows out: the others are the same without it.

    Cost: 22 ms a frame at 720p, 23 at 1080p, 21 of them in the network. One frame at a time: on
    one thread the network gains nothing from several at once. Limits: the frame is seen at 416
    pixels (by a model of your own at its input size), so things smaller than about 1/30 of the
    picture's longer side are missed; each frame is looked at by itself, so boxes flicker: put
    ``track`` after it.
    """

    name: ClassVar[str] = "objects"
    title: ClassVar[str] = "Objects"
    extra: ClassVar[str | None] = "detect"
    Params = ObjectsParams
    version: ClassVar[int] = 2

    def process(self, frame: Frame, upstream: Upstream) -> Iterator[Observation]:  # noqa: ARG002
        """Yield the objects, the surest first."""
        params = self.params
        detector = self._detector()
        found = detector.detect(frame, params.min_score)
        if params.classes:
            wanted = class_numbers(params.classes, detector.names)
            found = found.take(np.isin(found.classes, wanted))
        found = found.clipped(frame.width, frame.height)
        found = found.take(found.kept(params.iou, params.max_detections))
        yield from found.observations(detector.names)

    def _detector(self) -> Detector:
        if self.params.model is None:
            return nanodet()
        path = Path(self.params.model)
        return onnx_detector(path, file_stamp(path), self.params.names)
