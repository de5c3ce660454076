"""One network for each fold of the training patients, and what each says of the patients that it has not seen."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional
from tqdm import trange

from onnx_models.training.graders.augment import augmented
from onnx_models.training.graders.discs import Discs
from onnx_models.training.graders.network import BINARY, TARGETS, Looker
from service.findings.disc_reading import GRADES

Floats = NDArray[np.float32]


def targets_of(discs: Discs) -> Floats:
    """(n, len(TARGETS)) 0 or 1: the grade lies above 1 to 4; each finding is there."""
    above = [discs.labels["pfirrmann"] > k for k in range(1, GRADES)]
    return np.stack([*above, *(present(discs, name) for name in BINARY)], 1).astype(np.float32)


def present(discs: Discs, name: str) -> NDArray[np.bool_]:
    """(n,) whether the radiologist wrote that it is there: an endplate changed on either side, Modic change of type 2."""
    if name == "endplate":
        return present(discs, "upper") | present(discs, "lower")
    return np.asarray(discs.labels[name] == 2 if name == "modic" else discs.labels[name] > 0)


def fold_of(discs: Discs, folds: int, seed: int) -> NDArray[np.int64]:
    """(n,) the fold of each disc; all discs of a patient lie in one."""
    patients = np.random.default_rng(seed).permutation(np.unique(discs.patient))
    where = {int(patient): k % folds for k, patient in enumerate(patients)}
    return np.array([where[int(patient)] for patient in discs.patient])


def train_folds(discs: Discs, config: dict[str, Any], progress: bool = True) -> tuple[list[Looker], Floats]:
    """The networks, and the (n, len(TARGETS)) logits for every disc of the one that its patient did not train."""
    fold = fold_of(discs, config["folds"], config["seed"])
    unseen = np.zeros((len(discs), len(TARGETS)), np.float32)
    lookers = []
    for k in range(config["folds"]):
        looker = train(discs[np.flatnonzero(fold != k)], config, config["seed"] + k, progress)
        unseen[fold == k] = logits_of([looker], discs[np.flatnonzero(fold == k)])
        lookers.append(looker)
    return lookers, unseen


def train(discs: Discs, config: dict[str, Any], seed: int, progress: bool = True) -> Looker:
    """One network from random weights; the learning rate rises and falls once."""
    torch.manual_seed(seed)
    random, numpy_random = torch.Generator().manual_seed(seed), np.random.default_rng(seed)
    looker = Looker(config["widths"], config["dropout"])
    optimiser = torch.optim.AdamW(looker.parameters(), weight_decay=config["weight_decay"])
    share = np.array([config["studies"][study] for study in discs.study])
    steps = config["epochs"] * max(1, round(share.sum() / config["batch"]))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, config["learning_rate"], steps, pct_start=0.25)
    targets, draws = torch.from_numpy(targets_of(discs)), share / share.sum()
    looker.train()
    for _ in trange(steps, desc=f"fold {seed}", unit="step", disable=not progress, mininterval=10):
        batch = numpy_random.choice(len(discs), config["batch"], replace=False, p=draws)
        pictures = torch.from_numpy(discs.pictures[batch].astype(np.float32))
        pictures, wanted = augmented(pictures, targets[batch], config["augment"], random)
        loss = functional.binary_cross_entropy_with_logits(looker(pictures), wanted)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return looker.eval()


def logits_of(lookers: list[Looker], discs: Discs) -> Floats:
    """(n, len(TARGETS)) the mean of the networks' logits."""
    with torch.no_grad():
        parts = torch.from_numpy(discs.pictures).split(256)
        said = [torch.stack([looker(part.float()) for looker in lookers]).mean(0) for part in parts]
    return torch.cat(said).numpy()
