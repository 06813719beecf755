"""A detector of the user's own: an ONNX file in the layout of YOLOX's or of YOLOv8's export."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from videojobs_ext.steps.class_names import COCO
from videojobs_ext.steps.detection import Detections
from videojobs_ext.steps.letterbox import letterbox, planes
from videojobs_ext.steps.onnx_session import ModelRefused, open_session
from videojobs_ext.video.reader import Frame

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

#: Pixels from one cell of a level's grid to the next; YOLOX and YOLOv8 share them.
STRIDES = (8, 16, 32)

#: The grey that both fill the letterbox with.
GREY = 114

#: Larger inputs than this are a mistake; pixels.
MOST_SIDE = 4096

#: A YOLOX size is exp(output) strides. More than this (3,000 strides) is no size but pixels, which
#: a file exported with the decoding inside puts out.
MOST_LOG_SIZE = 8.0

_ZERO, _ONE = np.zeros(3, np.float32), np.ones(3, np.float32)
_WHITE = np.full(3, 255, np.float32)


class OnnxDetector:
    """What both layouts share: one float32 input [1, 3, h, w], and one output.

    Raises ModelRefused for a file of another shape, and where the class names are missing.
    """

    def __init__(self, path: Path, names: tuple[str, ...]) -> None:
        self._session = open_session(path)
        self._input, self.width, self.height = _input_of(self._session, path)
        metadata = self._session.get_modelmeta().custom_metadata_map
        shape = self._run(np.zeros((1, 3, self.height, self.width), np.float32)).shape
        self._grid, self._strides = _grid(self.width, self.height)
        cells = len(self._grid)
        if len(shape) == 3 and shape[:2] == (1, cells) and shape[2] > 5:
            self._yolox, count = True, shape[2] - 5
        elif len(shape) == 3 and shape[0] == 1 and shape[1] > 4 and shape[2] == cells:
            self._yolox, count = False, shape[1] - 4
        else:
            raise ModelRefused(
                f"{path.name} puts out an array of shape {list(shape)}. With its input of "
                f"{self.width} x {self.height} pixels, YOLOX's layout is [1, {cells}, 5 + classes] "
                f"and YOLOv8's [1, 4 + classes, {cells}]; export it without NMS."
            )
        self.names = names or _names_in(metadata) or (COCO if count == len(COCO) else ())
        if len(self.names) != count:
            raise ModelRefused(
                f"{path.name} tells {count} classes apart, but {len(self.names)} names are known: "
                "give them all as 'names'."
            )

    def detect(self, frame: Frame, min_score: float) -> Detections:
        """Return every cell's surest class from ``min_score`` on; doubles are still there."""
        boxed = letterbox(frame, self.width, self.height, fill=GREY, centred=not self._yolox)
        if self._yolox:  # BGR levels as they are
            middles, sizes, scores = self._decode_yolox(self._run(planes(boxed.image, _ZERO, _ONE)))
        else:  # RGB, 0 to 1
            rgb = boxed.image[:, :, ::-1]
            middles, sizes, scores = _decode_yolov8(self._run(planes(rgb, _ZERO, _WHITE)))
        surest = scores.max(axis=1)
        cells = np.flatnonzero(surest >= min_score)
        corners = np.hstack([middles - sizes / 2, middles + sizes / 2])[cells]
        if not (np.isfinite(corners).all() and np.isfinite(surest).all()):
            raise ModelRefused("The model puts out numbers that are not finite.")
        return Detections(
            boxed.to_frame(corners),
            np.minimum(surest[cells].astype(np.float64), 1.0),
            scores[cells].argmax(axis=1).astype(np.int64),
        )

    def _run(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        output: NDArray[np.float32] = self._session.run(None, {self._input: pixels})[0]
        return output

    def _decode_yolox(self, output: NDArray[np.float32]) -> _Decoded:
        """Offsets from the cell and log sizes, in strides; then objectness and class scores."""
        cells = output[0]
        if cells[:, 2:4].max() > MOST_LOG_SIZE:
            raise ModelRefused(
                "The model's boxes are decoded already: export YOLOX without --decode_in_inference."
            )
        middles = (cells[:, :2] + self._grid) * self._strides
        return middles, np.exp(cells[:, 2:4]) * self._strides, cells[:, 5:] * cells[:, 4:5]


_Decoded = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]


def _decode_yolov8(output: NDArray[np.float32]) -> _Decoded:
    """Centres and sizes in input pixels; then class scores."""
    cells = output[0].T
    return cells[:, :2], cells[:, 2:4], cells[:, 4:]


@lru_cache(maxsize=2)
def onnx_detector(
    path: Path,
    stamp: tuple[int, int] | None,  # noqa: ARG001 — another file under the same name is opened anew
    names: tuple[str, ...],
) -> OnnxDetector:
    """Return this process's detector of that file; opened once, kept for all chunks."""
    return OnnxDetector(path, names)


def file_stamp(path: Path) -> tuple[int, int] | None:
    """Return size (bytes) and time of change (ns) of a regular file, None where there is none."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return (status.st_size, status.st_mtime_ns) if S_ISREG(status.st_mode) else None


def _input_of(session: InferenceSession, path: Path) -> tuple[str, int, int]:
    inputs = session.get_inputs()
    shape = inputs[0].shape if len(inputs) == 1 else []
    fits = (
        (len(shape) == 4 and shape[0] in (1, None))
        or (len(shape) == 4 and isinstance(shape[0], str))
    ) and shape[1] == 3
    if not fits or not all(isinstance(side, int) for side in shape[2:]):
        raise ModelRefused(
            f"{path.name} takes {[(one.name, one.shape) for one in inputs]}; one input of shape "
            "[1, 3, height, width] with fixed sizes is wanted: export it without dynamic sizes."
        )
    if inputs[0].type != "tensor(float)":
        raise ModelRefused(
            f"{path.name} takes {inputs[0].type}: export it in float32, without half precision."
        )
    height, width = shape[2:]
    if not all(0 < side <= MOST_SIDE and side % STRIDES[-1] == 0 for side in (height, width)):
        raise ModelRefused(
            f"{path.name} takes pictures of {width} x {height} pixels; multiples of "
            f"{STRIDES[-1]} up to {MOST_SIDE} are wanted."
        )
    return inputs[0].name, width, height


def _grid(width: int, height: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the cells' places as float32[cells, 2] (x, y in strides), and their strides."""
    places, strides = [], []
    for stride in STRIDES:
        across, down = width // stride, height // stride
        x, y = np.meshgrid(np.arange(across), np.arange(down))
        places.append(np.stack([x.ravel(), y.ravel()], axis=1))
        strides.append(np.full((across * down, 1), stride))
    return np.concatenate(places).astype(np.float32), np.concatenate(strides).astype(np.float32)


def _names_in(metadata: Mapping[str, str]) -> tuple[str, ...]:
    """Return the class names that the export left in the file: a dict or list, as Python text."""
    try:
        names = ast.literal_eval(metadata.get("names", "()"))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return ()
    if isinstance(names, dict):
        names = [names.get(number) for number in range(len(names))]
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        return ()
    return tuple(names)
