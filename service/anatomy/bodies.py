"""Single vertebral bodies, out of all the voxels that are body: what lies between two discs is one, unless it is too tall."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from service.anatomy.axis import SpineAxis
from service.anatomy.discs import Disc, back_of, interval_of
from service.anatomy.regions import (
    Extent,
    Labels,
    Mask,
    Points,
    bounding_box,
    components,
    cropped,
    extent_of,
    sizes_of,
    where,
)
from service.study.geometry import Geometry

TYPICAL_HEIGHT_MM = 27.0
"""Height of a lumbar body in adults, 24 to 30 mm; only the first guess where no body is closed in by two discs."""
_TOO_TALL = 1.6
AS_ONE = 1.3
"""Pieces one above the other that reach no farther, from the foot of the lower to the top of the upper, than so many times the height of a
usual body are one body, cleft across. Two neighbours reach 2.3 times as far, and 1.3 times if both have lost half of their height.
Provenance: expert."""
_LEAST_DEPTH_MM = 12.0
_LEAST_HEIGHT_MM = 6.0
_LEAST_SLIVER_MM = 3.0
"""Least height of what the field of view may leave of the highest or lowest body."""
FRAGMENT = 0.2
"""What holds less than this part of the voxels of a usual body is none, unless the field of view cuts it. Provenance: expert."""
_CRUMB = 0.1
_NEAR_DISC_MM = 8.0


@dataclass(frozen=True, eq=False)
class Body:
    """One vertebral body: its value in the label volume, the interval between discs it lies in, its frame and extent, and its size in voxels."""

    id: int
    interval: int
    up: Points
    extent: Extent
    size: int

    @property
    def centre(self) -> Points:
        """(3,) patient coordinates in mm."""
        return self.extent.centre


def find_bodies(
    mask: Mask, geometry: Geometry, discs: tuple[Disc, ...], axis: SpineAxis
) -> tuple[Labels, tuple[Body, ...]]:
    """Separate the bodies of ``mask`` (slices, rows, columns), touching ones and broken ones too.

    Returns:
        Body ids (0 where there is none), same shape, and the bodies from the lowest to the highest.
    """
    intervals = _intervals(mask, geometry, discs)
    ups = _directions(discs, axis, geometry, intervals)
    labels = np.zeros(mask.shape, np.int32)
    bodies: list[Body] = []
    expected = _expected_height(intervals, ups, geometry, len(discs))
    for interval, up in ups.items():
        box = bounding_box(intervals == interval + 1, margin=0)
        assert box is not None  # noqa: S101  intervals without voxels have no direction
        closed = 0 < interval < len(discs)
        for part in _stacked(intervals[box] == interval + 1, up, cropped(geometry, box), expected, closed=closed):
            index = where(part) + [s.start for s in box]
            extent = extent_of(geometry.to_patient(index), up, back_of(up))
            least = _LEAST_HEIGHT_MM if closed else _LEAST_SLIVER_MM
            if extent.depth < _LEAST_DEPTH_MM or extent.height < least:
                continue
            bodies.append(Body(len(bodies) + 1, interval, up, extent, len(index)))
            labels[tuple(index.T)] = len(bodies)
    kept = _without_fragments(labels, bodies, len(discs))
    return labels, tuple(sorted(kept, key=lambda b: (b.interval, float(b.centre @ b.up))))


def _without_fragments(labels: Labels, bodies: list[Body], n_discs: int) -> list[Body]:
    """Drop, in place, what lies between two discs and is much too small for a body; at the ends it may be a cut one."""
    sizes = sizes_of(labels, len(bodies))
    usual = float(np.median(sizes[1:])) if bodies else 0.0
    small = [b.id for b in bodies if 0 < b.interval < n_discs and sizes[b.id] < FRAGMENT * usual]
    labels[np.isin(labels, small)] = 0
    return [b for b in bodies if b.id not in small]


def _intervals(mask: Mask, geometry: Geometry, discs: tuple[Disc, ...]) -> Labels:
    """1 + the interval of each voxel of ``mask``; a crumb cut off by a disc's plane goes back across that plane."""
    intervals = np.zeros(mask.shape, np.int32)
    index = where(mask)
    if len(index) == 0:
        return intervals
    points = geometry.to_patient(index)
    intervals[tuple(index.T)] = interval_of(points, discs) + 1
    in_each = np.bincount(intervals[intervals > 0])
    usual = float(np.median(in_each[in_each > 0]))
    for k in range(1, len(discs) + 2):
        _return_crumbs(intervals, k, usual, geometry, discs)
    return intervals


def _return_crumbs(intervals: Labels, k: int, usual: float, geometry: Geometry, discs: tuple[Disc, ...]) -> None:
    """``usual``: voxels of an ordinary body; what is less than a tenth of it and not near a disc's plane is dropped."""
    pieces, count = components(intervals == k)
    sizes = sizes_of(pieces, count)
    for crumb in np.flatnonzero(sizes[1:] < _CRUMB * usual) + 1:
        index = where(pieces == crumb)
        centre = geometry.to_patient(index).mean(axis=0)
        crossed = [d for d in (k - 2, k - 1) if 0 <= d < len(discs)]
        near = [d for d in crossed if abs(discs[d].height_over(centre)) < _NEAR_DISC_MM]
        target = 0 if not near else (k - 1 if near[0] == k - 2 else k + 1)
        if _touches(index, intervals, target):
            intervals[tuple(index.T)] = target
        elif 1 < k <= len(discs):
            intervals[tuple(index.T)] = 0


def _touches(index: NDArray[np.intp], labels: Labels, target: int) -> bool:
    """Whether voxels (n, 3) have a neighbour of value ``target`` in the row above or below."""
    rows = [np.clip(index[:, 1] + step, 0, labels.shape[1] - 1) for step in (-1, 1)]
    return target > 0 and any(bool((labels[index[:, 0], row, index[:, 2]] == target).any()) for row in rows)


def _directions(discs: tuple[Disc, ...], axis: SpineAxis, geometry: Geometry, intervals: Labels) -> dict[int, Points]:
    """The upward unit vector of each interval that holds voxels: the mean normal of its discs, or the axis."""
    ups: dict[int, Points] = {}
    for interval, box in enumerate(ndimage.find_objects(intervals, max_label=len(discs) + 1)):
        if box is None:
            continue
        normals = [discs[d].normal for d in (interval - 1, interval) if 0 <= d < len(discs)]
        if len(normals) < 2:
            middle = where(intervals == interval + 1).mean(axis=0)
            normals.append(axis.up(float(geometry.to_patient(middle)[2])))
        mean = np.mean(normals, axis=0)
        ups[interval] = mean / np.linalg.norm(mean)
    return ups


def _expected_height(intervals: Labels, ups: dict[int, Points], geometry: Geometry, n_discs: int) -> float:
    """The median height in mm of what lies between two discs, kept within what a body can be."""
    heights = []
    for interval, up in ups.items():
        if 0 < interval < n_discs:
            points = geometry.to_patient(where(intervals == interval + 1))
            heights.append(extent_of(points, up, back_of(up)).height)
    return float(np.clip(np.median(heights), 20, 36)) if heights else TYPICAL_HEIGHT_MM


def _stacked(mask: Mask, up: Points, geometry: Geometry, expected: float, *, closed: bool) -> list[Mask]:
    """The bodies within one interval, from the lowest up: one, unless a disc between two was not seen.

    Args:
        expected: height of a usual body in mm.
        closed: the interval lies between two discs, so that what it holds is no more than was seen of it.
    """
    pieces, count = components(mask)
    if count == 0:
        return []
    sizes = sizes_of(pieces, count)
    large = np.flatnonzero(sizes[1:] >= _CRUMB * sizes[1:].max()) + 1
    spans = {}
    for piece in large:
        heights = geometry.to_patient(where(pieces == piece)) @ up
        spans[int(piece)] = tuple(np.percentile(heights, [2, 98]))
    parts: list[Mask] = []
    low, high = min(low for low, _ in spans.values()), max(high for _, high in spans.values())
    for group in [list(spans)] if closed and high - low < AS_ONE * expected else _overlapping(spans):
        together = np.isin(pieces, group)
        parts += _cut(together, up, geometry, expected)
    return parts


def _overlapping(spans: dict[int, tuple[float, ...]]) -> list[list[int]]:
    """Pieces whose spans along the spine overlap by more than 40 % of the shorter one are parts of one body."""
    groups: list[tuple[float, float, list[int]]] = []
    for piece, (low, high) in sorted(spans.items(), key=lambda item: item[1]):
        if groups:
            last_low, last_high, members = groups[-1]
            overlap = min(high, last_high) - max(low, last_low)
            if overlap > 0.4 * min(high - low, last_high - last_low):
                groups[-1] = (min(low, last_low), max(high, last_high), [*members, piece])
                continue
        groups.append((float(low), float(high), [piece]))
    return [members for _, _, members in groups]


def _cut(mask: Mask, up: Points, geometry: Geometry, expected: float) -> list[Mask]:
    """Cut what is too tall for one body where its cross-section is least, near the places where the joints should be."""
    index = where(mask)
    heights = geometry.to_patient(index) @ up
    low, high = np.percentile(heights, [2, 98])
    if high - low < _TOO_TALL * expected:
        return [mask]
    number = max(2, round((high - low) / (1.25 * expected)))
    cuts = _waists(heights, float(low), float(high), number)
    which = np.searchsorted(cuts, heights)
    parts = []
    for k in range(number):
        part = np.zeros_like(mask)
        part[tuple(index[which == k].T)] = True
        parts.append(part)
    return parts


def _waists(heights: Points, low: float, high: float, number: int) -> Points:
    """(number - 1,) heights of least cross-section within a quarter of a body of the evenly spaced joints."""
    area, edges = np.histogram(heights, bins=max(int((high - low) / 1.0), 8), range=(low, high))
    middles = (edges[1:] + edges[:-1]) / 2
    smooth = ndimage.gaussian_filter1d(area.astype(float), 1.0)
    pitch = (high - low) / number
    cuts = []
    for k in range(1, number):
        target = low + k * pitch
        near = np.abs(middles - target) < 0.25 * pitch
        penalty = 1 + 0.5 * ((middles[near] - target) / pitch) ** 2
        cuts.append(float(middles[near][np.argmin(smooth[near] * penalty)]))
    return np.array(cuts)
