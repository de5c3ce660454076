"""How large the pixels of SPIDER's mid-sagittal pictures are.

``series.csv`` lists one spacing for a picture, that of its columns. Two in five pictures are not as high as wide in pixels and show
a field of view that is so in mm: their rows lie at another spacing, up to twice as large or half. Some T2 series are listed with
the spacing of the patient's T2 SPACE series, and some with none. The picture itself tells which size is likely: it shows discs
that follow each other at a usual distance, and bodies of a usual area.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.anatomy.model import Anatomy

USUAL_FIELD_MM = 288.0
"""Height of a picture, the median of those whose spacing is listed."""
USUAL = np.log([34.7, 801.0])
"""Distance from disc to disc in mm and area of a lumbar body in mm², on the 161 slices of training and held-out patients whose
pixels are square for certain (T2 SPACE, or as high as wide), by version 0.2.0 of the segmenter."""
SPREAD, TOGETHER = np.array([0.075, 0.14]), 0.74
"""Their standard deviations and correlation, as logarithms, on the same slices."""
_PENALTY = 2.0
"""Added to the misfit of every size but the listed one."""

PixelSize = tuple[float, float]
"""mm from row to row and from column to column."""


@dataclass(frozen=True)
class Picture:
    """What ``series.csv`` says of a picture: its size in pixels, and its spacing in mm if there is one."""

    rows: int
    columns: int
    spacing: float | None


def sizes_of(picture: Picture, siblings: Iterable[Picture]) -> list[PixelSize]:
    """The sizes that the pixels of a picture may have, the listed one first.

    Args:
        siblings: the other pictures of the same patient; those of the same rows and columns may share their spacing.
    """
    same = [s.spacing for s in siblings if s.spacing and (s.rows, s.columns) == (picture.rows, picture.columns)]
    known = [mm for mm in dict.fromkeys((picture.spacing, *same)) if mm]
    known = known or [USUAL_FIELD_MM / picture.rows, USUAL_FIELD_MM / picture.columns]
    square = [(mm, mm) for mm in known]
    return list(dict.fromkeys((*square, *((mm * picture.columns / picture.rows, mm) for mm in known))))


def likeliest(anatomy: Anatomy, sizes: Sequence[PixelSize]) -> PixelSize:
    """The size at which a segmented slice is of usual proportions; the first unless another is clearly better."""
    misfits = [misfit(anatomy, size) + _PENALTY * (k > 0) for k, size in enumerate(sizes)]
    return sizes[int(np.argmin(misfits))]


def misfit(anatomy: Anatomy, size: PixelSize) -> float:
    """Squared Mahalanobis distance of a slice from the usual proportions, were its pixels of this size; 0 where too little is seen."""
    discs = [_middle(anatomy, s.label) for s in anatomy.of("disc")]
    apart = np.abs(np.diff(sorted(discs, key=lambda place: place[0]), axis=0)) * size if len(discs) > 1 else np.zeros(0)
    whole = [s.label for s in anatomy.of("vertebra") if not s.partial]
    areas = [float(((anatomy.labels == n) & anatomy.bodies).sum()) * size[0] * size[1] for n in whole]
    if not len(apart) or not any(areas):
        return 0.0
    away = np.log([np.median(np.linalg.norm(apart, axis=1)), np.median(areas)]) - USUAL
    covariance = np.outer(SPREAD, SPREAD) * np.array([[1, TOGETHER], [TOGETHER, 1]])
    return float(away @ np.linalg.solve(covariance, away))


def _middle(anatomy: Anatomy, label: int) -> NDArray[np.float64]:
    """(2,) row and column."""
    return np.argwhere(anatomy.labels == label).mean(axis=0)[1:]
