"""How much the networks and each sign weigh: logistic regressions on what the networks say of patients they have not seen."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from onnx_models.training.graders.discs import Discs
from onnx_models.training.graders.network import features_of, probabilities
from onnx_models.training.graders.train import fold_of, targets_of

Floats = NDArray[np.float32]
FOLDS = 4


@dataclass(frozen=True, eq=False)
class Weights:
    """Mean and deviation of each sign, and the (features, targets) weights with their offsets."""

    mean: Floats
    deviation: Floats
    weights: Floats
    offset: Floats

    def logits(self, discs: Discs, said: Floats) -> Floats:
        """(n, targets) of discs of which the networks say ``said``."""
        return np.asarray(self.features(discs, said) @ self.weights + self.offset, np.float32)

    def features(self, discs: Discs, said: Floats) -> Floats:
        """(n, features) as the exported model makes them."""
        parts = (said, context_of(discs, said), discs.signs, self.mean, self.deviation)
        return features_of(*(torch.from_numpy(np.asarray(part, np.float32)) for part in parts)).numpy()


def context_of(discs: Discs, said: Floats) -> Floats:
    """(n, targets) the mean over all discs of the same examination."""
    _, one = np.unique(np.char.add(discs.patient.astype(str), discs.study), return_inverse=True)
    sums = np.zeros((one.max() + 1, said.shape[1]))
    np.add.at(sums, one, said)
    return np.asarray((sums / np.bincount(one)[:, None])[one], np.float32)


def weigh(discs: Discs, said: Floats, config: dict[str, Any]) -> Weights:
    """Fit on discs and what the networks that have not seen their patients say of them."""
    mean, deviation = np.nanmean(discs.signs, 0), np.maximum(np.nanstd(discs.signs, 0), 1e-3)
    empty = Weights(mean, deviation, np.zeros(0, np.float32), np.zeros(0, np.float32))
    features, targets = empty.features(discs, said), targets_of(discs)
    share = np.array([config["weights"][study] for study in discs.study])
    fold = fold_of(discs, FOLDS, config["seed"] + 200)
    fits = [_best_fit(features, target, share, fold, config["penalties"]) for target in targets.T]
    weights = np.stack([fit.coef_[0] for fit in fits], 1).astype(np.float32)
    return Weights(mean, deviation, weights, np.array([fit.intercept_[0] for fit in fits], np.float32))


def _best_fit(
    features: Floats, target: Floats, share: NDArray[np.float64], fold: NDArray[np.int64], penalties: list[float]
) -> LogisticRegression:
    """With the penalty whose probabilities cost least (log loss) on the patients of folds that were left out."""

    def cost(penalty: float) -> float:
        losses = []
        for k in np.unique(fold):
            seen, unseen = fold != k, fold == k
            fit = _fit(features[seen], target[seen], share[seen], penalty)
            odds = fit.predict_proba(features[unseen])
            losses.append(log_loss(target[unseen], odds, sample_weight=share[unseen], labels=fit.classes_))
        return float(np.mean(losses))

    return _fit(features, target, share, min(penalties, key=cost))


def _fit(features: Floats, target: Floats, share: NDArray[np.float64], penalty: float) -> LogisticRegression:
    return LogisticRegression(C=penalty, max_iter=2000).fit(features, target, share)


def cross_weighed(discs: Discs, said: Floats, config: dict[str, Any]) -> Floats:
    """(n, GRADES + findings) probabilities of every disc, weighed without its patient: what may be looked at while choosing."""
    fold = fold_of(discs, 5, config["seed"] + 100)
    logits = np.zeros_like(said)
    for k in range(5):
        seen, unseen = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
        logits[unseen] = weigh(discs[seen], said[seen], config).logits(discs[unseen], said[unseen])
    return probabilities(torch.from_numpy(logits)).numpy()
