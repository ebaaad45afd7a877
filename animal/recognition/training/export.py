"""The trained recogniser as one ONNX file: backbone, head, and ImageNet's classifier for species and breeds.

    input [N,3,side,side]       pictures, (RGB - 127) / 128
    vectors [2,N,512]           of the pictures and of their mirror images, not of length one
    features [2,N,5056]         what the head made them from, centred: untrained ones first, then the tuned ones, then
                                the means of maps on the way to these (unit_vectors.LEVELS)
    logits [N,1000]             ImageNet's classes, from weights that training has not touched
    activations [2N,1280,h,w]   what those are made from: the last feature map of the untrained weights

The blocks that were tuned stand twice, as ImageNet left them and as training did; both branches share the stem and the
other blocks. Both branches compute in eight bits (eight_bits.py). The shared blocks, in which a rounding would do most
harm, and the head stay in half precision and the classifier in eight bits a class: ONNX Runtime widens these once, when
it opens the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from animal.recognition import pipeline
from animal.recognition.convert import checkpoint_path
from animal.recognition.efficientnet import (
    IR_VERSION,
    LEAST_ACTIVATION,
    OPSET,
    Graph,
    Weights,
    block_strides,
    folded,
)
from animal.recognition.torch_weights import load_state_dict
from animal.recognition.training.eight_bits import in_eight_bits
from animal.recognition.training.initial_head import Head
from animal.recognition.unit_vectors import BACKBONE_FEATURES, DIMENSIONS, FEATURES, LEVELS

CLASSES = 1000
ACTIVATIONS = "activations"
HEAD_MEAN, HEAD_MATRIX, HEAD_BIAS = "head/mean", "head/w", "head/b"


class CompactGraph(Graph):
    """Stores kernels in half precision while ``is_shared`` is on; those of the branches are left to eight_bits.py."""

    def __init__(self, weights: Weights) -> None:
        super().__init__(weights)
        self.is_shared = True

    def weight(self, name: str, values: NDArray[Any]) -> str:
        return self.in_half(name, values) if self.is_shared else self.constant(name, values)

    def in_half(self, name: str, values: NDArray[Any]) -> str:
        stored = f"{name}/half"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values, np.float16), stored))
        return self.node("Cast", [stored], name, to=TensorProto.FLOAT)

    def in_rows_of_eight_bits(self, name: str, matrix: NDArray[Any]) -> str:
        """One scale for each row."""
        scales = np.maximum(np.abs(matrix).max(1, keepdims=True), 1e-12) / 127
        rounded = np.clip(np.rint(matrix / scales), -127, 127).astype(np.int8)
        stored = f"{name}/eight"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(rounded), stored))
        # Not DequantizeLinear: ONNX Runtime would repeat it in every run instead of once.
        widened = self.node("Cast", [stored], f"{name}/widened", to=TensorProto.FLOAT)
        return self.node("Mul", [widened, self.constant(f"{name}/scales", scales)], name)

    def integers(self, name: str, values: list[int]) -> str:
        self.constants.append(numpy_helper.from_array(np.array(values, np.int64), name))
        return name


def build_recogniser(
    original: Weights,
    tuned: Weights,
    head: Head,
    *,
    first_tuned: int,
    side: int,
    examples: Sequence[NDArray[np.float32]],
) -> bytes:
    """The file's bytes; the same arguments always give the same.

    ``original`` is the backbone's checkpoint, ``tuned`` the folded convolutions after training; ``head`` takes the
    features of both branches and of the blocks on the way, [5056]. ``examples`` are some dozens of pictures
    [1,3,side,side] as the service feeds them, from which the range of every layer is read.
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
    graph.is_shared, in_full = False, [node.output[0] for node in graph.nodes]
    tuned_map = graph.head(graph.blocks(shared, first_tuned, count))
    graph.weights, graph.suffix = folded(original), "/untrained"
    graph.head(graph.blocks(shared, first_tuned, count))
    untrained_map = graph.nodes[-1].output[0] = ACTIVATIONS

    average = graph.node("GlobalAveragePool", [untrained_map], "classes/pooled")
    pictures = graph.node("Flatten", [average], "classes/flat")
    graph.nodes.append(helper.make_node("Split", [pictures], ["classes/features", "classes/mirrored"], axis=0))
    matrix, bias = graph.in_rows_of_eight_bits("_fc/w", original["_fc.weight"]), original["_fc.bias"]
    graph.node("Gemm", ["classes/features", matrix, graph.constant("_fc/b", bias)], "logits", transB=1)
    pooled = [_generalised_mean(graph, one) for one in (untrained_map, tuned_map)]
    pooled += [_mean(graph, f"_blocks.{block}._depthwise_conv/relu6") for block in LEVELS]
    _vectors(graph, graph.node("Concat", pooled, "pooled", axis=1), head)
    feeds = ({"input": pixels} for pixels in examples)
    model = in_eight_bits(_model(graph, side), feeds, operators=("Conv", "Add", "Clip"), in_full=in_full)
    return bytes(model.SerializeToString(deterministic=True))


def build_without_head(tuned: Weights, *, first_tuned: int, examples: Sequence[NDArray[np.float32]]) -> bytes:
    """The network with a head that says nothing yet, and centres nothing: to read features with."""
    head = Head(np.zeros(FEATURES), np.zeros((DIMENSIONS, FEATURES)), np.zeros(DIMENSIONS))
    original = load_state_dict(checkpoint_path())
    return build_recogniser(
        original, tuned, head, first_tuned=first_tuned, side=pipeline.BACKBONE_SIDE, examples=examples
    )


def first_tuned_of(recogniser: bytes) -> int:
    """The first block that stands twice in a file."""
    numbers = [
        int(node.output[0].split(".")[1])
        for node in onnx.load_from_string(recogniser).graph.node
        if node.op_type == "Conv" and node.output[0].startswith("_blocks.") and "/untrained" in node.output[0]
    ]
    return min(numbers, default=len(block_strides()))


def with_head(recogniser: bytes, head: Head) -> bytes:
    """The same network with another head, which takes the features as they are before they are centred: those of the
    file and ``centre_of(recogniser)`` added to them."""
    model = onnx.load_from_string(recogniser)
    values = {HEAD_MEAN: head.mean.astype(np.float32), HEAD_BIAS: head.offset.astype(np.float32)}
    values[f"{HEAD_MATRIX}/half"] = head.matrix.astype(np.float16)
    for constant in model.graph.initializer:
        if constant.name in values:
            constant.CopyFrom(numpy_helper.from_array(values.pop(constant.name), constant.name))
    if values:
        raise ValueError(f"the recogniser has no {', '.join(sorted(values))}")
    return bytes(model.SerializeToString(deterministic=True))


def centre_of(recogniser: bytes) -> NDArray[np.float64]:
    """[5056]: what the file takes off its features before it gives them. Raises ValueError for another network."""
    for constant in onnx.load_from_string(recogniser).graph.initializer:
        if constant.name == HEAD_MEAN:
            centre: NDArray[np.float64] = numpy_helper.to_array(constant).astype(np.float64)
            return centre
    raise ValueError(f"the recogniser has no {HEAD_MEAN}")


def _mean(graph: CompactGraph, activations: str) -> str:
    """[2N,k]"""
    mean = graph.node("GlobalAveragePool", [activations], f"{activations}/mean")
    return graph.node("Flatten", [mean], f"{activations}/mean/flat")


def _generalised_mean(graph: CompactGraph, activations: str) -> str:
    """[2N,1280]: the mean with exponent 3."""
    least = graph.constant(f"{activations}/least", np.array(LEAST_ACTIVATION))
    positive = graph.node("Max", [activations, least], f"{activations}/positive")
    # Two products are several times faster than a power.
    square = graph.node("Mul", [positive, positive], f"{activations}/square")
    cube = graph.node("Mul", [square, positive], f"{activations}/cube")
    mean = graph.node("GlobalAveragePool", [cube], f"{activations}/mean_cube")
    flat = graph.node("Flatten", [mean], f"{activations}/mean_cube/flat")
    return graph.node("Pow", [flat, graph.constant(f"{activations}/third", np.array(1 / 3))], f"{activations}/pooled")


def _vectors(graph: CompactGraph, pooled: str, head: Head) -> None:
    """Centred, and through the head."""
    centred = graph.node("Sub", [pooled, graph.constant(HEAD_MEAN, head.mean)], "centred")
    vectors = graph.node(
        "Gemm",
        [centred, graph.in_half(HEAD_MATRIX, head.matrix), graph.constant(HEAD_BIAS, head.offset)],
        "vectors/flat",
        transB=1,
    )
    for source, output, length in ((centred, "features", FEATURES), (vectors, "vectors", DIMENSIONS)):
        graph.node("Reshape", [source, graph.integers(f"{output}/shape", [2, -1, length])], output)


def _model(graph: Graph, side: int) -> onnx.ModelProto:
    return helper.make_model(
        helper.make_graph(
            graph.nodes,
            "recogniser",
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 3, side, side])],
            [
                helper.make_tensor_value_info("vectors", TensorProto.FLOAT, [2, "N", DIMENSIONS]),
                helper.make_tensor_value_info("features", TensorProto.FLOAT, [2, "N", FEATURES]),
                helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", CLASSES]),
                helper.make_tensor_value_info(ACTIVATIONS, TensorProto.FLOAT, ["2N", BACKBONE_FEATURES, None, None]),
            ],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
