"""The trained recogniser as one ONNX file: backbone, head, and ImageNet's classifier for species and breeds.

    input [N,3,side,side]       pictures, (RGB - 127) / 128
    vectors [2,N,512]           of the pictures and of their mirror images, not of length one
    features [2,N,1280]         what the head made them from, centred
    logits [N,1000]             ImageNet's classes, from weights that training has not touched

Both branches share the stem and the blocks that were not tuned. What identity needs is stored in half precision, the
classifier's own blocks in eight bits per channel: they move no probability by more than a hundredth. ONNX Runtime
widens both once, when it opens the file.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from animal.recognition.efficientnet import IR_VERSION, OPSET, Graph, Weights, block_strides, folded
from animal.recognition.projection import DIMENSIONS, FEATURES
from animal.recognition.training.initial_head import Head

LEAST_ACTIVATION = 1e-4
CLASSES = 1000


class CompactGraph(Graph):
    """Keeps weights in half precision, or in eight bits while ``eight_bits`` is on."""

    def __init__(self, weights: Weights) -> None:
        super().__init__(weights)
        self.eight_bits = False

    def weight(self, name: str, values: NDArray[Any]) -> str:
        return self._in_eight_bits(name, values) if self.eight_bits else self._in_half(name, values)

    def _in_half(self, name: str, values: NDArray[Any]) -> str:
        stored = f"{name}/half"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values, np.float16), stored))
        return self.node("Cast", [stored], name, to=TensorProto.FLOAT)

    def _in_eight_bits(self, name: str, values: NDArray[Any]) -> str:
        """One scale for each output channel."""
        scales = np.maximum(np.abs(values).reshape(len(values), -1).max(1), 1e-12) / 127
        shape = (-1, *[1] * (values.ndim - 1))
        rounded = np.clip(np.rint(values / scales.reshape(shape)), -127, 127).astype(np.int8)
        stored = f"{name}/eight"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(rounded), stored))
        # Not DequantizeLinear: ONNX Runtime would repeat it in every run instead of once.
        widened = self.node("Cast", [stored], f"{name}/widened", to=TensorProto.FLOAT)
        return self.node("Mul", [widened, self.constant(f"{name}/scales", scales.reshape(shape))], name)

    def integers(self, name: str, values: list[int]) -> str:
        self.constants.append(numpy_helper.from_array(np.array(values, np.int64), name))
        return name


def build_recogniser(original: Weights, tuned: Weights, head: Head, *, first_tuned: int, side: int) -> bytes:
    """The file's bytes; the same weights always give the same.

    ``original`` is the backbone's checkpoint, ``tuned`` the folded convolutions after training.
    """
    graph = CompactGraph(tuned)
    count = len(block_strides())
    everything = graph.integers("everything", [-(2**62)])
    mirrored = graph.node(
        "Slice",
        [
            "input",
            graph.integers("last", [2**62]),
            everything,
            graph.integers("width", [3]),
            graph.integers("back", [-1]),
        ],
        "mirrored",
    )
    both = graph.node("Concat", ["input", mirrored], "both", axis=0)
    shared = graph.blocks(graph.stem(both), 0, first_tuned)
    _identity(graph, graph.head(graph.blocks(shared, first_tuned, count)), head)

    graph.weights, graph.suffix, graph.eight_bits = folded(original), "/classes", True
    pictures, _ = f"{shared}/pictures", f"{shared}/mirrored"
    graph.nodes.append(helper.make_node("Split", [shared], [pictures, f"{shared}/mirrored"], axis=0))
    flow = graph.head(graph.blocks(pictures, first_tuned, count))
    flat = graph.node("Flatten", [graph.node("GlobalAveragePool", [flow], "classes/pooled")], "classes/features")
    classifier = [graph.weight("_fc/w", original["_fc.weight"]), graph.constant("_fc/b", original["_fc.bias"])]
    graph.node("Gemm", [flat, *classifier], "logits", transB=1)
    return _serialised(graph, side)


def _identity(graph: CompactGraph, activations: str, head: Head) -> None:
    """Generalised mean, centred, and the head."""
    least = graph.constant("least_activation", np.array(LEAST_ACTIVATION))
    positive = graph.node("Max", [activations, least], "positive")
    # Two products are several times faster than a power.
    square = graph.node("Mul", [positive, positive], "square")
    cube = graph.node("Mul", [square, positive], "cube")
    mean = graph.node("Flatten", [graph.node("GlobalAveragePool", [cube], "mean_cube")], "mean_cube/flat")
    pooled = graph.node("Pow", [mean, graph.constant("third", np.array(1 / 3))], "pooled")
    centred = graph.node("Sub", [pooled, graph.constant("head/mean", head.mean)], "centred")
    vectors = graph.node(
        "Gemm",
        [centred, graph.weight("head/w", head.matrix), graph.constant("head/b", head.offset)],
        "vectors/flat",
        transB=1,
    )
    for source, output, length in ((centred, "features", FEATURES), (vectors, "vectors", DIMENSIONS)):
        graph.node("Reshape", [source, graph.integers(f"{output}/shape", [2, -1, length])], output)


def _serialised(graph: Graph, side: int) -> bytes:
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "recogniser",
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 3, side, side])],
            [
                helper.make_tensor_value_info("vectors", TensorProto.FLOAT, [2, "N", DIMENSIONS]),
                helper.make_tensor_value_info("features", TensorProto.FLOAT, [2, "N", FEATURES]),
                helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", CLASSES]),
            ],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))
