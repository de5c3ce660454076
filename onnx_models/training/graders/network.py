"""The networks: one that reads the signs of a disc, and the whole that joins several of them with what is seen in its picture."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from service.findings.disc_reading import GRADES, SAID, SIGNS

BINARY = SAID[GRADES:]
TARGETS = (*(f"pfirrmann>{k}" for k in range(1, GRADES)), *BINARY)
"""What each output tells the odds of: that the Pfirrmann grade lies above 1 to 4, and each finding."""
LEVELS = 6
NOT_READ = ("upper", "lower", "endplate", "slip")
"""What the readers tell worse than the regressions, on the training patients by cross-validation (endplate: AUC 0.83 against 0.87)."""
SIGN_FEATURES = 2 * len(SIGNS) + LEVELS
TEXTURE_SHARE = 0.25
"""What a texture weighs beside a sign before the regressions weigh both: there are many more of them (chosen by cross-validation)."""
LIMIT = 4.0
"""A sign or texture further than this many standard deviations from the mean tells no more than one at this distance."""


class Reader(nn.Module):
    """(n, SIGN_FEATURES) features of the signs to (n, len(TARGETS)) logits."""

    def __init__(self, hidden: int, unseen: float, dropout: float) -> None:
        super().__init__()
        inputs, outputs = SIGN_FEATURES, len(TARGETS)
        self.layers = nn.Sequential(
            nn.Dropout(unseen), nn.Linear(inputs, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, outputs)
        )

    def forward(self, features: Tensor) -> Tensor:
        return self.layers(features)


class Scale(NamedTuple):
    """Mean and deviation, over the discs that trained, of each sign or texture."""

    mean: Tensor
    deviation: Tensor

    def of(self, values: Tensor) -> Tensor:
        """In deviations from the mean, and none too far."""
        return ((values - self.mean) / self.deviation).clamp(-LIMIT, LIMIT)


class Grader(nn.Module):
    """All discs of one examination to probabilities, (n, GRADES + len(BINARY)).

    Half of the logits come from signs and textures, of the disc and as a mean over all discs of the examination, weighed linearly; the
    other half from the signs alone, as the mean of the readers. Those of ``NOT_READ`` are weighed alone.
    """

    def __init__(
        self, texture: nn.Module, readers: list[Reader], signs: Scale, textures: Scale, weights: Tensor, offset: Tensor
    ) -> None:
        super().__init__()
        self.texture, self.readers = texture, nn.ModuleList(readers)
        for name, scale in (("signs", signs), ("textures", textures)):
            self.register_buffer(f"{name}_mean", scale.mean)
            self.register_buffer(f"{name}_deviation", scale.deviation)
        self.register_buffer("weights", weights)
        self.register_buffer("offset", offset)

    def forward(self, pictures: Tensor, signs: Tensor) -> Tensor:
        seen = Scale(self.textures_mean, self.textures_deviation).of(self.texture(pictures))
        told = sign_features(signs, Scale(self.signs_mean, self.signs_deviation))
        weighed = features_of(seen, seen.mean(0, keepdim=True).expand_as(seen), told) @ self.weights + self.offset
        return probabilities(joined(weighed, torch.stack([reader(told) for reader in self.readers]).mean(0)))


def sign_features(signs: Tensor, scale: Scale) -> Tensor:
    """(n, SIGN_FEATURES): signs in deviations from the mean, what is unknown, the level."""
    unknown = torch.isnan(signs)
    known = torch.where(unknown, torch.zeros_like(signs), scale.of(signs))
    level = signs[:, :1] == torch.arange(1, LEVELS + 1)
    return torch.cat([known, unknown.to(known.dtype), level.to(known.dtype)], 1)


def features_of(seen: Tensor, context: Tensor, told: Tensor) -> Tensor:
    """(n, f) what is weighed: textures of the disc, those of the whole examination, and the features of the signs."""
    return torch.cat([TEXTURE_SHARE * seen, TEXTURE_SHARE * context, told], 1)


def joined(weighed: Tensor, read: Tensor) -> Tensor:
    """Both in one, as a mean of logits; of what is in ``NOT_READ``, what is weighed alone."""
    share = torch.tensor([0.0 if name in NOT_READ else 0.5 for name in TARGETS])
    return weighed + share * (read - weighed)


def probabilities(logits: Tensor) -> Tensor:
    """Of each Pfirrmann grade, 1 to 5, then of each finding."""
    odds = logits.sigmoid()
    beyond = _falling(odds[:, : GRADES - 1])
    ends = torch.ones_like(odds[:, :1])
    grades = torch.cat([ends, beyond], 1) - torch.cat([beyond, 0 * ends], 1)
    return torch.cat([grades, odds[:, GRADES - 1 :]], 1)


def _falling(beyond: Tensor) -> Tensor:
    """The chance of a higher grade is never the greater."""
    columns = [beyond[:, :1]]
    for k in range(1, GRADES - 1):
        columns.append(torch.minimum(columns[-1], beyond[:, k : k + 1]))
    return torch.cat(columns, 1)
