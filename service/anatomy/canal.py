"""The spinal canal along its own centreline: diameters and areas of its cross-sections."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.signal import savgol_filter

from service.anatomy.memory import remembered
from service.anatomy.model import CANAL, Anatomy
from service.anatomy.regions import Mask, Points, bounding_box, cropped, unit, where
from service.study.geometry import Geometry

STEP_MM = 2.0
_SMOOTH_STEPS = 13
_SMOOTH_ORDER = 2
_WHOLE_SLAB = 0.7
"""A slab at the end with fewer voxels than this part of the usual is cut, and its centre off the axis."""
_RAY_MM = 22.0
_RAY_STEP_MM = 0.25
_SMOOTH_PIXELS = 0.7
_WINDOW_MM = (-0.8, -0.4, 0.0, 0.4, 0.8)
"""Along the centreline, around a cross-section: the mean over these irons out the steps of the pixel grid."""
_LEAST_VOXELS = 50
_SUM_ERROR = 0.05
"""How far the sum over four or five slices may be off the area of an ellipse. Provenance: expert, tried on simulated canals."""
_DENT_MM = 0.3
"""How far the ellipse through all slices may move the diameter that the inner ones give. Provenance: as above."""
_LEAST_SLICES, _LEVEL_MM = 4, 0.5
"""From so many slices on it can be told whether the canal's middle is among them: the deepest cut is not at the edge, or hardly deeper there than beside it. Provenance: expert."""
_SHORT_MM = 4.0
"""A chord's error does not shrink with the chord, so that of its square does, down to here."""


@dataclass(frozen=True, eq=False)
class Canal:
    """The canal and its centreline.

    Attributes:
        solid: (slices, rows, columns) how much of the canal there is about each voxel of its slice, 0 to 1.
        points: (n, 3) the centreline in patient mm, every ``STEP_MM`` from the lowest point up.
        up: (n, 3) unit vectors along it.
    """

    mask: Mask
    solid: NDArray[np.float32]
    geometry: Geometry
    points: Points
    up: Points

    @cached_property
    def length(self) -> Points:
        """(n,) mm along the centreline from its lowest point."""
        return _length(self.points)

    def place(self, centre: Points, normal: Points) -> float | None:
        """Where the centreline passes a plane, in mm from its lowest point; none if it does not reach it."""
        at = self._passes(centre, normal)
        return None if at is None else float(np.interp(at, np.arange(len(self.points)), self.length))

    def voxels(self) -> tuple[NDArray[np.intp], Points]:
        """(n, 3) indices in ``mask`` of the canal's voxels, and (n,) how far along the centreline each lies, in mm."""
        index = where(self.mask)
        return index, _project(self.geometry.to_patient(index), self.points)

    def crossing(self, centre: Points, normal: Points) -> tuple[Points, Points] | None:
        """Point and direction of the centreline where it passes a plane; none if it does not reach it."""
        at = self._passes(centre, normal)
        if at is None:
            return None
        k = int(at)
        part = at - k
        point = self.points[k] + part * (self.points[k + 1] - self.points[k])
        return point, unit((1 - part) * self.up[k] + part * self.up[k + 1])

    def _passes(self, centre: Points, normal: Points) -> float | None:
        """Where, in steps of the centreline, fractions included."""
        height = (self.points - centre) @ normal
        near = np.abs(height) < 60
        passes = np.flatnonzero((height[:-1] <= 0) & (height[1:] > 0) & near[:-1])
        if len(passes) == 0:
            return None
        k = int(passes[np.argmin(np.linalg.norm(self.points[passes] - centre, axis=1))])
        return float(k - height[k] / (height[k + 1] - height[k]))


@dataclass(frozen=True)
class CrossSection:
    """A cut across the canal.

    Attributes:
        diameter: antero-posterior, mid-sagittal, in mm.
        area: in mm²; none if the slices do not show the canal from side to side.
        middle: whether the canal's middle lies among the slices; none where they are too few to tell. Without it the diameter is the least that it can be.
    """

    diameter: float
    area: float | None
    middle: bool | None = None


@remembered
def find_canal(anatomy: Anatomy) -> Canal | None:
    """The canal of ``anatomy`` and its centreline; none if too little of it was segmented."""
    whole = anatomy.mask(CANAL)
    box = bounding_box(whole, margin=3)
    if box is None or whole.sum() < _LEAST_VOXELS:
        return None
    mask, geometry = whole[box], cropped(anatomy.series.geometry, box)
    points = _centreline(mask, geometry)
    if len(points) < 3:
        return None
    along = np.gradient(points, axis=0)
    solid = ndimage.gaussian_filter(mask.astype(np.float32), (0, _SMOOTH_PIXELS, _SMOOTH_PIXELS))
    return Canal(mask, solid, geometry, points, along / np.linalg.norm(along, axis=1, keepdims=True))


def _centreline(mask: Mask, geometry: Geometry) -> Points:
    """Centres of slabs across the canal: by height first, then across the line that those gave, twice."""
    voxels = geometry.to_patient(where(mask))
    place = voxels[:, 2]
    line = np.empty((0, 3))
    for _ in range(3):
        bins = np.floor((place - place.min()) / STEP_MM).astype(int)
        count = np.bincount(bins)
        used = np.flatnonzero(count)
        sums = np.column_stack([np.bincount(bins, weights=voxels[:, k]) for k in range(3)])
        line = _smooth(sums[used] / count[used, None], count[used])
        if len(line) < 3:
            return line
        place = _project(voxels, line)
    return line


def _smooth(centres: Points, count: NDArray[np.intp]) -> Points:
    """A running parabola through the centres (Savitzky and Golay), straight on where the end cuts the slabs obliquely."""
    whole = np.flatnonzero(count >= _WHOLE_SLAB * np.median(count))
    first, last = int(whole[0]), int(whole[-1]) + 1
    window = min(_SMOOTH_STEPS, (last - first - 1) // 2 * 2 + 1)
    if window < 3:
        return centres
    inner = savgol_filter(centres[first:last], window, min(_SMOOTH_ORDER, window - 1), axis=0, mode="interp")
    reach = min(4, len(inner) - 1)
    down, up = (inner[0] - inner[reach]) / reach, (inner[-1] - inner[-1 - reach]) / reach
    below = inner[0] + np.arange(first, 0, -1)[:, None] * down
    above = inner[-1] + np.arange(1, len(centres) - last + 1)[:, None] * up
    return np.concatenate([below, inner, above])


def _length(line: Points) -> Points:
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])


def _project(voxels: Points, line: Points) -> Points:
    """(n,) length along the line of the point nearest to each voxel, in mm."""
    length = _length(line)
    guess = np.clip(np.searchsorted(line[:, 2], voxels[:, 2]), 1, len(line) - 2)
    along = np.gradient(line, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    for _ in range(3):
        ahead = np.einsum("ij,ij->i", voxels - line[guess], along[guess])
        guess = np.clip(guess + np.rint(ahead / STEP_MM).astype(int), 0, len(line) - 1)
    ahead = np.einsum("ij,ij->i", voxels - line[guess], along[guess])
    return np.asarray(length[guess] + ahead)


def cross_section(canal: Canal, point: Points, up: Points) -> CrossSection | None:
    """Cut the canal at a point of its centreline, across ``up``; none if nothing is there."""
    geometry = canal.geometry
    normal = unit(np.cross(geometry.directions[:, 1], geometry.directions[:, 2]))
    back = unit(np.cross(up, normal)) * (1.0 if np.cross(up, normal)[1] > 0 else -1.0)
    in_plane_up = unit(up - (up @ normal) * normal)
    across = unit(normal - (normal @ up) * up)
    stretch = 1 / float(across @ normal)
    chords, lateral = [], []
    for k in range(geometry.shape[0]):
        offset = float((geometry.to_patient([k, 0, 0]) - point) @ normal) * stretch
        chords.append(_chord(canal, k, point + offset * across, back, in_plane_up))
        lateral.append(offset)
    return _from_chords(np.array(chords), np.array(lateral))


def _chord(canal: Canal, k: int, start: Points, back: Points, up: Points) -> float:
    """Length of the canal in slice ``k`` along ``back``, through a point of that slice."""
    geometry = canal.geometry
    reach = np.arange(-_RAY_MM, _RAY_MM, _RAY_STEP_MM)
    grid = start + reach[None, :, None] * back + np.array(_WINDOW_MM)[:, None, None] * up
    rows, columns = np.moveaxis(geometry.to_index(grid)[..., 1:], -1, 0)
    inside: NDArray[np.float64] = ndimage.map_coordinates(canal.solid[k], [rows, columns], order=1, mode="constant")
    lengths = [_longest_run(ray) for ray in inside]
    return float(np.mean(lengths))


def _longest_run(ray: Points) -> float:
    """Length in mm of the longest stretch above one half, ends interpolated."""
    solid = np.concatenate([[False], ray >= 0.5, [False]])
    starts, stops = np.flatnonzero(solid[1:] & ~solid[:-1]), np.flatnonzero(~solid[1:] & solid[:-1]) - 1
    if len(starts) == 0:
        return 0.0
    k = int(np.argmax(stops - starts))
    i, j = int(starts[k]), int(stops[k])
    before = 0.0 if i == 0 else (ray[i] - 0.5) / max(ray[i] - ray[i - 1], 1e-6)
    after = 0.0 if j == len(ray) - 1 else (ray[j] - 0.5) / max(ray[j] - ray[j + 1], 1e-6)
    return float((j - i + before + after) * _RAY_STEP_MM)


def _from_chords(chords: Points, lateral: Points) -> CrossSection | None:
    """Diameter and area from the chords of all slices; across a round canal the square of a chord is a parabola."""
    shown = chords > 0
    if not shown.any():
        return None
    spacing = abs(float(np.median(np.diff(lateral)))) if len(lateral) > 1 else 0.0
    area = None
    if len(chords) > 1 and not shown[0] and not shown[-1]:
        area = _area(chords[shown], lateral[shown], spacing)
    return CrossSection(_diameter(chords[shown], lateral[shown]), area, _shows_middle(chords))


def _shows_middle(chords: Points) -> bool | None:
    """Whether the chords of all slices rise to the middle and fall again; none of so few slices that this cannot be told."""
    if len(chords) < _LEAST_SLICES:
        return None
    k = int(np.argmax(chords))
    beside = 1 if k == 0 else k - 1
    return 0 < k < len(chords) - 1 or bool(chords[k] - chords[beside] < _LEVEL_MM)


def _area(chords: Points, lateral: Points, spacing: float) -> float:
    """The sum over the slices, as near to the area of an ellipse through them as the few slices leave open."""
    total = float(chords.sum() * spacing)
    ellipse = _ellipse(chords, lateral)
    return total if ellipse is None else float(np.clip(ellipse, total * (1 - _SUM_ERROR), total * (1 + _SUM_ERROR)))


def _ellipse(chords: Points, lateral: Points) -> float | None:
    """Area of the ellipse whose chords fit these best; none if there are too few, or they do not shorten to the sides."""
    if len(chords) < 3:
        return None
    base, slope, bend = _parabola(chords, lateral)
    spread = slope**2 - 4 * bend * base
    return None if bend >= 0 or spread <= 0 else float(np.pi / 8 * np.sqrt(-bend) * spread / bend**2)


def _parabola(chords: Points, lateral: Points) -> Points:
    """(3,) coefficients of the squares of the chords over the distance from the middle; their error grows with the chord."""
    aside = lateral - np.average(lateral, weights=chords)
    return np.asarray(np.polynomial.polynomial.polyfit(aside, chords**2, 2, w=1 / np.maximum(chords, _SHORT_MM)))


def _diameter(chords: Points, lateral: Points) -> float:
    """The chord in the middle: that of the whole ellipse, as far as the inner slices, which a herniation dents, allow it."""
    if len(chords) < 3:
        return float(chords.max())
    near = _inner_diameter(chords, lateral)
    whole = float(np.sqrt(max(_parabola(chords, lateral)[0], 0.0)))
    return float(np.clip(whole, near - _DENT_MM, near + _DENT_MM))


def _inner_diameter(chords: Points, lateral: Points) -> float:
    middle = float(np.average(lateral, weights=chords))
    half = max(float(np.ptp(lateral)) / 2, 1e-3)
    inner = np.abs(lateral - middle) <= 0.75 * half + 1e-6
    if inner.sum() < 3:
        return float(np.interp(middle, *_sorted(lateral, chords)))
    fit = np.polynomial.polynomial.polyfit(lateral[inner] - middle, chords[inner] ** 2, 2)
    return float(np.sqrt(max(fit[0], 0.0)))


def _sorted(places: Points, values: Points) -> tuple[Points, Points]:
    order = np.argsort(places)
    return places[order], values[order]
