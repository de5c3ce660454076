"""One image: every structure of the manual mask against what was predicted, as the SPIDER benchmark compares them.

Source: van der Graaf et al., Sci Data 2024;11:264. Each manual structure is held against the prediction of its own kind that
overlaps it most, whatever its number; one that nothing overlaps counts Dice 0, and has no surface distance. Partially visible
vertebrae (101 to 125) are matched, so that finding them is no fault, and left out of every mean. Added here: whether the
matched structure bears the same level name, and structures that were predicted where none was drawn.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from service.anatomy.convention import is_partial, kind_of, level_of, name_of
from service.anatomy.model import Kind
from service.evaluation.label_map import CLASSES, Labels
from service.evaluation.metrics import Mask, dice, surface_distance
from service.study.geometry import Geometry

Status = Literal["scored", "missed", "partial", "extra"]


@dataclass(frozen=True)
class Score:
    """How one structure was predicted.

    Attributes:
        label: in the manual mask; of an extra structure, in the prediction. ``name`` is the level of this label.
        status: ``scored`` and ``missed`` enter the means; ``partial`` vertebrae and ``extra`` predictions do not.
        predicted_label: of the match; none where the structure was missed.
        dice: 0 to 1; none for an extra structure.
        surface_mm: average symmetric surface distance; none without a match.
        named_right: whether the match bears the level of the manual mask; none where names are not compared.
        confidence: what was stated of the match, an estimate of its Dice; none if nothing was.
    """

    kind: Kind
    label: int
    name: str
    status: Status
    predicted_label: int | None = None
    dice: float | None = None
    surface_mm: float | None = None
    named_right: bool | None = None
    confidence: float | None = None

    @property
    def counts(self) -> bool:
        """Whether it enters the means."""
        return self.status in ("scored", "missed")


def compare(
    truth: Labels,
    predicted: Labels,
    geometry: Geometry,
    confidence: Mapping[int, float] | None = None,
    *,
    named: bool = True,
) -> tuple[Score, ...]:
    """Every structure of ``truth``, then what was predicted beyond it.

    A kind that ``truth`` does not hold at all was not drawn, and is not compared. Of extra structures only whole ones are told.

    Args:
        truth, predicted: SPIDER labels (slices, rows, columns) on the grid of ``geometry``.
        confidence: of predicted labels.
        named: whether the numbers in ``truth`` are levels.
    """
    confidence = confidence or {}
    shared = _overlaps(truth, predicted)
    drawn = [n for n in _present(truth) if kind_of(n) is not None]
    best = {label: _best_match(label, shared) for label in drawn}
    scores = [_score(truth, predicted, geometry, label, best[label], confidence, named) for label in drawn]
    kinds = {kind_of(label) for label in drawn}
    extra = [
        Score(kind, n, name_of(n), "extra", n, confidence=confidence.get(n))
        for n in _present(predicted)
        if (kind := kind_of(n)) in kinds and kind is not None and n not in best.values() and not is_partial(n)
    ]
    return (*scores, *extra)


def compare_classes(truth: Labels, predicted: Labels, geometry: Geometry) -> tuple[Score, ...]:
    """The classes (1 vertebra, 2 disc, 3 spinal canal) that ``truth`` holds, each as one structure."""
    scores = []
    for number, kind in CLASSES.items():
        if (truth == number).any():
            found, mm = _agreement(truth == number, predicted == number, geometry)
            status: Status = "scored" if found else "missed"
            scores.append(Score(kind, number, f"all of {kind}", status, number if found else None, found, mm))
    return tuple(scores)


def _score(
    truth: Labels,
    predicted: Labels,
    geometry: Geometry,
    label: int,
    match: int | None,
    confidence: Mapping[int, float],
    named: bool,
) -> Score:
    kind = kind_of(label)
    assert kind is not None  # noqa: S101  the caller took those out
    partial = is_partial(label)
    compared = named and not partial and kind in ("vertebra", "disc")
    if match is None:
        right = False if compared else None
        return Score(kind, label, name_of(label), "partial" if partial else "missed", dice=0.0, named_right=right)
    found, mm = _agreement(truth == label, predicted == match, geometry)
    right = level_of(match) == label if compared else None
    status: Status = "partial" if partial else "scored"
    return Score(kind, label, name_of(label), status, match, found, mm, right, confidence.get(match))


def _agreement(truth: Mask, predicted: Mask, geometry: Geometry) -> tuple[float, float | None]:
    """Dice and surface distance; a prediction that shares no voxel has no distance, as it is no match."""
    overlap = dice(truth, predicted)
    return overlap, surface_distance(truth, predicted, geometry) if overlap else None


def _present(labels: Labels) -> list[int]:
    return [int(n) for n in np.unique(labels) if n]


def _overlaps(truth: Labels, predicted: Labels) -> dict[tuple[int, int], int]:
    """Voxels that each pair of labels shares."""
    both = (truth > 0) & (predicted > 0)
    pairs, counts = np.unique(truth[both].astype(np.int64) * 256 + predicted[both], return_counts=True)
    return {(int(pair) // 256, int(pair) % 256): int(count) for pair, count in zip(pairs, counts, strict=True)}


def _best_match(label: int, shared: Mapping[tuple[int, int], int]) -> int | None:
    """The predicted label of the same kind that shares most voxels with this one."""
    rivals = {two: count for (one, two), count in shared.items() if one == label and kind_of(two) == kind_of(label)}
    return max(rivals, key=lambda n: rivals[n]) if rivals else None
