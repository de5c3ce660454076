"""Losses for labels that are sets: cross-entropy of the set's total probability, and Dice where a class is decided.

The first is the marginal likelihood for partially labelled data (Shi et al., Medical Image Analysis 2021).
"""

import torch
from torch import Tensor

from onnx_models.training.allowed import DECISIVE
from service.anatomy.tissue import Tissue

DECISIVE_WEIGHT = 4.0
"""How much more a voxel counts in the cross-entropy that is marked as decisive. Provenance: expert."""

_BITS = torch.tensor([1 << t for t in Tissue]).view(1, -1, 1, 1)


def partial_label_loss(logits: Tensor, allowed: Tensor) -> Tensor:
    """Scalar loss of (n, 6, h, w) logits against (n, h, w) bit sets; voxels that allow everything do not count, decisive ones more."""
    possible = (allowed[:, None] & _BITS) > 0
    log_p = torch.log_softmax(logits.float(), 1)
    marginal = torch.logsumexp(log_p.masked_fill(~possible, -1e4), 1)
    weight = ~possible.all(1) * (1 + (DECISIVE_WEIGHT - 1) * ((allowed & int(DECISIVE)) > 0))
    entropy = -(marginal * weight).sum() / weight.sum().clamp(min=1)
    return 1.5 * entropy + _dice(log_p.exp(), possible)


def _dice(p: Tensor, possible: Tensor) -> Tensor:
    alone = possible & (possible.sum(1, keepdim=True) == 1)
    decided = (alone | ~possible).float()
    both = (p * alone).sum((0, 2, 3))
    total = (p * decided).sum((0, 2, 3)) + alone.sum((0, 2, 3))
    present = alone.sum((0, 2, 3)) > 50
    present[0] = False
    dice = 1 - (2 * both + 1) / (total + 1)
    return (dice * present).sum() / present.sum().clamp(min=1)
