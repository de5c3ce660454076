"""How signs and textures are weighed: logistic regressions on both, and beside them networks that read the signs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from onnx_models.training.graders.discs import Discs
from onnx_models.training.graders.network import (
    SIGN_FEATURES,
    TARGETS,
    Reader,
    Scale,
    features_of,
    joined,
    probabilities,
    sign_features,
)
from onnx_models.training.graders.read import read, train_readers
from onnx_models.training.graders.targets import fold_of, targets_of
from service.findings.disc_reading import SIGNS

Floats = NDArray[np.float32]
FEW = {
    "slip": (
        "antero", "retro", "antero_both", "retro_both", "step_size", "step_apart", "beyond_mm",
        "height_mm", "height_share", "t2_nucleus", "t2_nucleus_share", "t2_disc", "disc_csf",
    ),
}  # fmt: skip
"""What is too rare to be weighed on thousands of features alone: half of its weights come from a regression on these signs (and the level)."""
FOLDS, JUDGED_IN = 4, 5
"""Of the training patients: those that choose a penalty, and those that the whole is judged in."""


@dataclass(frozen=True, eq=False)
class Weights:
    """Scales of signs and textures, the (features, targets) weights with their offsets, and the networks that read the signs."""

    signs: Scale
    textures: Scale
    weights: Floats
    offset: Floats
    readers: list[Reader]

    def logits(self, discs: Discs, seen: Floats) -> Floats:
        """(n, targets) of discs with these (n, TEXTURES) textures."""
        told = told_of(discs, self.signs)
        weighed = weighed_by(discs, seen, self.textures, told) @ self.weights + self.offset
        return joined(torch.from_numpy(weighed), torch.from_numpy(read(self.readers, told))).numpy()


def scale_of(values: Floats) -> Scale:
    """Of (n, values), each by itself; nan is left out."""
    mean, deviation = np.nanmean(values, 0), np.maximum(np.nanstd(values, 0), 1e-3)
    return Scale(*(torch.from_numpy(np.asarray(part, np.float32)) for part in (mean, deviation)))


def told_of(discs: Discs, scale: Scale) -> Floats:
    """(n, SIGN_FEATURES) features of the signs, as the exported model makes them."""
    return sign_features(torch.from_numpy(discs.signs), scale).numpy()


def weighed_by(discs: Discs, seen: Floats, scale: Scale, told: Floats) -> Floats:
    """(n, features) of the regressions, as the exported model makes them."""
    scaled = scale.of(torch.from_numpy(seen))
    context = torch.from_numpy(context_of(discs, scaled.numpy()))
    return features_of(scaled, context, torch.from_numpy(told)).numpy()


def context_of(discs: Discs, seen: Floats) -> Floats:
    """(n, values) the mean over all discs of the same examination."""
    _, one = np.unique(np.char.add(discs.patient.astype(str), discs.study), return_inverse=True)
    sums = np.zeros((one.max() + 1, seen.shape[1]))
    np.add.at(sums, one, seen)
    return np.asarray((sums / np.bincount(one)[:, None])[one], np.float32)


def weigh(discs: Discs, seen: Floats, config: dict[str, Any]) -> Weights:
    """Fit on discs and their (n, TEXTURES) textures."""
    signs, textures = scale_of(discs.signs), scale_of(seen)
    told, targets = told_of(discs, signs), targets_of(discs)
    features = weighed_by(discs, seen, textures, told)
    share = np.array([config["weights"][study] for study in discs.study])
    fold = fold_of(discs, FOLDS, config["seed"] + 200)
    every = np.arange(features.shape[1])
    weights, offset = np.zeros((len(every), len(TARGETS)), np.float32), np.zeros(len(TARGETS), np.float32)
    for k, name in enumerate(TARGETS):
        parts = [every, every[-SIGN_FEATURES:][_few(FEW[name])]] if name in FEW else [every]
        for part in parts:
            fit = _best_fit(features[:, part], targets[:, k], share, fold, config["penalties"])
            weights[part, k] += fit.coef_[0] / len(parts)
            offset[k] += fit.intercept_[0] / len(parts)
    return Weights(signs, textures, weights, offset, train_readers(told, targets, share, config))


def _few(names: Sequence[str]) -> NDArray[np.int64]:
    """Where the features of some signs stand among ``sign_features``: their values, whether they are unknown, and the level."""
    places = [SIGNS.index(name) for name in names]
    return np.array([*places, *(len(SIGNS) + n for n in places), *range(2 * len(SIGNS), SIGN_FEATURES)])


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


def cross_weighed(discs: Discs, seen: Floats, config: dict[str, Any]) -> Floats:
    """(n, GRADES + findings) probabilities of every disc, weighed without its patient: what may be looked at while choosing."""
    fold = fold_of(discs, JUDGED_IN, config["seed"] + 100)
    logits = np.zeros((len(discs), len(TARGETS)), np.float32)
    for k in range(JUDGED_IN):
        inside, outside = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
        logits[outside] = weigh(discs[inside], seen[inside], config).logits(discs[outside], seen[outside])
    return probabilities(torch.from_numpy(logits)).numpy()
