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

from animal.recognition.detector import network_input
from animal.recognition.tests.photos import photo

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
    kernels and inputs overflow there far more than a trained network's."""
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


def network_for_squares(*, sides: tuple[int, int] = (26, 26)) -> onnx.ModelProto:
    """As converted detectors are: a map is enlarged to a size that is right for one size of picture."""
    rng = np.random.default_rng(3)
    constants = [
        numpy_helper.from_array((rng.normal(size=(4, 3, 32, 32)) / 50).astype(np.float16), "k0/half"),
        numpy_helper.from_array((rng.normal(size=(4, 4, 1, 1)) / 2).astype(np.float16), "k1/half"),
        numpy_helper.from_array(np.array([1, 4, *sides], np.int64), "sizes"),
        numpy_helper.from_array(np.array([1, 4, -1], np.int64), "flat"),
    ]
    nodes = [
        helper.make_node("Cast", ["k0/half"], ["k0"], to=TensorProto.FLOAT),
        helper.make_node("Cast", ["k1/half"], ["k1"], to=TensorProto.FLOAT),
        helper.make_node("Conv", ["input_1", "k0"], ["first"], strides=[32, 32], auto_pad="VALID"),
        helper.make_node("Resize", ["first", "", "", "sizes"], ["larger"], mode="nearest"),
        helper.make_node("LeakyRelu", ["larger"], ["active"], alpha=0.1),
        helper.make_node("Conv", ["active", "k1"], ["last"]),
        helper.make_node("Reshape", ["last", "flat"], ["output"]),
    ]
    shapes = [helper.make_tensor_value_info("input_1", TensorProto.FLOAT, [1, 3, 416, 416])]
    answer = [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 4, sides[0] * sides[1]])]
    graph = helper.make_graph(nodes, "squares", shapes, answer, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_the_command_makes_a_detector_of_squares_one_of_any_size(tmp_path: Path) -> None:
    """Photos are not square, those from which the ranges are read no more than others."""
    folder = tmp_path / "photos" / "one"
    folder.mkdir(parents=True)
    for name, size in (("lying", (400, 300)), ("upright", (300, 400))):
        photo("chelsea/a.jpg").resize(size).save(folder / f"{name}.jpg")
    source, target = tmp_path / "squares.onnx", tmp_path / "out.onnx"
    onnx.save(network_for_squares(), source)
    call_command("quantise_detector", str(source), str(tmp_path / "photos"), "--out", str(target), stdout=StringIO())
    full, small = onnxruntime.InferenceSession(source), onnxruntime.InferenceSession(target)
    square = network_input(photo("chelsea/a.jpg").resize((416, 416)))
    (expected,), (answer,) = full.run(None, square), small.run(None, square)
    assert 0 < np.abs(expected - answer).max() < 0.1 * np.abs(expected).max()
    lying = network_input(photo("chelsea/a.jpg").resize((400, 300)))
    _, _, height, width = lying["input_1"].shape
    assert height < width
    (fewer,) = small.run(None, lying)
    assert fewer.shape == (1, 4, 4 * (height // 32) * (width // 32))


@pytest.mark.parametrize("sides", [(20, 20), (26, 13)])
def test_a_network_that_scales_by_something_else_is_refused(tmp_path: Path, sides: tuple[int, int]) -> None:
    (tmp_path / "photos" / "one").mkdir(parents=True)
    photo("chelsea/a.jpg").save(tmp_path / "photos" / "one" / "a.jpg")
    onnx.save(network_for_squares(sides=sides), tmp_path / "squares.onnx")
    command = ["quantise_detector", str(tmp_path / "squares.onnx"), str(tmp_path / "photos"), "--out", "out.onnx"]
    with pytest.raises(CommandError, match=r"larger is scaled by (1\.5|2: )"):
        call_command(*command)


def test_a_network_that_is_open_to_any_size_already_is_refused() -> None:
    from animal.recognition.training.detector_in_eight_bits import of_any_size

    with pytest.raises(ValueError, match="larger is not scaled to a size"):
        of_any_size(of_any_size(network_for_squares()))


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
