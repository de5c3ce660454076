"""The landmarks of a vertebral body: its own frame, its two endplates as surfaces and planes, and its four mid-sagittal corners."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.anatomy.discs import BACK, back_of
from service.anatomy.outline import STEP_MM, SliceOutline, outlines
from service.anatomy.regions import Mask, Points, unit
from service.study.geometry import Geometry

_PASSES = 3
_SCALE_MM = 0.4
_ROBUST_STEPS = 5
_BIWEIGHT, _MAD_TO_DEVIATION = 4.685, 1.4826
"""Tukey's constant for 95 % efficiency where errors are normal, and how many median deviations make one standard deviation."""
_INNER = 0.85
"""Part of the half-width and half-depth within which an endplate counts as flat enough for a fit; outside it is rounded off."""
_WALL_MM = (0.8, 3.8)
"""Stretch of wall beneath the rim from which the wall is carried on to the rim: below the rounding, above the waist."""
_WALL_SLANT_MM = 4.0
"""What lies further in than this is not the wall but the dish of a tilted endplate."""
_BENEATH_MM = (4.0, 10.0)
"""The rear wall further down. Where a corner is worn or bevelled off, the rim ends no further in than this wall stands (median): of 781 discs of SPIDER's training
patients 23 had seemed to stand a quarter of the endplate backwards that a radiologist did not call slips, and none does so. To carry the wall's slant on to the rim as well made
worse what it tells of slips and herniations that were called (AUC 0.88 to 0.86, 0.89 to 0.86); so beneath a wedged body the corner comes out up to 1.3 mm too far back.
Provenance: chosen on them."""
_LEAST_WALL_MM = 16.0
"""A body less tall behind has collapsed, and its other corner would be taken for its wall. Provenance: expert."""
_OVERSHOOT_MM = 0.7
"""How far beyond the wall that is seen its continuation may lead."""
_SURFACE_MM = 10.0
"""How far an endplate may lie from the plane of its rim: what is farther, in front of a rim that overhangs, is the body's other end. Provenance: expert."""
_HULL_SHARE = 0.35
_CENTRAL = 0.6
_FULL_SHARE = 0.6
"""A slice with less than this part of the usual area shows the flank, or the root of a process, and tells no tilt."""
_TELLS = 0.5
"""A slice whose points have less weight than this on average lies off the fit, and lends its error no certainty."""
_LEAST_SLICES_FOR_TILT = 4
_COVERED = 0.95
"""Least width shown, in depths of the body. Provenance: expert."""
_COVERED_AT_EDGE = 1.1
"""The same of a body that reaches the first or the last slice and may go on beyond it, so that its middle is not that of what is shown: of 89 whole bodies of
vb2 and vb3 none is narrower, one in twenty narrower than 1.22 depths (manual outlines). Provenance: chosen on them."""


@dataclass(frozen=True, eq=False)
class Endplate:
    """One endplate. Coordinates are patient mm; its normal points to the head.

    Attributes:
        points: (n, 3) its surface in every slice.
        slices: (n,) index of the slice of each point.
        rim: (m, 2, 3) its anterior and posterior end in each slice that shows them, where the rim meets the wall.
        anterior, posterior: (3,) those ends in the mid-sagittal plane.
        normal: (3,) unit normal of the plane of the rim.
        tilt_error: standard error in degrees of its tilt in the coronal plane; infinite if the slices cannot tell it.
    """

    points: Points
    slices: NDArray[np.intp]
    rim: Points
    anterior: Points
    posterior: Points
    normal: Points
    tilt_error: float

    @property
    def centre(self) -> Points:
        """(3,) middle of the rim."""
        return (self.anterior + self.posterior) / 2

    @property
    def length(self) -> float:
        """From front to back in mm."""
        return float(np.linalg.norm(self.anterior - self.posterior))


@dataclass(frozen=True, eq=False)
class VertebralBody:
    """A body with its frame: unit vectors up, back and left, through its centre, in patient mm.

    Attributes:
        width: from right to left in mm, as far as the slices show it.
        covered: the slices show enough of its width to tell its tilt to the side.
        bottom: its lower endplate; none of S1, beneath which no disc lies.
    """

    label: int
    centre: Points
    up: Points
    back: Points
    width: float
    covered: bool
    slices: int
    upper: Endplate
    bottom: Endplate | None

    @property
    def left(self) -> Points:
        """(3,) unit vector to the patient's left."""
        return np.asarray(np.cross(self.back, self.up))

    @property
    def lower(self) -> Endplate:
        """Its lower endplate.

        Raises:
            ValueError: of S1.
        """
        if self.bottom is None:
            raise ValueError("S1 has no lower endplate")
        return self.bottom

    @property
    def middle(self) -> Points:
        """(3,) half-way between its endplates; of S1 the middle of what was outlined."""
        return self.centre if self.bottom is None else (self.upper.centre + self.bottom.centre) / 2

    @property
    def height(self) -> float:
        """From the middle of one endplate's rim to that of the other, in mm."""
        return float(np.linalg.norm(self.upper.centre - self.lower.centre))


def measure_body(
    mask: Mask, geometry: Geometry, up: Points, label: int = 0, *, lowest: bool = False, facing: Points = BACK
) -> VertebralBody | None:
    """Find the landmarks of a body.

    Args:
        mask: bool (slices, rows, columns), one vertebral body without its posterior elements.
        up: (3,) roughly the direction to the next vertebra above.
        lowest: no disc lies beneath it (S1): its upper endplate alone is sought and tells how it stands.
        facing: (3,) roughly the direction to the patient's back.

    Returns:
        None if too little is seen for its endplates.
    """
    body = None
    for _ in range(_PASSES):
        body = _measured_once(mask, geometry, up, label, lowest, facing)
        if body is None:
            return None
        up = body.upper.normal if lowest else unit(body.upper.normal + body.lower.normal)
    return body


def _measured_once(
    mask: Mask, geometry: Geometry, up: Points, label: int, lowest: bool, facing: Points
) -> VertebralBody | None:
    back = back_of(up, facing)
    sections = outlines(mask, geometry, up, back)
    if not sections:
        return None
    centre = _middle(mask, geometry)
    width = _width(sections, centre, np.cross(back, up), geometry)
    upper = _endplate(sections, centre, (up, back), width, "top")
    lower = None if lowest else _endplate(sections, centre, (up, back), width, "bottom")
    if upper is None or (lower is None and not lowest):
        return None
    least = _COVERED_AT_EDGE if mask[0].any() or mask[-1].any() else _COVERED
    covered = width > least * max(e.length for e in (upper, lower) if e is not None)
    return VertebralBody(label, centre, up, back, width, covered, len(sections), upper, lower)


def _width(sections: list[SliceOutline], centre: Points, left: Points, geometry: Geometry) -> float:
    """From right to left in mm; each slice stands for its own share of the width."""
    lateral = [float((s.origin - centre) @ left) for s in sections]
    share = float(geometry.spacing[0] * abs(geometry.directions[:, 0] @ left))
    return max(lateral) - min(lateral) + share


def _middle(mask: Mask, geometry: Geometry) -> Points:
    return np.asarray(geometry.to_patient(np.argwhere(mask)).mean(axis=0))


def _endplate(
    sections: list[SliceOutline], centre: Points, axes: tuple[Points, Points], width: float, which: str
) -> Endplate | None:
    up, back = axes
    left = np.cross(back, up)
    points = [s.place(s.along, s.top if which == "top" else s.bottom) for s in sections]
    slices = np.concatenate([np.full(len(p), s.index) for p, s in zip(points, sections, strict=True)])
    surface = np.concatenate(points)
    seen = np.isfinite(surface).all(axis=1)
    surface, slices = surface[seen], slices[seen]
    rim = _rim(sections, which)
    if not len(rim):
        return None
    anterior, posterior = (_at_middle(end, (end - centre) @ left, width) for end in (rim[:, 0], rim[:, 1]))
    local = (surface - (anterior + posterior) / 2) @ np.column_stack([left, back, up])
    usual = float(np.median([s.area for s in sections]))
    full = np.isin(slices, [s.index for s in sections if s.area >= _FULL_SHARE * usual])
    slope, error = _lateral_slope(local[full], slices[full], width, float(np.linalg.norm(posterior - anterior)))
    normal = unit(np.cross(unit(posterior - anterior), unit(left + slope * up)))
    normal = normal if normal @ up > 0 else -normal
    own = np.abs((surface - (anterior + posterior) / 2) @ normal) < _SURFACE_MM
    return Endplate(surface[own], slices[own], rim, anterior, posterior, normal, error)


def _lateral_slope(local: Points, slices: NDArray[np.intp], width: float, depth: float) -> tuple[float, float]:
    """Rise per mm to the left, and its standard error in degrees; a bowl is fitted along, so that concavity does not tilt it.

    Args:
        local: (n, 3) coordinates left, back, up from the middle of the rim in mm.
    """
    t, a, h = local.T
    inner = (t / (width / 2)) ** 2 + (a / (depth / 2)) ** 2 < _INNER**2
    shown = np.unique(slices[inner])
    if len(shown) < _LEAST_SLICES_FOR_TILT:
        return 0.0, np.inf
    t, a, h, slices = t[inner], a[inner], h[inner], slices[inner]
    design = np.column_stack([np.ones_like(t), t, a, t**2, a**2, a**3])
    coefficients, weights = robust_fit(design, h)
    told = [k for k in shown if weights[slices == k].mean() > _TELLS]
    if len(told) < _LEAST_SLICES_FOR_TILT:
        return float(coefficients[1]), np.inf
    residual = (h - design @ coefficients) * weights
    means = np.array([residual[slices == k].mean() for k in told])
    places = np.array([t[slices == k].mean() for k in told])
    freedom = max(len(told) - 3, 1)
    error = np.sqrt((means**2).sum() / freedom / ((places - places.mean()) ** 2).sum())
    return float(coefficients[1]), float(np.degrees(error))


def robust_fit(design: Points, values: Points) -> tuple[Points, Points]:
    """Coefficients and final weights of a least-squares fit that outliers pull little, and far ones not at all.

    Huber's weights first, then Tukey's biweight with the scale of the residuals (Beaton and Tukey, Technometrics 1974;16:147): an
    outline that ends short in the outermost slice would else tilt the endplate.
    """
    weights: Points = np.ones(len(values))
    coefficients: Points = np.zeros(design.shape[1])
    for step in range(2 * _ROBUST_STEPS):
        root = np.sqrt(weights)
        coefficients = np.asarray(np.linalg.lstsq(design * root[:, None], values * root, rcond=None)[0])
        away = np.abs(values - design @ coefficients)
        if step < _ROBUST_STEPS:
            weights = _SCALE_MM / np.maximum(away, _SCALE_MM)
        else:
            scale = max(_SCALE_MM, _MAD_TO_DEVIATION * float(np.median(away)))
            weights = (1 - np.minimum(away / (_BIWEIGHT * scale), 1) ** 2) ** 2
    return coefficients, weights


def _rim(sections: list[SliceOutline], which: str) -> Points:
    """(m, 2, 3) the rim's anterior and posterior end in every slice that shows both."""
    found = [corners for s in sections if (corners := _corners(s, which)) is not None]
    return np.array(found).reshape(-1, 2, 3)


def _at_middle(points: Points, lateral: Points, width: float) -> Points:
    """(n, 3) points of known distance from the mid-plane to the one on it: a parabola, a line or the nearest, by their number."""
    central = np.abs(lateral) <= max(_CENTRAL * width / 2, float(np.abs(lateral).min()) + 1e-6)
    points, lateral = points[central], lateral[central]
    degree = 2 if len(points) >= 5 else (1 if len(points) >= 2 else 0)
    if degree == 1 and np.ptp(lateral) < 3:
        degree = 0
    fits = [np.polynomial.polynomial.polyfit(lateral, points[:, k], degree)[0] for k in range(3)]
    return np.array(fits)


def _corners(section: SliceOutline, which: str) -> tuple[Points, Points] | None:
    """Where the line over both rims meets the anterior and posterior wall, in one slice."""
    sign = 1.0 if which == "top" else -1.0
    surface = sign * (section.top if which == "top" else section.bottom)
    line = _rim_line(section.along, surface)
    if line is None:
        return None
    ends = []
    for wall in (section.front, section.rear):
        end = _wall_at_rim(sign * section.height, wall, line, rear=wall is section.rear)
        if end is None:
            return None
        ends.append(end)
    along = np.array(ends)
    front, rear = section.place(along, sign * (line[0] + line[1] * along))
    return front, rear


def _rim_line(along: Points, surface: Points) -> tuple[float, float] | None:
    """Offset and slope of the line that rests on the two rims of a dished surface, like a ruler laid across it."""
    seen = np.isfinite(surface)
    along, surface = along[seen], surface[seen]
    if len(along) * STEP_MM < 10:
        return None
    reach = _HULL_SHARE * np.ptp(along)
    front, rear = along < along[0] + reach, along > along[-1] - reach
    slope = float(np.polyfit(along, surface, 1)[0])
    for _ in range(8):
        level = surface - slope * along
        i = np.flatnonzero(front)[np.argmax(level[front])]
        j = np.flatnonzero(rear)[np.argmax(level[rear])]
        slope = float((surface[j] - surface[i]) / (along[j] - along[i]))
    return float(surface[i] - slope * along[i]), slope


def _wall_at_rim(height: Points, wall: Points, line: tuple[float, float], rear: bool) -> float | None:
    """Where a wall, carried on upwards, meets the line over the rims; behind, no further in than it stands further down."""
    depth = line[0] + line[1] * wall - height
    near = np.isfinite(wall) & (depth >= _WALL_MM[0]) & (depth <= _WALL_MM[1])
    if near.sum() < 3:
        return None
    outermost = wall[near].max() if rear else wall[near].min()
    near &= np.abs(wall - outermost) < _WALL_SLANT_MM
    if near.sum() < 3:
        return None
    end = float(np.polynomial.polynomial.polyfit(depth[near], wall[near], 1)[0])
    end = float(np.clip(end, wall[near].min() - _OVERSHOOT_MM, wall[near].max() + _OVERSHOOT_MM))
    return max(end, _beneath(wall, depth, end)) if rear else end


def _beneath(wall: Points, depth: Points, end: float) -> float:
    """Where a rear wall stands beneath the corner, in its upper half; ``end`` where too little of it is seen, as in a collapsed body."""
    seen = np.isfinite(wall) & (depth > 0)
    tall = float(depth[seen].max(initial=0.0))
    under = wall[seen & (depth >= _BENEATH_MM[0]) & (depth <= min(_BENEATH_MM[1], tall / 2))]
    return float(np.median(under)) if tall >= _LEAST_WALL_MM and len(under) else end
