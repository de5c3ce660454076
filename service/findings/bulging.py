"""How far the discs extend beyond the vertebrae: bulge, and the depth and side of a herniation."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from service.anatomy.landmarks import DiscSpace, Landmarks, Level
from service.anatomy.memory import remembered
from service.anatomy.model import Anatomy
from service.anatomy.outline import SliceOutline, outlines
from service.anatomy.regions import Points, bounding_box, cropped, unit
from service.findings.disc_reading import DiscReading
from service.findings.levels import per_disc
from service.findings.model import Finding, not_assessable
from service.findings.uncertainty import interval_of, standard_error

BULGING, HERNIATION = "disc_bulging", "herniation_depth"
NO_DISC = "no disc was segmented between the two bodies"
NO_MARGIN = "the outline of the disc ends before the rear corners of the two bodies, or is too thin to follow: what lies behind them was not outlined"
NO_SIDE = "the slices do not span the vertebra: its sides, and what lies beside them, are not known"
_RISE = (-0.3, 1.3)
"""How far below and above the corners the margin is followed, in parts of the line between them."""
_BEFORE_MM = 3.0
"""What lies farther before the line of the rims is the upper or lower side of the disc and not its margin. Provenance: expert."""
_MIDLINE_MM = 3.0
"""A greatest depth within this distance of the mid-sagittal plane is central. Provenance: expert."""


@dataclass(frozen=True)
class Bulge:
    """Extension of the posterior margin beyond the line of the rims, in mm.

    Attributes:
        middle: the greatest in the mid-sagittal plane, 0 if the margin lies before the line.
        mean: over the height between the corners, in that plane.
        deepest: the greatest in any slice within the width of the posterior wall.
        lateral: where that is, mm to the left of the mid-sagittal plane; none where the slices do not span the vertebra, whose middle is not known then.
    """

    middle: float
    mean: float
    deepest: float
    lateral: float | None


def measure_bulging(anatomy: Anatomy, landmarks: Landmarks) -> list[Finding]:
    """``disc_bulging`` (mid-sagittal) and ``herniation_depth`` (anywhere across the width), in mm, at every disc level."""

    def bulging(level: Level, space: DiscSpace) -> Finding:
        bulge = bulge_of(anatomy, level, space)
        if bulge is None:
            return not_assessable(BULGING, _unmeasured(level), level=level.name, series=anatomy.series.id)
        details: dict[str, float | str] = {"mean_mm": round(bulge.mean, 3), "max_mm": round(bulge.deepest, 3)}
        method = "greatest extension of the posterior margin beyond the line joining the endplates' posterior corners, mid-sagittal"
        return _finding(BULGING, bulge.middle, anatomy, level, (method, details))

    def herniation(level: Level, space: DiscSpace) -> Finding:
        bulge = bulge_of(anatomy, level, space)
        if bulge is None:
            return not_assessable(HERNIATION, _unmeasured(level), level=level.name, series=anatomy.series.id)
        details: dict[str, float | str] = {"side": side_of(bulge.lateral)}
        if bulge.lateral is not None:
            details["left_mm"] = round(bulge.lateral, 2)
        method = (
            "greatest extension of the posterior margin beyond the posterior rims in any slice of the posterior wall"
        )
        found = _finding(HERNIATION, bulge.deepest, anatomy, level, (method, details))
        return found if bulge.lateral is not None else found.model_copy(update={"reason": NO_SIDE})

    return [
        *per_disc(BULGING, anatomy, landmarks, bulging),
        *per_disc(HERNIATION, anatomy, landmarks, herniation),
    ]


def grade_bulging(disc: DiscReading) -> Finding:
    """The probability that a radiologist would call the disc bulging, to be joined to its measurement."""
    return disc.graded(BULGING, "bulging", scale=False)


@remembered
def bulge_of(anatomy: Anatomy, level: Level, space: DiscSpace) -> Bulge | None:
    """Measure the disc of a level; none if it was not segmented, or not as far as the rear corners of the bodies."""
    margins = _margins(anatomy, level, space)
    if not margins:
        return None
    lateral = np.array([m.lateral for m in margins])
    depth = np.array([m.depth for m in margins])
    order = np.argsort(lateral)
    middle = float(np.interp(0.0, lateral[order], depth[order]))
    mean = float(np.interp(0.0, lateral[order], np.array([m.mean for m in margins])[order]))
    behind_wall = np.abs(lateral) <= max(0.3 * space.lower.width, float(np.abs(lateral).min()))
    k = int(np.flatnonzero(behind_wall)[np.argmax(depth[behind_wall])])
    deepest = max(float(depth[k]), middle, 0.0)
    return Bulge(max(middle, 0.0), mean, deepest, float(lateral[k]) if space.lower.covered else None)


@dataclass(frozen=True)
class _Margin:
    lateral: float
    depth: float
    mean: float


def _margins(anatomy: Anatomy, level: Level, space: DiscSpace) -> list[_Margin]:
    """The posterior margin slice by slice, perpendicular to the line that joins the posterior corners."""
    if level.disc is None:
        return []
    mask = anatomy.labels == level.disc.label
    box = bounding_box(mask, margin=3)
    if box is None:
        return []
    start, line, out = _rim(space)
    margins = []
    for section in outlines(mask[box], cropped(anatomy.series.geometry, box), space.normal, space.back):
        rear, caps = _margin_points(section)
        offset = np.concatenate([rear, caps]) - start
        rise = offset @ line / (line @ line)
        beyond = (offset @ out)[(rise > _RISE[0]) & (rise < _RISE[1])]
        if len(beyond):
            lateral = float(space.local(section.origin[None])[0, 0])
            margins.append(_Margin(lateral, float(beyond.max()), _mean_between(rear - start, line, out)))
    return margins


def _mean_between(offset: Points, line: Points, out: Points) -> float:
    """Mean extension of the margin between the two corners; its greatest where they are too close for a mean."""
    rise = offset @ line / (line @ line)
    beyond = offset @ out
    margin = (rise > 0) & (rise < 1) & (beyond > -_BEFORE_MM)
    return float(beyond[margin].mean()) if margin.any() else float(beyond.max())


def _unmeasured(level: Level) -> str:
    return NO_DISC if level.disc is None else NO_MARGIN


def _rim(space: DiscSpace) -> tuple[Points, Points, Points]:
    """The lower posterior corner, the line from it to the upper one, and the unit vector backwards across that line."""
    start = space.lower.upper.posterior
    line = space.upper.lower.posterior - start
    out = space.back - (space.back @ line) / (line @ line) * line
    return start, line, unit(out)


def _margin_points(section: SliceOutline) -> tuple[Points, Points]:
    """(n, 3) the disc's posterior margin in one slice, and (m, 3) its upper and lower side, where a herniation may lie."""
    seen = np.isfinite(section.rear)
    rear = section.place(section.rear[seen], section.height[seen])
    caps = [section.place(section.along, side) for side in (section.top, section.bottom)]
    both = np.concatenate(caps)
    return rear, both[np.isfinite(both).all(axis=1)]


def side_of(lateral: float | None) -> Literal["left", "right", "central", "unknown"]:
    """The side on which something deepest so many mm to the left of the middle lies."""
    if lateral is None:
        return "unknown"
    if abs(lateral) <= _MIDLINE_MM:
        return "central"
    return "left" if lateral > 0 else "right"


def _finding(
    feature: str, value: float, anatomy: Anatomy, level: Level, how: tuple[str, dict[str, float | str]]
) -> Finding:
    error = standard_error(feature, anatomy, level.confidence)
    return Finding(
        feature=feature,
        level=level.name,
        status="assessed",
        value=round(value, 3),
        unit="mm",
        interval=interval_of(value, error, least=0),
        confidence=level.confidence,
        method=how[0],
        series=anatomy.series.id,
        details=how[1],
    )
