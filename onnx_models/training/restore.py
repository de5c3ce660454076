"""A network to train on, from an exported float32 model: for a site with data of its own, or where the checkpoint is lost.

Export folds each batch normalisation into the convolution before it. Here it is unfolded again: the mean and variance that the
convolution's output has on a few batches become those of the normalisation, whose scale and shift undo them, so that the
network computes what it did and goes on training as one that never left. Folding also leaves the convolutions with small
weights, which an optimiser's steps would soon replace: they get back the length of a trained network's, which a
normalisation does not notice.
"""

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from onnx_models.training.network import UNet

WEIGHT_LENGTH = 1.5
"""Euclidean length of the weights of one output channel."""


def restore(exported: Path, widths: list[int], batches: Iterable[Tensor]) -> UNet:
    """The network of an exported model, in evaluation mode equal to it.

    Args:
        exported: float32 ONNX, as ``onnx_models.training.export`` writes it.
        widths: of ``UNet``.
        batches: some (n, CHANNELS, h, w) training images.

    Raises:
        KeyError: the model is not an exported ``UNet``.
    """
    weights = {i.name: torch.tensor(numpy_helper.to_array(i)) for i in onnx.load(exported).graph.initializer}
    network = UNet(widths)
    pairs = list(_folded(network))
    state = {name: weights.get(name, value) for name, value in network.state_dict().items()}
    for convolution, normalisation, layer in pairs:
        folded = weights[f"{convolution}.weight"]
        length = folded.flatten(1).norm(dim=1).clamp(min=1e-6)
        state[f"{convolution}.weight"] = folded * (WEIGHT_LENGTH / length).view(-1, 1, 1, 1)
        state[f"{normalisation}.weight"] = length / WEIGHT_LENGTH * (1 + layer.eps) ** 0.5
        state[f"{normalisation}.bias"] = weights[f"{convolution}.weight_bias"]
    network.load_state_dict(state)
    _unfold(network.eval(), [layer for *_, layer in pairs], batches)
    return network


def _folded(network: UNet) -> Iterable[tuple[str, str, nn.BatchNorm2d]]:
    """Names of every convolution and the normalisation that follows it, and the latter."""
    modules = [(name, module) for name, module in network.named_modules() if not list(module.children())]
    for (convolution, _), (name, layer) in pairwise(modules):
        if isinstance(layer, nn.BatchNorm2d):
            yield convolution, name, layer


@torch.no_grad()
def _unfold(network: UNet, layers: list[nn.BatchNorm2d], batches: Iterable[Tensor]) -> None:
    moments: dict[nn.BatchNorm2d, list[Tensor]] = {layer: [] for layer in layers}

    def remember(layer: nn.BatchNorm2d, inputs: tuple[Tensor, ...]) -> None:
        x = inputs[0].double()
        moments[layer].append(torch.stack([x.mean((0, 2, 3)), x.square().mean((0, 2, 3))]))

    hooks = [layer.register_forward_pre_hook(remember) for layer in layers]
    for images in batches:
        network(images)
    for hook in hooks:
        hook.remove()
    for layer, seen in moments.items():
        mean, square = torch.stack(seen).mean(0)
        variance = (square - mean.square()).clamp(min=1e-6)
        scale = layer.weight / (1 + layer.eps) ** 0.5
        layer.bias.add_(scale * mean.float())
        layer.weight.copy_(scale * (variance + layer.eps).sqrt())
        layer.running_mean.copy_(mean)
        layer.running_var.copy_(variance)
