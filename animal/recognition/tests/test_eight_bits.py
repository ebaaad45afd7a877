"""Networks in eight bits: what stays in full, that they answer alike, and what the command says."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from django.core.management import CommandError, call_command
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

pytestmark = pytest.mark.stack


@pytest.fixture
def network() -> onnx.ModelProto:
    """Two convolutions, whose kernels are stored in half precision as the detector's authors' conversion does."""
    rng = np.random.default_rng(1)
    kernels = [rng.normal(size=(8, 3, 3, 3)) / 5, rng.normal(size=(4, 8, 1, 1)) / 5]
    constants = [numpy_helper.from_array(one.astype(np.float16), f"k{n}/half") for n, one in enumerate(kernels)]
    nodes = [
        helper.make_node("Cast", ["k0/half"], ["k0"], to=TensorProto.FLOAT),
        helper.make_node("Cast", ["k1/half"], ["k1"], to=TensorProto.FLOAT),
        helper.make_node("Conv", ["input", "k0"], ["first"], auto_pad="SAME_UPPER"),
        helper.make_node("LeakyRelu", ["first"], ["active"], alpha=0.1),
        helper.make_node("Conv", ["active", "k1"], ["last"]),
        helper.make_node("Sigmoid", ["last"], ["output"]),
    ]
    shapes = [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, 16, 16])]
    answer = [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 4, 16, 16])]
    graph = helper.make_graph(nodes, "two", shapes, answer, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)


def run(model: onnx.ModelProto, feed: dict[str, np.ndarray]) -> np.ndarray:
    """As ONNX defines the operators. ONNX Runtime adds up in sixteen bits where a processor has no VNNI, and these
    kernels and inputs, unlike a trained network's, overflow there."""
    (answer,) = ReferenceEvaluator(model).run(None, feed)
    return answer


def test_a_network_in_eight_bits_answers_like_the_one_it_was_made_from(network) -> None:
    from animal.recognition.training.eight_bits import in_eight_bits, last_convolutions, with_full_weights

    rng = np.random.default_rng(2)
    feeds = [{"input": rng.normal(size=(1, 3, 16, 16)).astype(np.float32)} for _ in range(8)]
    full = with_full_weights(network)
    assert not [node for node in full.graph.node if node.op_type == "Cast"]
    assert last_convolutions(full) == {"last"}
    small = in_eight_bits(full, feeds, operators=("Conv",), in_full={"last"})
    assert (
        small.SerializeToString()
        == in_eight_bits(full, feeds, operators=("Conv",), in_full={"last"}).SerializeToString()
    )
    kinds = {one.name: one.data_type for one in small.graph.initializer}
    assert kinds["k0_quantized"] == TensorProto.INT8
    assert kinds["k1"] == TensorProto.FLOAT
    expected, answer = run(network, feeds[0]), run(small, feeds[0])
    assert 0 < np.abs(expected - answer).max() < 0.02
    (served,) = onnxruntime.InferenceSession(small.SerializeToString()).run(None, feeds[0])
    assert np.abs(expected - served).max() < 0.1


def test_the_command_needs_the_network_and_photos(tmp_path: Path) -> None:
    out = str(tmp_path / "out.onnx")
    with pytest.raises(CommandError, match="is not a file"):
        call_command("quantise_detector", str(tmp_path / "none.onnx"), str(tmp_path), "--out", out)
    (tmp_path / "some.onnx").write_bytes(b"")
    (tmp_path / "photos").mkdir()
    with pytest.raises(CommandError, match="no photo"):
        call_command(
            "quantise_detector", str(tmp_path / "some.onnx"), str(tmp_path / "photos"), "--out", out, stdout=StringIO()
        )
