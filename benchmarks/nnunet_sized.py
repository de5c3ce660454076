"""A network of nnU-Net's size and shape with random weights, to be timed beside ours: its time does not depend on the weights.

The plan is what nnU-Net's default planner (Isensee et al., Nat Methods 2021; ``3d_fullres``, 8 GB) derives for a volume of
15 x 448 x 448 voxels of 4.4 x 0.625 x 0.625 mm: kernels that leave the slice direction alone until the spacings are within a
factor of two, a patch of 12 x 384 x 384, and patches that overlap by half. The planner would put a seventh stage below; the
usual six (31 M parameters) are taken, which is a little in that network's favour.
"""

from itertools import product

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from service.anatomy.tissue import Tissue

Triple = tuple[int, int, int]

PATCH: Triple = (12, 384, 384)
OVERLAP = 0.5
FEATURES = (32, 64, 128, 256, 320, 320)
KERNELS: tuple[Triple, ...] = ((1, 3, 3), (1, 3, 3), (3, 3, 3), (3, 3, 3), (3, 3, 3), (3, 3, 3))
STRIDES: tuple[Triple, ...] = ((1, 1, 1), (1, 2, 2), (1, 2, 2), (2, 2, 2), (1, 2, 2), (1, 2, 2))


def model() -> onnx.ModelProto:
    """The network, ready for ONNX Runtime: "patch" (1, 1, *PATCH) to "logits" (1, 6, *PATCH), float32."""
    return _Builder().unet()


def parameters(network: onnx.ModelProto) -> int:
    """How many weights it holds."""
    return sum(int(np.prod(weights.dims)) for weights in network.graph.initializer)


def corners(shape: tuple[int, ...]) -> list[Triple]:
    """Where the patches of a sliding window begin, in a volume (slices, rows, columns), as nnU-Net spreads them."""
    starts = [_starts(max(n, p), p) for n, p in zip(shape, PATCH, strict=True)]
    return [(k, r, c) for k, r, c in product(*starts)]


def _starts(size: int, patch: int) -> list[int]:
    steps = int(np.ceil((size - patch) / (patch * OVERLAP))) + 1
    return [int(start) for start in np.round(np.linspace(0, size - patch, steps))]


class _Builder:
    """Adds nodes one after another; every method returns the name of its output."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.rng = np.random.default_rng(0)

    def unet(self) -> onnx.ModelProto:
        x, inputs, skips = "patch", 1, []
        for features, kernel, stride in zip(FEATURES, KERNELS, STRIDES, strict=True):
            x = self._unit(x, inputs, features, kernel, stride)
            x = self._unit(x, features, features, kernel)
            inputs = features
            skips.append(x)
        skips.pop()
        for stage in range(len(FEATURES) - 2, -1, -1):
            features, kernel = FEATURES[stage], KERNELS[stage]
            risen = self._rise(x, inputs, features, STRIDES[stage + 1])
            x = self._node("Concat", [risen, skips.pop()], axis=1)
            x = self._unit(x, 2 * features, features, kernel)
            x = self._unit(x, features, features, kernel)
            inputs = features
        return self._finish(self._convolution(x, inputs, len(Tissue), (1, 1, 1)))

    def _unit(self, x: str, inputs: int, outputs: int, kernel: Triple, stride: Triple = (1, 1, 1)) -> str:
        x = self._convolution(x, inputs, outputs, kernel, stride)
        scale, shift = self._add(np.ones(outputs)), self._add(np.zeros(outputs))
        x = self._node("InstanceNormalization", [x, scale, shift], epsilon=1e-5)
        return self._node("LeakyRelu", [x], alpha=0.01)

    def _convolution(self, x: str, inputs: int, outputs: int, kernel: Triple, stride: Triple = (1, 1, 1)) -> str:
        pads = [k // 2 for k in kernel] * 2
        weights, bias = self._random((outputs, inputs, *kernel)), self._add(np.zeros(outputs))
        return self._node("Conv", [x, weights, bias], kernel_shape=kernel, strides=stride, pads=pads)

    def _rise(self, x: str, inputs: int, outputs: int, stride: Triple) -> str:
        weights, bias = self._random((inputs, outputs, *stride)), self._add(np.zeros(outputs))
        return self._node("ConvTranspose", [x, weights, bias], kernel_shape=stride, strides=stride)

    def _node(self, kind: str, inputs: list[str], **attributes: object) -> str:
        output = f"x{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def _random(self, shape: tuple[int, ...]) -> str:
        return self._add(self.rng.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape))

    def _add(self, values: NDArray[np.float64]) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(values.astype(np.float32), name))
        return name

    def _finish(self, logits: str) -> onnx.ModelProto:
        self.nodes.append(helper.make_node("Identity", [logits], ["logits"]))
        ends = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, (1, channels, *PATCH))
            for name, channels in (("patch", 1), ("logits", len(Tissue)))
        ]
        graph = helper.make_graph(self.nodes, "nnunet_sized", ends[:1], ends[1:], self.weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
