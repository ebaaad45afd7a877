"""The detector in eight bits: less than half of the time, and a quarter of the space."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from onnxruntime.quantization.shape_inference import quant_pre_process

from animal.recognition import detector
from animal.recognition.evaluation import open_upright
from animal.recognition.training.eight_bits import in_eight_bits, last_convolutions, with_full_weights

FACTORS = (0.5, 2)


def detector_in_eight_bits(model: Path, photos: Iterable[Path]) -> bytes:
    """The file's bytes. The last convolutions stay as they are: probabilities of 0.01 and distances of 10 would share
    one scale, and nothing would be found."""
    full = of_any_size(_tidied(with_full_weights(onnx.load(model))))
    feeds = (detector.network_input(open_upright(path)) for path in photos)
    small = in_eight_bits(full, feeds, operators=("Conv", "LeakyRelu"), in_full=last_convolutions(full))
    return bytes(small.SerializeToString(deterministic=True))


def of_any_size(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same network for pictures of any size that its coarsest stride divides: maps are doubled and halved, where
    the conversion of one for squares wrote how large they come out. A photo is rarely square, and grey beside it costs
    as much time as the photo. Raises ValueError for a network that scales in another way."""
    result = onnx.ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    _, _, height, width = graph.input[0].type.tensor_type.shape.dim
    height.dim_param, width.dim_param = "height", "width"
    for output in graph.output:
        output.type.tensor_type.shape.dim[1].dim_param = f"cells/{output.name}"
    of_squares = {info.name: info for info in onnx.shape_inference.infer_shapes(model).graph.value_info}
    sizes = {constant.name: numpy_helper.to_array(constant) for constant in model.graph.initializer}
    for node in [one for one in graph.node if one.op_type == "Resize"]:
        if len(node.input) < 4 or node.input[3] not in sizes:
            raise ValueError(f"{node.output[0]} is not scaled to a size that the network stores")
        before = [one.dim_value for one in of_squares[node.input[0]].type.tensor_type.shape.dim[2:]]
        factor, other = (after / one for after, one in zip(sizes[node.input[3]][2:], before, strict=True))
        if factor not in FACTORS or factor != other:
            raise ValueError(f"{node.output[0]} is scaled by {factor:g}: that comes out right for squares only")
        scales = np.array([1, 1, factor, factor], np.float32)
        graph.initializer.append(numpy_helper.from_array(scales, f"{node.output[0]}/scales"))
        node.input[2:] = [f"{node.output[0]}/scales"]
    used = {name for node in graph.node for name in node.input}
    for constant in [one for one in graph.initializer if one.name not in used]:
        graph.initializer.remove(constant)
    del graph.value_info[:]
    onnx.checker.check_model(result)
    return result


def _tidied(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same network without what its conversion left: padding and biases as steps of their own, and 160 changes of
    the order of axes. ONNX Runtime does this by itself, but no more once a network is in eight bits."""
    for node in model.graph.node:
        # "VALID" is what is meant without a word on it, and with it no padding is taken in.
        for attribute in [one for one in node.attribute if (one.name, one.s) == ("auto_pad", b"VALID")]:
            node.attribute.remove(attribute)
    with tempfile.TemporaryDirectory(prefix="pawgle-tidy-") as folder:
        source, target = Path(folder) / "source.onnx", Path(folder) / "tidy.onnx"
        onnx.save(model, source)
        # Shapes need not be inferred by symbols, for which SymPy would be needed: the input has one size.
        quant_pre_process(source, target, skip_symbolic_shape=True)
        return onnx.load(target)
