"""How good grades and probabilities are, with intervals that draw patients, not discs."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, cohen_kappa_score, roc_auc_score

Floats = NDArray[np.float64]
Measure = Callable[[NDArray[np.int64], Floats], float]
DRAWS, EXACT_DRAWS, BINS = 1000, 200, 10


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval by bootstrap over patients."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f}–{self.high:.3f})"


def kappa(truth: NDArray[np.int64], grade: Floats) -> float:
    """Cohen's kappa with quadratic weights."""
    return float(cohen_kappa_score(truth, np.rint(grade).astype(int), weights="quadratic", labels=range(1, 6)))


def auc(truth: NDArray[np.int64], probability: Floats) -> float:
    """Area under the receiver operating characteristic; nan if there is but one class."""
    return float(roc_auc_score(truth, probability)) if 0 < truth.sum() < len(truth) else float("nan")


def auprc(truth: NDArray[np.int64], probability: Floats) -> float:
    """Average precision; nan if nothing is there."""
    return float(average_precision_score(truth, probability)) if truth.sum() else float("nan")


def sensitivity(truth: NDArray[np.int64], probability: Floats) -> float:
    """Share of what is there that is called present."""
    return float((probability[truth == 1] >= 0.5).mean()) if truth.sum() else float("nan")


def precision(truth: NDArray[np.int64], probability: Floats) -> float:
    """Share of what is called present that is there; nan if nothing is called so."""
    called = probability >= 0.5
    return float(truth[called].mean()) if called.any() else float("nan")


def calibration_error(truth: NDArray[np.int64], probability: Floats) -> float:
    """Expected calibration error over bins of equal width."""
    return sum(share * abs(said - seen) for said, seen, share in reliability(truth, probability))


def error_of_exact(probability: Floats) -> float:
    """Calibration error to expect of so many discs if each probability were exactly right: what few discs leave by chance."""
    random = np.random.default_rng(0)
    drawn = (random.random((EXACT_DRAWS, len(probability))) < probability).astype(int)
    return float(np.mean([calibration_error(truth, probability) for truth in drawn]))


def reliability(truth: NDArray[np.int64], probability: Floats) -> list[tuple[float, float, float]]:
    """For every bin that is not empty: mean probability, share that is there, share of all discs."""
    bins = np.minimum((probability * BINS).astype(int), BINS - 1)
    members = [bins == k for k in range(BINS) if (bins == k).any()]
    return [(float(probability[m].mean()), float(truth[m].mean()), float(m.mean())) for m in members]


def estimate(measure: Measure, truth: NDArray[np.int64], said: Floats, patient: NDArray[np.int64]) -> Estimate:
    """A measure with its interval; draws in which it is not defined are left out."""
    random, where = np.random.default_rng(0), [np.flatnonzero(patient == p) for p in np.unique(patient)]
    drawn = []
    for _ in range(DRAWS):
        rows = np.concatenate([where[k] for k in random.integers(0, len(where), len(where))])
        drawn.append(measure(truth[rows], said[rows]))
    low, high = np.nanpercentile(drawn, (2.5, 97.5)) if np.isfinite(drawn).any() else (np.nan, np.nan)
    return Estimate(measure(truth, said), float(low), float(high))
