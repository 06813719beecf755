"""Objects: found where they are, as plain onnxruntime finds them, by NanoDet or one's own model."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from pydantic import ValidationError

from tests.steps.chunked import results
from tests.steps.films import film, run
from tests.steps.turned import turned
from videojobs_ext.pipelines.errors import StepFailed
from videojobs_ext.rows.schema import Observation
from videojobs_ext.steps.class_names import COCO
from videojobs_ext.steps.nanodet import nanodet
from videojobs_ext.steps.objects import Objects, ObjectsParams
from videojobs_ext.steps.onnx_session import ModelRefused, packaged_model
from videojobs_ext.video.index import read_frame_index
from videojobs_ext.video.reader import FrameReader

#: What is on frames of bikes.mp4, seen by eye: label and a box that the object fills.
SEEN = {
    40: ("person", (342, 0, 238, 270)),
    60: ("car", (0, 30, 640, 242)),
    120: ("person", (347, 8, 134, 262)),
    160: ("car", (2, 97, 155, 78)),
    220: ("bicycle", (274, 9, 297, 205)),
}


def box(row: Observation) -> tuple[float, float, float, float]:
    assert row.x is not None
    assert row.y is not None
    assert row.w is not None
    assert row.h is not None
    return row.x, row.y, row.w, row.h


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    left, top = max(one[0], other[0]), max(one[1], other[1])
    right = min(one[0] + one[2], other[0] + other[2])
    bottom = min(one[1] + one[3], other[1] + other[3])
    shared = max(0.0, right - left) * max(0.0, bottom - top)
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)


def test_persons_cars_and_bicycles_are_found_where_they_are(bikes: Path) -> None:
    said = run(Objects(ObjectsParams()), bikes, sorted(SEEN))
    for number, (label, place) in SEEN.items():
        best = max(overlap(box(row), place) for row in said[number] if row.label == label)
        assert best > 0.7, (number, label)


def test_rows_are_the_surest_first_inside_the_frame_and_labelled(bikes: Path) -> None:
    for rows in run(Objects(ObjectsParams()), bikes, range(0, 250, 20)).values():
        scores = [row.score or 0 for row in rows]
        assert scores == sorted(scores, reverse=True)
        assert all(0.35 <= score <= 1 for score in scores)
        for row in rows:
            x, y, w, h = box(row)
            assert row.label in COCO
            assert 0 <= x < x + w <= 640
            assert 0 <= y < y + h <= 272


def reference(
    small: np.ndarray, width: int, height: int
) -> list[tuple[str, float, tuple[float, ...]]]:
    """Run NanoDet as the model's description says, with loops and nothing of the package's.

    ``small`` is the frame scaled so that its longer side is 416 pixels.
    """
    session = onnxruntime.InferenceSession(str(packaged_model("nanodet_g_416.onnx")))
    ratio = 416 / max(height, width)
    canvas = np.zeros((416, 416, 3), np.float32)
    canvas[: small.shape[0], : small.shape[1]] = small
    canvas = (canvas - (103.53, 116.28, 123.675)) / (57.375, 57.12, 58.395)
    blob = canvas.transpose(2, 0, 1)[None].astype(np.float32)
    out = dict(
        zip(
            [output.name for output in session.get_outputs()],
            session.run(None, {"images": blob}),
            strict=True,
        )
    )
    found = []
    for stride in (8, 16, 32):
        side = 416 // stride
        for cell in range(side * side):
            number = int(out[f"cls{stride}"][0, cell].argmax())
            score = float(out[f"cls{stride}"][0, cell, number])
            if score < 0.35:
                continue
            bins = out[f"reg{stride}"][0, cell].astype(np.float64).reshape(4, 11)
            weights = np.exp(bins) / np.exp(bins).sum(axis=1, keepdims=True)
            left, up, right, down = (weights * np.arange(11)).sum(axis=1) * stride
            x, y = (cell % side + 0.5) * stride, (cell // side + 0.5) * stride
            x1, y1 = max(0, (x - left) / ratio), max(0, (y - up) / ratio)
            x2, y2 = min(width, (x + right) / ratio), min(height, (y + down) / ratio)
            found.append((COCO[number], score, (x1, y1, x2 - x1, y2 - y1)))
    found.sort(key=lambda one: -one[1])
    kept: list[tuple[str, float, tuple[float, ...]]] = []
    for one in found:
        if all(one[0] != k[0] or overlap(one[2], k[2]) <= 0.5 for k in kept):
            kept.append(one)
    return kept


def test_boxes_are_those_of_a_plain_run_of_the_network(bikes: Path) -> None:
    numbers = [20, 60, 120, 140, 200]
    said = run(Objects(ObjectsParams()), bikes, numbers)
    with FrameReader(bikes, read_frame_index(bikes)) as reader:
        for frame in reader.read(np.array(numbers)):
            rows = said[frame.number]
            wanted = reference(frame.bgr(416), 640, 272)
            assert [row.label for row in rows] == [label for label, _, _ in wanted]
            for row, (_, score, place) in zip(rows, wanted, strict=True):
                assert box(row) == pytest.approx(place, abs=1)
                assert row.score == pytest.approx(score, abs=0.001)


def test_classes_only_leave_rows_out(bikes: Path) -> None:
    everything = run(Objects(ObjectsParams()), bikes, [80, 120])
    cars = run(Objects(ObjectsParams(classes=("car", "bus"))), bikes, [80, 120])
    for number, rows in everything.items():
        assert cars[number] == [row for row in rows if row.label == "car"]


def test_limits_are_kept(bikes: Path) -> None:
    many = run(Objects(ObjectsParams(min_score=0.2, iou=0.9)), bikes, [120])[120]
    few = run(Objects(ObjectsParams(min_score=0.2, iou=0.9, max_detections=2)), bikes, [120])[120]
    assert len(many) > 4
    assert few == many[:2]


def test_an_unknown_class_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ValidationError, match=r"no class 'peson'\. Did you mean 'person'\?"):
        ObjectsParams(classes=("peson",))
    with pytest.raises(ValidationError, match="'names' goes with 'model'"):
        ObjectsParams(names=("cat",))


def test_a_frame_smaller_than_the_network_s_input_is_scaled_up(bikes: Path, tmp_path: Path) -> None:
    index = read_frame_index(bikes)
    with FrameReader(bikes, index) as reader:
        (frame,) = reader.read(np.array([120]))
        small = cv2.resize(frame.bgr(), (320, 136), interpolation=cv2.INTER_AREA)
    (rows,) = run(Objects(ObjectsParams()), film(tmp_path / "a.mp4", [small])).values()
    assert rows[0].label == "person"
    assert overlap(box(rows[0]), tuple(side / 2 for side in SEEN[120][1])) > 0.8


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_boxes_lie_in_the_upright_frame(bikes: Path, tmp_path: Path, rotation: int) -> None:
    path = turned(bikes, tmp_path / "turned.mp4", [120, 121], rotation)
    rows = run(Objects(ObjectsParams()), path)[0]
    assert rows[0].label == "person"
    assert overlap(box(rows[0]), SEEN[120][1]) > 0.85


def test_chunks_do_not_change_the_rows(bikes: Path, tmp_path: Path) -> None:
    pipeline = "id: a\nsampling: {every: 10}\nsteps: [{id: objects, uses: objects}]\n"
    whole = results(pipeline, bikes, tmp_path / "whole")
    assert len(whole) > 15
    assert results(pipeline, bikes, tmp_path / "cut", [76, 137]) == whole


def test_the_network_is_opened_once_a_process(bikes: Path) -> None:
    run(Objects(ObjectsParams()), bikes, [0])
    assert nanodet() is nanodet()


# A model of one's own. Its input is 64 x 64: 8 x 8 + 4 x 4 + 2 x 2 cells.

SIDE, CELLS = 64, 84


def constant(name: str, array: np.ndarray) -> onnx.TensorProto:
    return numpy_helper.from_array(np.asarray(array, np.float32), name)


def model(
    path: Path,
    nodes: list[onnx.NodeProto],
    constants: list[onnx.TensorProto],
    shape: list[int],
    *,
    names: str | None = None,
    pixels: list[int | str] | None = None,
    kind: int = TensorProto.FLOAT,
) -> Path:
    inputs = [helper.make_tensor_value_info("images", kind, pixels or [1, 3, SIDE, SIDE])]
    outputs = [helper.make_tensor_value_info("output", kind, shape)]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    if names is not None:
        helper.set_model_props(made, {"names": names, "stride": "32"})
    onnx.save(made, path)
    return path


def one_pixel() -> list[onnx.NodeProto]:
    """Return nodes that take the input's pixel (32, 24): [1, 3, 1], as the network sees it."""
    return [
        helper.make_node("Slice", ["images", "from", "to", "axes"], ["pixel"]),
        helper.make_node("Reshape", ["pixel", "flat"], ["colour"]),
    ]


def one_pixel_constants() -> list[onnx.TensorProto]:
    return [
        numpy_helper.from_array(np.array(values, np.int64), name)
        for name, values in (
            ("from", [24, 32]),
            ("to", [25, 33]),
            ("axes", [2, 3]),
            ("flat", [1, 3, 1]),
        )
    ]


def yolov8(path: Path, names: str | None) -> Path:
    """Make a model whose every cell says the box (16, 8)-(48, 40) in the colour of one pixel."""
    boxes = np.tile(np.array([32, 24, 32, 32], np.float32)[:, None], (1, CELLS))[None]
    nodes = [
        *one_pixel(),
        helper.make_node("Mul", ["colour", "ones"], ["scores"]),
        helper.make_node("Concat", ["boxes", "scores"], ["output"], axis=1),
    ]
    constants = [
        *one_pixel_constants(),
        constant("boxes", boxes),
        constant("ones", np.ones((1, 1, CELLS))),
    ]
    return model(path, nodes, constants, [1, 7, CELLS], names=names)


def yolox(path: Path, log_size: float = 0.0) -> Path:
    """Make a model that is sure of one cell, (3, 1) of the grid of 16 pixels, two cells wide."""
    cells = np.zeros((1, CELLS, 5), np.float32)
    cells[0, 64 + 1 * 4 + 3] = [0.5, 0.5, np.log(2), log_size, 0.9]
    nodes = [
        *one_pixel(),
        helper.make_node("Mul", ["colour", "level"], ["scores"]),
        helper.make_node("Transpose", ["scores"], ["across"], perm=[0, 2, 1]),
        helper.make_node("Concat", ["cells", "across"], ["output"], axis=2),
    ]
    constants = [
        *one_pixel_constants(),
        constant("cells", cells),
        constant("level", np.full((1, 1, CELLS), 1 / 255)),
    ]
    return model(path, nodes, constants, [1, CELLS, 8])


@pytest.fixture
def red(tmp_path: Path) -> Path:
    """Return a film of one red frame, 128 x 64."""
    return film(tmp_path / "red.mp4", [np.full((64, 128, 3), (0, 0, 250), np.uint8)])


def found(red: Path, **params: object) -> list[Observation]:
    return run(Objects(ObjectsParams(**params)), red)[0]  # type: ignore[arg-type]


def test_a_yolov8_export_is_run_with_the_names_in_it(red: Path, tmp_path: Path) -> None:
    path = yolov8(tmp_path / "v8.onnx", "{0: 'red', 1: 'green', 2: 'blue'}")
    (row,) = found(red, model=str(path))
    # RGB from 0 to 1; the frame lies 16 pixels below the top of the square input, at half size.
    assert row.label == "red"
    assert row.score == pytest.approx(0.98, abs=0.03)
    assert box(row) == pytest.approx((32, 0, 64, 48), abs=0.01)


def test_a_yolox_export_is_run_with_names_that_are_given(red: Path, tmp_path: Path) -> None:
    path = yolox(tmp_path / "x.onnx")
    (row,) = found(red, model=str(path), names=("blue", "green", "red"))
    # BGR from 0 to 255; the frame lies at the top of the input, at half size.
    assert row.label == "red"
    assert row.score == pytest.approx(0.9 * 0.98, abs=0.03)
    assert box(row) == pytest.approx((2 * (56 - 16), 2 * (24 - 8), 48, 32), abs=0.01)


def test_a_model_of_80_classes_without_names_has_those_of_coco(red: Path, tmp_path: Path) -> None:
    cells = np.zeros((1, 84, 189), np.float32)
    cells[0, :4] = np.array([32, 32, 16, 16])[:, None]
    cells[0, 4 + 2] = 0.8
    nodes = [
        helper.make_node("Mul", ["images", "none"], ["black"]),
        helper.make_node("ReduceSum", ["black"], ["nothing"], keepdims=0),
        helper.make_node("Add", ["cells", "nothing"], ["output"]),
    ]
    path = model(
        tmp_path / "coco.onnx",
        nodes,
        [constant("none", np.zeros(1)), constant("cells", cells)],
        [1, 84, 189],
        pixels=[1, 3, 96, 96],
    )
    assert [row.label for row in found(red, model=str(path))] == ["car"]


def test_classes_of_one_s_own_model_are_checked_when_it_is_opened(
    red: Path, tmp_path: Path
) -> None:
    path = yolov8(tmp_path / "v8.onnx", "['red', 'green', 'blue']")
    with pytest.raises(ValueError, match=r"no class 'rde'\. Did you mean 'red'\?"):
        found(red, model=str(path), classes=("rde",))
    assert found(red, model=str(path), classes=("green",)) == []


def identity(path: Path, **how: object) -> Path:
    node = helper.make_node("Identity", ["images"], ["output"])
    shape = how.get("pixels", [1, 3, SIDE, SIDE])
    return model(path, [node], [], shape, **how)  # type: ignore[arg-type]


def test_a_file_that_is_no_detector_is_refused_with_the_reason(red: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.onnx"
    text.write_text("no model")
    refusals = {
        str(tmp_path / "none.onnx"): "There is no model file",
        str(tmp_path): "There is no model file",
        "/dev/zero": "There is no model file",
        str(text): "text.onnx can't be opened as an ONNX model",
        str(identity(tmp_path / "a.onnx")): r"puts out an array of shape \[1, 3, 64, 64\]",
        str(
            identity(tmp_path / "b.onnx", pixels=[1, 3, "height", "width"])
        ): "export it without dynamic sizes",
        str(identity(tmp_path / "c.onnx", kind=TensorProto.FLOAT16)): "export it in float32",
        str(identity(tmp_path / "d.onnx", pixels=[1, 3, 60, 60])): "multiples of 32",
        str(identity(tmp_path / "e.onnx", pixels=[1, 64])): "one input of shape",
        str(yolov8(tmp_path / "f.onnx", None)): "tells 3 classes apart, but 0 names are known",
        str(yolov8(tmp_path / "g.onnx", "{0: 'red'}")): "tells 3 classes apart, but 1 names",
        str(yolov8(tmp_path / "h.onnx", "__import__('os')")): "but 0 names are known",
    }
    for path, reason in refusals.items():
        with pytest.raises(ModelRefused, match=reason):
            found(red, model=path)


def test_a_yolox_export_with_decoded_boxes_is_refused(red: Path, tmp_path: Path) -> None:
    path = yolox(tmp_path / "x.onnx", log_size=32.0)
    with pytest.raises(ModelRefused, match="export YOLOX without --decode_in_inference"):
        found(red, model=str(path), names=("blue", "green", "red"))


def test_a_job_with_a_bad_model_says_which_step_failed_and_why(red: Path, tmp_path: Path) -> None:
    pipeline = "id: a\nsteps: [{id: mine, uses: objects, with: {model: no.onnx}}]\n"
    reason = r"Step 'mine' failed on frame 0: .*no model file 'no\.onnx'"
    with pytest.raises(StepFailed, match=reason):
        results(pipeline, red, tmp_path / "rows")


def test_another_model_under_the_same_name_is_another_step(red: Path, tmp_path: Path) -> None:
    path = yolov8(tmp_path / "v8.onnx", "['red', 'green', 'blue']")
    params = ObjectsParams(model=str(path))
    before = params.model_dump(mode="json")
    assert [row.label for row in found(red, model=str(path))] == ["red"]
    yolov8(path, "['rouge', 'vert', 'bleu', ]")
    assert params.model_dump(mode="json") != before
    assert [row.label for row in found(red, model=str(path))] == ["rouge"]
