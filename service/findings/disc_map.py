"""A disc seen from above, in its own plane: its outline over those of both endplates, and how far it stands out beyond their rims.

The idea is that of van der Graaf's thesis (AI-driven MRI analysis for low back pain management, Radboud 2025, chapter 6,
repository.ubn.ru.nl/handle/2066/315688), whose details are not public: what follows is our own. The extension is that of
``bulging.py``, carried round: at each place the margin's greatest distance from the surface that joins the two rims, so that a slip
alone is no bulge.

Slices lie 2 to 5 mm apart. Each slice gives an anterior and a posterior point; between slices a monotone cubic leads through
them (Fritsch and Carlson, SIAM J Numer Anal 1980), which never overshoots what was seen. The sides beyond the outermost slice
are a guess, and say so.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import median_filter

from service.anatomy.landmarks import DiscSpace, Landmarks, Level
from service.anatomy.model import Anatomy
from service.anatomy.outline import SliceOutline, outlines
from service.anatomy.regions import Points, bounding_box, cropped
from service.findings.bulging import NO_DISC

TOO_FEW = "fewer than three slices show the disc and both endplates"
STEP_MM = 0.5
_LEAST_SLICES = 3
_RISE = (-0.3, 1.3)
"""How far below and above the rims the margin is followed, in parts of the height between them, as in ``bulging.py``."""
_LEAST_HEIGHT_MM = 1.0
_ASTRAY_MM, _ASIDE_MM = 5.0, 2.5
"""A rim end that lies this much farther from the disc's outline than all others, or than those of the slices around, is no rim but
the root of a process, or the ala of the sacrum; the rim is led past it. Provenance: expert, by looking at healthy spines."""
_CAP = (0.25, 1.0)
"""How far the guessed side may reach beyond the outermost slice, in parts of the distance between slices."""


@dataclass(frozen=True, eq=False)
class Contour:
    """A closed outline: (n, 2) mm to the patient's left and to the back of the middle of the disc space.

    Attributes:
        anterior, posterior: (n, 2) from the patient's right to the left, as far as slices show it.
        right, left: (m, 2) the guessed sides, from front to back; none where the stack ends before the outline does.
    """

    anterior: Points
    posterior: Points
    right: Points | None
    left: Points | None

    @property
    def points(self) -> Points:
        """(k, 2) all round, from the right front to the left, and back."""
        empty = np.empty((0, 2))
        left = empty if self.left is None else self.left
        right = empty if self.right is None else self.right
        return np.concatenate([self.anterior, left, self.posterior[::-1], right[::-1]])


@dataclass(frozen=True, eq=False)
class Extension:
    """How far one side of the disc stands out beyond the rims, from the patient's right to the left.

    Attributes:
        rim, margin: (n, 2) the foot on the surface that joins the rims, and the margin, where the extension is greatest.
        depth: (n,) that extension in mm, negative where the margin falls short.
    """

    rim: Points
    margin: Points
    depth: Points

    @property
    def greatest(self) -> tuple[float, float]:
        """The greatest extension in mm, and where it is: mm to the patient's left."""
        k = int(self.depth.argmax())
        return float(self.depth[k]), float(self.margin[k, 0])


@dataclass(frozen=True, eq=False)
class DiscMap:
    """One level from above; ``slices`` are the (m,) places of the slices in mm to the patient's left."""

    level: str
    disc: Contour
    upper: Contour
    lower: Contour
    anterior: Extension
    posterior: Extension
    slices: Points


def disc_maps(anatomy: Anatomy, landmarks: Landmarks) -> dict[str, DiscMap | str]:
    """The map of every level that was seen, from the lowest up, or why there is none."""
    maps: dict[str, DiscMap | str] = {}
    for level in landmarks.levels:
        space = level.space
        if space is None or level.disc is None:
            maps[level.name] = level.missing or NO_DISC
        else:
            maps[level.name] = disc_map(anatomy, level, space) or TOO_FEW
    return maps


def disc_map(anatomy: Anatomy, level: Level, space: DiscSpace) -> DiscMap | None:
    """Map one disc; none if fewer than three slices show it and both endplates.

    Args:
        level: its ``disc`` was segmented.
        space: the mid-plane between its two bodies, whose axes are those of the map.
    """
    sections = _sections(anatomy, level, space)
    rims = [space.local(e.rim.reshape(-1, 3)).reshape(-1, 2, 3) for e in (space.upper.lower, space.lower.upper)]
    if len(sections) < _LEAST_SLICES:
        return None
    margin = [_margin(section, space) for section in sections]
    ends = np.array([[points[points[:, 1].argmin()], points[points[:, 1].argmax()]] for points in margin])
    rims = [_kept(rim, ends) for rim in rims]
    if min(map(len, rims)) < _LEAST_SLICES:
        return None
    anterior, posterior = (_extension(margin, rims, side) for side in ("anterior", "posterior"))
    if anterior is None or posterior is None:
        return None
    spacing = float(anatomy.series.geometry.spacing[0])
    disc, upper, lower = (_contour(one, spacing, _open_sides(one, ends, anatomy, space)) for one in (ends, *rims))
    return DiscMap(level.name, disc, upper, lower, anterior, posterior, np.sort(ends[..., 0].mean(axis=1)))


def _sections(anatomy: Anatomy, level: Level, space: DiscSpace) -> list[SliceOutline]:
    if level.disc is None:
        return []
    mask = anatomy.mask(level.disc.label)
    box = bounding_box(mask, margin=3)
    if box is None:
        return []
    return outlines(mask[box], cropped(anatomy.series.geometry, box), space.normal, space.back)


def _margin(section: SliceOutline, space: DiscSpace) -> Points:
    """(n, 3) the disc's outline in one slice: mm to the left, the back and the head of the middle of the space."""
    walls = [section.place(wall, section.height) for wall in (section.front, section.rear)]
    caps = [section.place(section.along, side) for side in (section.top, section.bottom)]
    points = np.concatenate([*walls, *caps])
    return space.local(points[np.isfinite(points).all(axis=1)])


def _kept(rim: Points, ends: Points) -> Points:
    """Of (m, 2, 3) ends of a rim those that follow the (k, 2, 3) ends of the disc, however far a slip has moved them as a whole."""
    rim = rim[np.argsort(rim[..., 0].mean(axis=1))]
    good = np.full(len(rim), True)
    for side in (0, 1):
        left, back = ends[np.argsort(ends[:, side, 0]), side, :2].T
        apart = rim[:, side, 1] - np.interp(rim[:, side, 0], left, back)
        good &= np.abs(apart - np.median(apart)) <= _ASTRAY_MM
        good &= np.abs(apart - median_filter(apart, 5, mode="nearest")) <= _ASIDE_MM
    return np.asarray(rim[good])


def _open_sides(outline: Points, disc: Points, anatomy: Anatomy, space: DiscSpace) -> tuple[bool, bool]:
    """Whether an outline's side, right and left, is beyond guessing: the stack ends first, or its last ends were not kept."""
    geometry = anatomy.series.geometry
    index = geometry.to_index(space.centre)
    stack = space.local(geometry.to_patient([[k, index[1], index[2]] for k in (0, geometry.shape[0] - 1)]))[:, 0]
    here, there = (np.sort(ends[..., 0].mean(axis=1)) for ends in (outline, disc))
    half, apart = geometry.spacing[0] / 2, 1.5 * float(np.diff(there).max())
    right = here[0] - half <= stack.min() or here[0] - there[0] > apart
    left = here[-1] + half >= stack.max() or there[-1] - here[-1] > apart
    return bool(right), bool(left)


def _contour(ends: Points, spacing: float, open_to: tuple[bool, bool]) -> Contour:
    """Lead an outline through (m, 2, 2 or 3) anterior and posterior ends, and guess its sides where they are not open."""
    ends = ends[np.argsort(ends[..., 0].mean(axis=1))]
    anterior, posterior = (_through(ends[:, side, 0], ends[:, side, 1]) for side in (0, 1))
    right = None if open_to[0] else _side(ends[0], ends[1], spacing)
    left = None if open_to[1] else _side(ends[-1], ends[-2], spacing)
    return Contour(anterior, posterior, right, left)


def _through(places: Points, *values: Points) -> Points:
    """(n, 1 + k) places every ``STEP_MM`` and k values there, led through those of the slices."""
    curves = [_curve(places, value) for value in values]
    count = max(2, int(np.ceil(np.ptp(places) / STEP_MM)) + 1)
    fine = np.linspace(places.min(), places.max(), count)
    return np.column_stack([fine, *(curve(fine) for curve in curves)])


def _curve(places: Points, values: Points) -> PchipInterpolator:
    places, first = np.unique(places, return_index=True)
    return PchipInterpolator(places, values[first])


def _side(end: Points, before: Points, spacing: float) -> Points:
    """Half an ellipse beyond the outermost slice, as far as the shrinking of its chord tells (across an ellipse, the square
    of a chord falls ever more steeply)."""
    middle, half = end[:, :2].mean(axis=0), (end[1, 1] - end[0, 1]) / 2
    chord, earlier = end[1, 1] - end[0, 1], before[1, 1] - before[0, 1]
    step = middle[0] - before[:, 0].mean()
    fall = (earlier**2 - chord**2) / abs(step)
    reach = np.clip(chord**2 / max(fall, 1e-6) / spacing, *_CAP) * spacing * np.sign(step)
    turn = np.linspace(-np.pi / 2, np.pi / 2, 13)[1:-1]
    return np.column_stack([middle[0] + reach * np.cos(turn), middle[1] + half * np.sin(turn)])


def _extension(margin: list[Points], rims: list[Points], side: Literal["anterior", "posterior"]) -> Extension | None:
    """The greatest distance of the margin from the surface between the rims, slice by slice, and between the slices."""
    surface = _Joint(rims, side)
    found = [best for points in margin if (best := surface.furthest(points)) is not None]
    if len(found) < _LEAST_SLICES:
        return None
    place, foot, edge, depth = np.array(sorted(found)).T
    along = _through(place, foot, edge, depth)
    return Extension(along[:, :2], along[:, [0, 2]], along[:, 3])


class _Joint:
    """One side of the surface that joins two rims by straight lines."""

    def __init__(self, rims: list[Points], side: Literal["anterior", "posterior"]) -> None:
        end = 0 if side == "anterior" else 1
        self.sign = -1.0 if side == "anterior" else 1.0
        self.back = [_curve(rim[:, end, 0], rim[:, end, 1]) for rim in rims]
        self.up = [_curve(rim[:, end, 0], rim[:, end, 2]) for rim in rims]
        self.reach = max(r[:, end, 0].min() for r in rims), min(r[:, end, 0].max() for r in rims)

    def furthest(self, points: Points) -> tuple[float, float, float, float] | None:
        """Of (n, 3) points of one slice the one that stands out most: its place to the left, the foot and itself to the back,
        and the distance; none beyond the ends of the rims.
        """
        left, back, up = points.T
        at = np.clip(left, *self.reach)
        (high, low), (top, bottom) = ([curve(at) for curve in curves] for curves in (self.back, self.up))
        height = np.maximum(top - bottom, _LEAST_HEIGHT_MM)
        part = (up - bottom) / height
        foot = low + part * (high - low)
        along = (1 - part) * self.back[1](at, 1) + part * self.back[0](at, 1)
        depth = self.sign * (back - foot) / np.sqrt(1 + along**2 + ((high - low) / height) ** 2)
        near = (part > _RISE[0]) & (part < _RISE[1]) & (np.abs(left - at) < STEP_MM)
        if not near.any():
            return None
        k = int(np.flatnonzero(near)[depth[near].argmax()])
        return float(left[k]), float(foot[k]), float(back[k]), float(depth[k])
