"""Whether the stated confidence predicts the Dice that was reached."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from service.evaluation.compare import Status
from service.evaluation.run import ImageResult
from service.study.geometry import Array

_BINS = 10


@dataclass(frozen=True)
class Bin:
    """Structures whose confidence lies between ``low`` and ``high``; the means are none where there are none."""

    low: float
    high: float
    count: int
    confidence: float | None
    dice: float | None


@dataclass(frozen=True)
class Reliability:
    """Ten equal bins, and the expected calibration error: the mean gap of confidence and Dice, weighted by the counts.

    Source: Naeini et al., AAAI 2015, with Dice in place of the accuracy.
    """

    bins: tuple[Bin, ...]
    expected_calibration_error: float


def reliability(results: Sequence[ImageResult], *, all_drawn: bool = True) -> Reliability | None:
    """Of every structure that was predicted with a confidence; none if there is none.

    Args:
        all_drawn: the masks hold every structure of their kinds that the image shows, so that an extra one has Dice 0;
            else nothing is known of it, and it is left out.
    """
    used: set[Status] = {"scored", "extra"} if all_drawn else {"scored"}
    stated = [s for result in results for s in result.scores if s.confidence is not None and s.status in used]
    if not stated:
        return None
    confidence = np.array([s.confidence for s in stated], float)
    dice = np.array([s.dice or 0.0 for s in stated], float)
    place = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    bins = tuple(_bin(k, confidence[place == k], dice[place == k]) for k in range(_BINS))
    gaps = [b.count * abs(b.confidence - b.dice) for b in bins if b.confidence is not None and b.dice is not None]
    return Reliability(bins, float(sum(gaps) / len(stated)))


def _bin(number: int, confidence: Array, dice: Array) -> Bin:
    low, high = number / _BINS, (number + 1) / _BINS
    if not len(dice):
        return Bin(low, high, 0, None, None)
    return Bin(low, high, len(dice), float(confidence.mean()), float(dice.mean()))
