"""The networks: one that looks at the picture of a disc, one that reads its signs, and the whole that joins several of both."""

import torch
from torch import Tensor, nn

from service.findings.disc_reading import CHANNELS, GRADES, SAID, SIGNS

BINARY = SAID[GRADES:]
TARGETS = (*(f"pfirrmann>{k}" for k in range(1, GRADES)), *BINARY)
"""What each output tells the odds of: that the Pfirrmann grade lies above 1 to 4, and each finding."""
LEVELS = 6
NOT_READ = ("slip",)
"""What the readers tell worse than the regressions, on the training patients by cross-validation (slip: AUC 0.87 against 0.90)."""
SIGN_FEATURES = 2 * len(SIGNS) + LEVELS
LOGITS = 2.0
"""A usual size of logits, by which they are scaled as signs are by their deviation."""
LIMIT = 4.0
"""A sign further than this many standard deviations from the mean tells no more than one at this distance."""


class Looker(nn.Module):
    """(n, CHANNELS, h, w) pictures to (n, len(TARGETS)) logits."""

    def __init__(self, widths: list[int], dropout: float) -> None:
        super().__init__()
        a, b, c, d = widths
        sides = [(CHANNELS + 2, a, 2), (a, b, 2), (b, b, 1), (b, c, 2), (c, c, 1), (c, d, 2), (d, d, 1)]
        self.body = nn.Sequential(*(_convolution(*side) for side in sides))
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * d, len(TARGETS)))

    def forward(self, pictures: Tensor) -> Tensor:
        seen = self.body(torch.cat([pictures, _marrow_window(pictures[:, :2])], 1))
        return self.head(torch.cat([seen.mean((2, 3)), seen.amax((2, 3))], 1))


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


class Grader(nn.Module):
    """All discs of one examination to probabilities, (n, GRADES + len(BINARY)).

    Half of the logits come from the signs and the mean of the lookers, of the disc and over all discs of the examination, weighed
    linearly; the other half from the signs alone, as the mean of the readers. Those of ``NOT_READ`` are weighed alone.
    """

    def __init__(
        self,
        lookers: list[Looker],
        readers: list[Reader],
        mean: Tensor,
        deviation: Tensor,
        weights: Tensor,
        offset: Tensor,
    ) -> None:
        super().__init__()
        self.lookers, self.readers = nn.ModuleList(lookers), nn.ModuleList(readers)
        for name, value in (("mean", mean), ("deviation", deviation), ("weights", weights), ("offset", offset)):
            self.register_buffer(name, value)

    def forward(self, pictures: Tensor, signs: Tensor) -> Tensor:
        logits = torch.stack([looker(pictures) for looker in self.lookers]).mean(0)
        context = logits.mean(0, keepdim=True).expand_as(logits)
        told = sign_features(signs, self.mean, self.deviation)
        weighed = features_of(logits, context, told) @ self.weights + self.offset
        return probabilities(joined(weighed, torch.stack([reader(told) for reader in self.readers]).mean(0)))


def sign_features(signs: Tensor, mean: Tensor, deviation: Tensor) -> Tensor:
    """(n, SIGN_FEATURES): signs in deviations from the mean, what is unknown, the level."""
    unknown = torch.isnan(signs)
    known = torch.where(unknown, torch.zeros_like(signs), ((signs - mean) / deviation).clamp(-LIMIT, LIMIT))
    level = signs[:, :1] == torch.arange(1, LEVELS + 1)
    return torch.cat([known, unknown.to(known.dtype), level.to(known.dtype)], 1)


def features_of(logits: Tensor, context: Tensor, told: Tensor) -> Tensor:
    """(n, f) what is weighed: logits of the lookers, those of the whole examination, and the features of the signs."""
    return torch.cat([logits / LOGITS, context / LOGITS, told], 1)


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


def _marrow_window(signal: Tensor) -> Tensor:
    """T2 and T1 in the narrow window in which marrow, which is 1, differs from marrow."""
    return ((signal - 1) * 3).clamp(-1.5, 1.5) * (signal.amax((2, 3), keepdim=True) > 0)


def _convolution(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )
