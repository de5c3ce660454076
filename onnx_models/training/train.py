"""Trains the segmenter: resumable, with progress; ``python -m onnx_models.training.train --data DIR --run DIR``.

``--start MODEL.onnx`` takes up an exported float32 model where the stage before the named one would have ended, and ``--steps``
says how many steps the stage makes.
"""

import argparse
import copy
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
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
    """An endless stream of batches: (batch, 3, rows, columns) images and (batch, rows, columns) allowed sets.

    A source that is not there is left out, and the others share its crops. What is cropped lies in nameless files of the run's folder,
    some 7 GB for SPIDER's release, which end with the process.
    """

    def __init__(self, data: Path, run: Path, config: dict[str, Any], stage: int) -> None:
        self.config, self.seed = config, config["seed"]
        rng = np.random.default_rng(self.seed)
        shares: dict[str, float] = config["stages"][stage]["sources"]
        folders = {"pseudo": run / "pseudo", "phantom": run / "phantom"}
        items = {
            name: [
                prepare(sources.with_settled(case, run) if stage else case, rng).on_disk(run)
                for case in sources.lessons(name, folders.get(name, data))
            ]
            for name in shares
        }
        self.items = {name: cases for name, cases in items.items() if cases}
        if not self.items:
            raise FileNotFoundError(f"none of the sources {', '.join(shares)} is in {data} or {run}")
        self.shares = {name: shares[name] for name in self.items}
        self.plain = float(config["stages"][stage].get("plain", 0.0))

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        worker = torch.utils.data.get_worker_info()
        if worker:
            torch.set_num_threads(1)
        rng = np.random.default_rng((self.seed, worker.id if worker else 0))
        names, shares = list(self.shares), np.array(list(self.shares.values()), float)
        while True:
            batch = []
            for name in rng.choice(names, self.config["batch"], p=shares / shares.sum()):
                items = self.items[name]
                batch.append(crop(items[rng.integers(len(items))], tuple(self.config["crop"]), rng, self.plain))
            images, allowed = zip(*batch, strict=True)
            yield torch.from_numpy(np.stack(images)), torch.from_numpy(np.stack(allowed))


def shortened(config: dict[str, Any], stage: int, steps: int) -> dict[str, Any]:
    """The configuration with this stage as its last, of so many steps, over all of which at most the rate falls to nothing."""
    stages = config["stages"][: stage + 1]
    begins = stages[stage - 1]["until"] if stage else 0
    stages[stage] = {**stages[stage], "until": begins + steps}
    return {**config, "stages": stages, "decay": min(config["decay"], steps)}


def learning_rate(step: int, config: dict[str, Any]) -> float:
    """Warm-up, plateau, linear decay to zero: a run can be prolonged before its decay begins."""
    rising = min(1.0, (step + 1) / config["warmup"])
    falling = min(1.0, max(0.0, (config["stages"][-1]["until"] - step) / config["decay"]))
    return float(config["learning_rate"]) * min(rising, falling)


@dataclass
class State:
    """What a checkpoint keeps: the weights, their moving average, the optimiser, how many steps were made, by which configuration, and
    what taught (``sources.CITED``)."""

    model: UNet
    average: UNet
    optimiser: torch.optim.Optimizer
    step: int
    config: dict[str, Any]
    training_data: list[str]

    def save(self, path: Path) -> None:
        """Write the checkpoint; one that is there is replaced as a whole."""
        parts = {name: getattr(self, name).state_dict() for name in ("model", "average", "optimiser")}
        told = {"step": self.step, "config": self.config, "training_data": self.training_data}
        torch.save({**parts, **told}, path.with_suffix(".tmp"))
        path.with_suffix(".tmp").replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint."""
        saved = torch.load(path, weights_only=True)
        for name in ("model", "average", "optimiser"):
            getattr(self, name).load_state_dict(saved[name])
        self.step = saved["step"]
        self.training_data = list(dict.fromkeys([*saved.get("training_data", sources.UNTOLD), *self.training_data]))


def train(data: Path, run: Path, config: dict[str, Any], stage: int, start: Path | None = None) -> Path:
    """Train to the end of a stage, going on from ``run``/last.pt if it is there, else from ``start``; returns the checkpoint."""
    until, last = config["stages"][stage]["until"], run / "last.pt"
    run.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(config["seed"])
    crops = Crops(data, run, config, stage)
    state = _begin(crops, config, stage, None if last.exists() else start)
    if last.exists():
        state.load(last)
    crops.seed = config["seed"] + state.step
    first, started, losses = state.step, time.monotonic(), []
    for images, allowed in DataLoader(crops, batch_size=None, num_workers=1, prefetch_factor=6):
        if state.step >= until:
            break
        rate = learning_rate(state.step, config) * min(1.0, (state.step - first + 1) / config["warmup"])
        losses.append(_step(state, images, allowed, rate, config["ema"]))
        if state.step % 20 == 0:
            mean, seconds = round(float(np.mean(losses)), 4), round(time.monotonic() - started, 1)
            print(json.dumps({"step": state.step, "loss": mean, "seconds": seconds}), flush=True)
            losses.clear()
        if state.step % config["checkpoint_every"] == 0 or state.step == until:
            state.save(last)
    return last


def _begin(crops: Crops, config: dict[str, Any], stage: int, start: Path | None) -> State:
    """Fresh weights at step 0, or those of an exported model at the step where this stage begins."""
    step = config["stages"][stage - 1]["until"] if start and stage else 0
    batches = (images for images, _ in islice(crops, 8))
    model = restore(start, config["widths"], batches) if start else UNet(config["widths"])
    model = model.to(memory_format=torch.channels_last).train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1.0, weight_decay=config["weight_decay"])
    told = [*(_told_of(start) if start else ()), *(sources.CITED[name] for name in crops.items)]
    return State(model, copy.deepcopy(model), optimiser, step, config, list(dict.fromkeys(told)))


def _told_of(exported: Path) -> list[str]:
    """What taught an exported model, as the manifest beside it says; without one, the model's name."""
    manifest = exported.with_name("manifest.json")
    entries = json.loads(manifest.read_text())["models"].values() if manifest.exists() else ()
    told: str = next((e["training_data"] for e in entries if e["file"] == exported.name), exported.name)
    return told.split(", ")


def _step(state: State, images: Tensor, allowed: Tensor, rate: float, ema: float) -> float:
    """One step of the optimiser at this learning rate; returns the loss."""
    for group in state.optimiser.param_groups:
        group["lr"] = rate
    loss = partial_label_loss(state.model(images.contiguous(memory_format=torch.channels_last)), allowed)
    state.optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(state.model.parameters(), 2.0)
    state.optimiser.step()
    state.step += 1
    _follow(state.average, state.model, min(ema, (1 + state.step) / (10 + state.step)))
    return float(loss.detach())


@torch.no_grad()
def _follow(average: UNet, model: UNet, keep: float) -> None:
    for ours, theirs in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
        if ours.dtype.is_floating_point:
            ours.lerp_(theirs, 1 - keep)
        else:
            ours.copy_(theirs)


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
        help="of the configuration's; 0: the labels alone; later ones: also what a first network settled, unlabelled slices and phantoms",
    )
    parser.add_argument("--start", type=Path, help="exported float32 model to go on from, in place of fresh weights")
    parser.add_argument("--steps", type=int, help="that the stage makes, in place of the configuration's")
    arguments = parser.parse_args()
    config = yaml.safe_load(arguments.config.read_text())
    if arguments.steps:
        config = shortened(config, arguments.stage, arguments.steps)
    print(train(arguments.data, arguments.run, config, arguments.stage, arguments.start))


if __name__ == "__main__":
    main()
