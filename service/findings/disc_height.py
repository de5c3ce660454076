"""Height of the intervertebral discs, between the endplates of the bodies above and below."""

from dataclasses import dataclass

import numpy as np

from service.anatomy.endplates import Endplate
from service.anatomy.landmarks import DiscSpace, Landmarks, Level
from service.anatomy.model import Anatomy
from service.anatomy.regions import Points
from service.findings.levels import per_disc
from service.findings.model import Finding, not_assessable
from service.findings.uncertainty import interval_of, standard_error

FEATURE = "disc_height"
METHOD = (
    "mean distance between the endplates, perpendicular to the disc's mid-plane, over the central 80 % of its length "
    "in the middle third of the vertebra's width"
)
NO_SLICE = "no slice shows both endplates along the disc"
_PARTS = np.linspace(0.1, 0.9, 33)


@dataclass(frozen=True)
class Height:
    """Heights in mm: the mean, and at 10, 50 and 90 per cent of the length from the front."""

    mean: float
    anterior: float
    middle: float
    posterior: float


def measure_disc_height(anatomy: Anatomy, landmarks: Landmarks) -> list[Finding]:
    """``disc_height`` in mm at every disc level, with ``disc_height_index``: its ratio to the height of the body above."""

    def measure(level: Level, space: DiscSpace) -> Finding:
        height = height_of(space, float(anatomy.series.geometry.spacing[0]))
        if height is None:
            return not_assessable(FEATURE, NO_SLICE, level=level.name, series=anatomy.series.id)
        error = standard_error(FEATURE, anatomy, level.confidence)
        body, mean = space.upper.height, max(height.mean, 0.0)
        return Finding(
            feature=FEATURE,
            level=level.name,
            status="assessed",
            value=round(mean, 3),
            unit="mm",
            interval=interval_of(mean, error, least=0),
            confidence=level.confidence,
            method=METHOD,
            series=anatomy.series.id,
            details={
                "anterior_mm": round(height.anterior, 3),
                "middle_mm": round(height.middle, 3),
                "posterior_mm": round(height.posterior, 3),
                "disc_height_index": round(mean / body, 4),
            },
        )

    return per_disc(FEATURE, anatomy, landmarks, measure)


def height_of(space: DiscSpace, slice_spacing: float) -> Height | None:
    """Measure the gap slice by slice, each slice weighing as much as it lies within the middle third of the width.

    None if no slice shows both endplates along the disc.
    """
    width = space.lower.width
    above, below = (_profiles(space, endplate) for endplate in (space.upper.lower, space.lower.upper))
    if not set(above) & set(below):
        return None
    gaps, weights = [], []
    for k in sorted(set(above) & set(below)):
        (lateral, roof), (_, floor) = above[k], below[k]
        share = _overlap(lateral, slice_spacing, width / 6)
        if share > 0:
            gaps.append(roof - floor)
            weights.append(share)
    if not gaps:
        nearest = min(set(above) & set(below), key=lambda k: abs(above[k][0]))
        gaps, weights = [above[nearest][1] - below[nearest][1]], [1.0]
    profile = np.average(gaps, axis=0, weights=weights)
    return Height(float(profile.mean()), float(profile[0]), float(profile[16]), float(profile[-1]))


def _profiles(space: DiscSpace, endplate: Endplate) -> dict[int, tuple[float, Points]]:
    """By slice: its distance from the mid-sagittal plane, and the endplate's height over the mid-plane along the disc, in mm."""
    local = space.local(endplate.points)
    along = space.anterior + _PARTS * space.length
    profiles = {}
    for k in np.unique(endplate.slices):
        left, back, up = local[endplate.slices == k].T
        order = np.argsort(back)
        if len(order) >= 10 and back.min() < along[4] and back.max() > along[-5]:
            profiles[int(k)] = (float(left.mean()), np.interp(along, back[order], up[order]))
    return profiles


def _overlap(lateral: float, slice_spacing: float, half: float) -> float:
    """How much of a slice's thickness, in mm, lies within ``half`` of the mid-sagittal plane."""
    low, high = lateral - slice_spacing / 2, lateral + slice_spacing / 2
    return max(0.0, min(high, half) - max(low, -half))
