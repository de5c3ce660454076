"""What the grader learns of each disc, and the folds of patients that it is judged by."""

import numpy as np
from numpy.typing import NDArray

from onnx_models.training.graders.discs import Discs
from onnx_models.training.graders.network import BINARY
from service.findings.disc_reading import GRADES

Floats = NDArray[np.float32]


def targets_of(discs: Discs) -> Floats:
    """(n, targets) 0 or 1: the grade lies above 1 to 4; each finding is there."""
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
