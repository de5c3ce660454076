"""Networks that read the signs of a disc, all findings at once; their mean is what counts."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from onnx_models.training.graders.network import Reader

Floats = NDArray[np.float32]


def train_readers(told: Floats, targets: Floats, share: NDArray[np.float64], config: dict[str, Any]) -> list[Reader]:
    """Several networks that differ in their random numbers alone.

    Args:
        told: (n, SIGN_FEATURES) features of the signs.
        targets: (n, len(TARGETS)) 0 or 1.
        share: (n,) how much each disc counts.
        config: with a ``seed``, and ``readers`` as in ``config.yaml``.
    """
    return [
        _train(told, targets, share, config["readers"], config["seed"] + 300 + k)
        for k in range(config["readers"]["count"])
    ]


def read(readers: list[Reader], told: Floats) -> Floats:
    """(n, len(TARGETS)) the mean of the networks' logits."""
    with torch.no_grad():
        return torch.stack([reader(torch.from_numpy(told)) for reader in readers]).mean(0).numpy()


def _train(told: Floats, targets: Floats, share: NDArray[np.float64], settings: dict[str, Any], seed: int) -> Reader:
    torch.manual_seed(seed)
    random, batch = np.random.default_rng(seed), settings["batch"]
    reader = Reader(settings["hidden"], settings["unseen"], settings["dropout"])
    optimiser = torch.optim.AdamW(reader.parameters(), weight_decay=settings["weight_decay"])
    steps = settings["epochs"] * max(1, len(told) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, settings["learning_rate"], steps)
    features, wanted, counts = (torch.from_numpy(np.asarray(part, np.float32)) for part in (told, targets, share))
    reader.train()
    for _ in range(steps):
        rows = torch.from_numpy(random.integers(0, len(told), batch))
        seen = features[rows] + settings["noise"] * torch.randn(batch, features.shape[1])
        losses = functional.binary_cross_entropy_with_logits(reader(seen), wanted[rows], reduction="none")
        optimiser.zero_grad()
        (losses.mean(1) * counts[rows]).mean().backward()
        optimiser.step()
        schedule.step()
    return reader.eval()
