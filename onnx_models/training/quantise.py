"""Static 8-bit reduction of an exported network (QDQ, per channel), calibrated on slices of the training patients.

ONNX Runtime has no transposed convolution in 8 bits, so those of the U-Net are first written as what they are, a convolution
of one pixel that makes all four pixels of the finer grid, and their unfolding: the same numbers, a sixth faster in 8 bits.
"""

import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from onnx_models.training import sources
from service.anatomy.preprocess import PIXEL_MM, interpolation, network_size, normalise, resample, with_neighbours
from service.anatomy.tissue import Tissue

LEAST_AGREEMENT = 0.99
"""Of 8 bits with float32, as the Dice of every tissue (illustrative: version 0.9.0 comes to 0.996 for posterior elements, to 0.997 or more for the others)."""


class _Slices(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, slices: Iterator[NDArray[np.float32]]) -> None:
        self.slices = slices

    def get_next(self) -> dict[str, Any] | None:
        image = next(self.slices, None)
        return None if image is None else {"slices": image}


def calibration_slices(data: Path, run: Path, each: int = 8) -> Iterator[NDArray[np.float32]]:
    """Whole slices (1, 3, rows, columns) of training patients of every source, prepared as the service prepares them."""
    for name in sources.READERS:
        folder = run / name if name in ("pseudo", "phantom") else data
        for case in islice(sources.lessons(name, folder, backwards=True), each):
            sizes = [network_size(n, mm) for n, mm in zip(case.image.shape[1:], case.spacing[1:], strict=True)]
            weights = [
                interpolation(n, mm, size, PIXEL_MM)
                for n, mm, size in zip(case.image.shape[1:], case.spacing[1:], sizes, strict=True)
            ]
            prepared = with_neighbours(resample(normalise(case.image), *weights))
            yield from prepared[len(prepared) // 3 :: max(1, len(prepared) // 2)][:2, None]


def quantise(
    full: Path, reduced: Path, slices: Iterator[NDArray[np.float32]], *, keep: list[str] | None = None
) -> None:
    """Write ``reduced``, the 8-bit form of the float32 model ``full``; nodes named in ``keep`` stay float32."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        unfolded = Path(folder) / "unfolded.onnx"
        onnx.save(without_transposed(onnx.load(full)), unfolded)
        quant_pre_process(str(unfolded), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(reduced),
            _Slices(slices),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            nodes_to_exclude=keep or [],
        )


def agreement(full: Path, reduced: Path, slices: Iterable[NDArray[np.float32]]) -> dict[str, float]:
    """By the name of each tissue that either model sees in the slices, the Dice of what both see."""
    sessions = [ort.InferenceSession(str(path), providers=["CPUExecutionProvider"]) for path in (full, reduced)]
    both, seen = np.zeros(len(Tissue)), np.zeros(len(Tissue))
    for image in slices:
        one, other = (session.run(None, {"slices": image})[0].argmax(1).ravel() for session in sessions)
        both += np.bincount(one[one == other], minlength=len(Tissue))
        seen += np.bincount(one, minlength=len(Tissue)) + np.bincount(other, minlength=len(Tissue))
    return {tissue.name.lower(): float(2 * both[tissue] / seen[tissue]) for tissue in Tissue if seen[tissue]}


def without_transposed(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same model with each transposed convolution of 2 x 2 pixels and stride 2 as a 1 x 1 convolution and an unfolding."""
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        nodes += _unfolded(node, weights) if node.op_type == "ConvTranspose" else [node]
    del graph.node[:], graph.value_info[:]
    graph.node.extend(nodes)
    return model


def _unfolded(node: onnx.NodeProto, weights: dict[str, onnx.TensorProto]) -> list[onnx.NodeProto]:
    kernel, bias = (numpy_helper.to_array(weights[name]) for name in node.input[1:])
    inputs, outputs, *size = kernel.shape
    assert size == [2, 2], f"a transposed convolution of {size} pixels cannot be unfolded"
    flat = np.ascontiguousarray(kernel.transpose(1, 2, 3, 0)).reshape(4 * outputs, inputs, 1, 1)
    for name, values in zip(node.input[1:], (flat, np.repeat(bias, 4)), strict=True):
        weights[name].CopyFrom(numpy_helper.from_array(values, name))
    deep = f"{node.output[0]}_deep"
    return [
        helper.make_node("Conv", node.input, [deep], f"{node.name}_deep", kernel_shape=[1, 1]),
        helper.make_node("DepthToSpace", [deep], node.output, node.name, blocksize=2, mode="CRD"),
    ]
