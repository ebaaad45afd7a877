"""The weights that training came to, read back from the file that is shipped: no checkpoint is kept of them."""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

SUFFIX = "_DequantizeLinear_Output"


def tuned_convolutions(recogniser: bytes) -> dict[str, NDArray[np.float64]]:
    """Folded weights by name, as `build_recogniser` takes them, rounded as the file stores them: built anew around them
    a network computes the same, but for rounding. Raises ValueError for a network that is not its work."""
    graph = onnx.load_from_string(recogniser).graph
    constants = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    widened = {node.output[0]: node for node in graph.node if node.op_type in ("DequantizeLinear", "Cast")}

    def values(name: str) -> NDArray[np.float64]:
        if name in constants:
            stored: NDArray[np.float64] = constants[name].astype(np.float64)
            return stored
        return _widened([constants[one] for one in widened[name].input])

    weights: dict[str, NDArray[np.float64]] = {}
    for node in graph.node:
        name = node.input[1].removesuffix(SUFFIX).removesuffix("/w") if node.op_type == "Conv" else ""
        if not name or name.endswith("/untrained"):
            continue
        weights[f"{name}/w"], weights[f"{name}/b"] = values(node.input[1]), values(node.input[2])
    if "_conv_head/w" not in weights:
        raise ValueError("the recogniser has no _conv_head/w of its own")
    return weights


def _widened(stored: list[NDArray]) -> NDArray[np.float64]:
    """Half precision, or eight bits with a scale for each output channel; zero stands for zero."""
    numbers = stored[0].astype(np.float64)
    if len(stored) == 1:
        return numbers
    scales = stored[1].astype(np.float64)
    result: NDArray[np.float64] = numbers * scales.reshape(scales.shape + (1,) * (numbers.ndim - scales.ndim))
    return result
