"""A transposed convolution written as a convolution and an unfolding gives the same numbers."""

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from onnx_models.training.quantise import without_transposed


def transposed(size: int) -> onnx.ModelProto:
    """Five channels to three, ``size`` times as high and wide, random weights."""
    rng = np.random.default_rng(0)
    weights = {"w": rng.normal(size=(5, 3, size, size)), "b": rng.normal(size=3)}
    tensors = [numpy_helper.from_array(values.astype(np.float32), name) for name, values in weights.items()]
    node = helper.make_node(
        "ConvTranspose", ["x", "w", "b"], ["y"], "rise", kernel_shape=[size] * 2, strides=[size] * 2
    )
    sides = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["n", c, "h", "w_"]) for n, c in (("x", 5), ("y", 3))]
    graph = helper.make_graph([node], "rise", sides[:1], sides[1:], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def run(model: onnx.ModelProto, image: np.ndarray) -> np.ndarray:
    onnx.checker.check_model(model)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"x": image})[0])


def test_the_numbers_are_the_same() -> None:
    image = np.random.default_rng(1).normal(size=(2, 5, 6, 4)).astype(np.float32)
    unfolded = without_transposed(transposed(2))
    assert [node.op_type for node in unfolded.graph.node] == ["Conv", "DepthToSpace"]
    assert run(unfolded, image) == pytest.approx(run(transposed(2), image), abs=1e-5)


def test_any_other_size_is_refused() -> None:
    with pytest.raises(AssertionError, match="cannot be unfolded"):
        without_transposed(transposed(3))
