"""Trains the segmenter: resumable, with progress; ``python -m onnx_models.training.train --data DIR --run DIR``.

``--start MODEL.onnx`` takes up an exported float32 model where the stage before the named one would have ended.
"""

import argparse
import copy
import json
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from onnx_models.training import sources
from onnx_models.training.augment import crop, prepare
from onnx_models.training.losses import partial_label_loss
from onnx_models.training.network import UNet
from onnx_models.training.restore import restore

CONFIG = Path(__file__).with_name("config.yaml")


class Crops(IterableDataset[tuple[Tensor, Tensor]]):
    """An endless stream of batches: (batch, 3, rows, columns) images and (batch, rows, columns) allowed sets."""

    def __init__(self, data: Path, run: Path, config: dict[str, Any], stage: int, seed: int) -> None:
        self.config, self.seed = config, seed
        rng = np.random.default_rng(seed)
        self.shares: dict[str, float] = config["stages"][stage]["sources"]
        folders = {"pseudo": run / "pseudo", "phantom": run / "phantom"}
        self.items = {
            name: [
                prepare(sources.with_settled(case, run) if stage else case, rng)
                for case in sources.read(name, folders.get(name, data), held=False)
            ]
            for name in self.shares
        }

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        torch.set_num_threads(1)
        worker = torch.utils.data.get_worker_info()
        rng = np.random.default_rng((self.seed, worker.id if worker else 0))
        names, shares = list(self.shares), np.array(list(self.shares.values()), float)
        while True:
            batch = []
            for name in rng.choice(names, self.config["batch"], p=shares / shares.sum()):
                items = self.items[name]
                batch.append(crop(items[rng.integers(len(items))], tuple(self.config["crop"]), rng))
            images, allowed = zip(*batch, strict=True)
            yield torch.from_numpy(np.stack(images)), torch.from_numpy(np.stack(allowed))


def learning_rate(step: int, config: dict[str, Any]) -> float:
    """Warm-up, plateau, linear decay to zero: a run can be prolonged before its decay begins."""
    rising = min(1.0, (step + 1) / config["warmup"])
    falling = min(1.0, max(0.0, (config["stages"][-1]["until"] - step) / config["decay"]))
    return float(config["learning_rate"]) * min(rising, falling)


def train(data: Path, run: Path, config: dict[str, Any], stage: int, start: Path | None = None) -> Path:
    """Train to the end of a stage, going on from ``run``/last.pt if it is there, else from ``start``; returns the checkpoint."""
    until = config["stages"][stage]["until"]
    run.mkdir(parents=True, exist_ok=True)
    last = run / "last.pt"
    torch.manual_seed(config["seed"])
    model, step = _begin(data, run, config, stage, None if last.exists() else start)
    model = model.to(memory_format=torch.channels_last)
    average = copy.deepcopy(model)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1.0, weight_decay=config["weight_decay"])
    if last.exists():
        saved = torch.load(last, weights_only=True)
        model.load_state_dict(saved["model"])
        average.load_state_dict(saved["average"])
        optimiser.load_state_dict(saved["optimiser"])
        step = saved["step"]
    loader = DataLoader(
        Crops(data, run, config, stage, config["seed"] + step), batch_size=None, num_workers=1, prefetch_factor=6
    )
    first = step
    started, losses = time.monotonic(), []
    model.train()
    for images, allowed in loader:
        if step >= until:
            break
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step, config) * min(1.0, (step - first + 1) / config["warmup"])
        loss = partial_label_loss(model(images.contiguous(memory_format=torch.channels_last)), allowed)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        optimiser.step()
        step += 1
        _follow(average, model, min(config["ema"], (1 + step) / (10 + step)))
        losses.append(float(loss.detach()))
        if step % 20 == 0:
            line = {
                "step": step,
                "loss": round(float(np.mean(losses)), 4),
                "seconds": round(time.monotonic() - started, 1),
            }
            print(json.dumps(line), flush=True)
            losses.clear()
        if step % config["checkpoint_every"] == 0 or step == until:
            _save(last, model, average, optimiser, step)
    return last


def _begin(data: Path, run: Path, config: dict[str, Any], stage: int, start: Path | None) -> tuple[UNet, int]:
    """A network with fresh weights at step 0, or that of an exported model at the step where this stage begins."""
    if start is None:
        return UNet(config["widths"]), 0
    batches = islice(Crops(data, run, config, stage, config["seed"]), 8)
    network = restore(start, config["widths"], (images for images, _ in batches))
    return network, config["stages"][stage - 1]["until"] if stage else 0


@torch.no_grad()
def _follow(average: UNet, model: UNet, keep: float) -> None:
    for ours, theirs in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
        if ours.dtype.is_floating_point:
            ours.lerp_(theirs, 1 - keep)
        else:
            ours.copy_(theirs)


def _save(path: Path, model: UNet, average: UNet, optimiser: torch.optim.Optimizer, step: int) -> None:
    state = {
        "model": model.state_dict(),
        "average": average.state_dict(),
        "optimiser": optimiser.state_dict(),
        "step": step,
    }
    torch.save(state, path.with_suffix(".tmp"))
    path.with_suffix(".tmp").replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with the sources of onnx_models/training/sources.py"
    )
    parser.add_argument(
        "--run", type=Path, default=Path("runs/segmenter"), help="checkpoints; a run that is there goes on"
    )
    parser.add_argument("--config", type=Path, default=CONFIG)
    parser.add_argument(
        "--stage",
        type=int,
        default=0,
        help="0: the labels alone; 1: also what a first network settled, unlabelled slices and phantoms",
    )
    parser.add_argument("--start", type=Path, help="exported float32 model to go on from, in place of fresh weights")
    arguments = parser.parse_args()
    config = yaml.safe_load(arguments.config.read_text())
    print(train(arguments.data, arguments.run, config, arguments.stage, arguments.start))


if __name__ == "__main__":
    main()
