"""Single intervertebral discs, out of all the voxels that are disc."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import ndimage

from service.anatomy.axis import SpineAxis
from service.anatomy.regions import Extent, Labels, Mask, Points, components, extent_of, unit
from service.study.geometry import Geometry

BACK: Points = np.array([0.0, 1.0, 0.0])
_LEAST_DEPTH_MM = 10.0
_COPLANAR_MM = 5.0
_THICK_MM = 16.0
"""Two pieces that together span less than this along their common normal are one disc: no body fits between them."""
_THICKEST_MM = 20.0
_LARGEST_MM = 45.0
_GREATEST_LEAN = np.cos(np.radians(50))


@dataclass(frozen=True, eq=False)
class Disc:
    """One disc: its value in the label volume, its mid-plane (centre, unit normal towards the head) and its size."""

    id: int
    centre: Points
    normal: Points
    extent: Extent

    def height_over(self, points: Points) -> Points:
        """(…, 3) points in mm to (…,) signed distances from the mid-plane, positive towards the head."""
        return np.asarray((points - self.centre) @ self.normal)


def back_of(up: Points, facing: Points = BACK) -> Points:
    """(3,) unit vector to the patient's back, perpendicular to ``up``; ``facing`` is where his back is, to begin with the table's."""
    return unit(facing - (facing @ up) * up)


def find_discs(mask: Mask, geometry: Geometry, axis: SpineAxis) -> tuple[Labels, tuple[Disc, ...]]:
    """Separate the discs of ``mask`` (slices, rows, columns); pieces of one disc are joined, crumbs are dropped.

    Returns:
        Disc ids (0 where there is none), same shape, and the discs from the lowest to the highest.
    """
    labels, count = _separated(mask, geometry, axis)
    pieces = {d.id: d for d in _described(labels, range(1, count + 1), geometry, axis)}
    while pair := _two_of_one(labels, pieces, geometry, axis):
        kept, joined = pair
        pieces[kept] = join(labels, kept, joined, geometry, axis)
        del pieces[joined]
    discs = sorted((d for d in pieces.values() if d.extent.depth >= _LEAST_DEPTH_MM), key=lambda d: float(d.centre[2]))
    keep = np.isin(np.arange(count + 1), [d.id for d in discs])
    return np.where(keep[labels], labels, 0).astype(np.int32), tuple(discs)


def join(labels: Labels, kept: int, joined: int, geometry: Geometry, axis: SpineAxis) -> Disc:
    """Make disc ``joined`` a part of disc ``kept``, in place."""
    labels[labels == joined] = kept
    return _described(labels, [kept], geometry, axis)[0]


def _two_of_one(labels: Labels, pieces: dict[int, Disc], geometry: Geometry, axis: SpineAxis) -> tuple[int, int] | None:
    """Two pieces that together are no thicker than a disc, the larger first; none if there are no such two."""
    for a, b in combinations(sorted(pieces.values(), key=lambda d: -d.extent.depth * max(d.extent.width, 1.0)), 2):
        if np.linalg.norm(a.centre - b.centre) > _LARGEST_MM or abs(a.centre[2] - b.centre[2]) > _LARGEST_MM / 2:
            continue
        if _same_plane(b, a):
            return a.id, b.id
        points = geometry.to_patient(np.argwhere((labels == a.id) | (labels == b.id)))
        if _disc(a.id, points, geometry, axis).extent.height < _THICK_MM:
            return a.id, b.id
    return None


def _separated(mask: Mask, geometry: Geometry, axis: SpineAxis) -> tuple[Labels, int]:
    """Connected pieces; one that is too thick for a disc is cut at its thin bridges."""
    labels, count = components(mask)
    for disc in _described(labels, range(1, count + 1), geometry, axis):
        if disc.extent.height > _THICKEST_MM:
            count = _cut_bridges(labels, disc.id, count)
    return labels, count


def _cut_bridges(labels: Labels, disc_id: int, count: int) -> int:
    """Split one piece in place by what an in-plane opening leaves apart; returns the new number of pieces."""
    piece = labels == disc_id
    core = ndimage.binary_erosion(piece, structure=np.ones((1, 3, 3), bool), iterations=2)
    seeds, n = components(core)
    if n < 2:
        return count
    nearest = ndimage.distance_transform_edt(seeds == 0, return_distances=False, return_indices=True)
    owner = seeds[tuple(nearest)]
    new = owner[piece]
    labels[piece] = np.where(new == 1, disc_id, count + new - 1)
    return count + n - 1


def _same_plane(piece: Disc, disc: Disc) -> bool:
    """Whether a piece lies in the plane of a larger disc, within its reach."""
    away = np.linalg.norm(piece.centre - disc.centre)
    return bool(
        abs(disc.height_over(piece.centre)) < _COPLANAR_MM and away < 0.75 * max(disc.extent.depth, disc.extent.width)
    )


def _described(labels: Labels, ids: Iterable[int], geometry: Geometry, axis: SpineAxis) -> tuple[Disc, ...]:
    boxes = ndimage.find_objects(labels)
    found = []
    for k in ids:
        box = boxes[k - 1]
        if box is not None:
            index = np.argwhere(labels[box] == k) + [s.start for s in box]
            found.append(_disc(k, geometry.to_patient(index), geometry, axis))
    return tuple(found)


def _disc(disc_id: int, points: Points, geometry: Geometry, axis: SpineAxis) -> Disc:
    centre = points.mean(axis=0)
    along = axis.up(float(centre[2]))
    normal = _normal(points, centre, along, geometry)
    return Disc(disc_id, centre, normal, extent_of(points, normal, back_of(normal)))


def _normal(points: Points, centre: Points, along: Points, geometry: Geometry) -> Points:
    """The direction in which the disc is thinnest, unless that leans too far from the spine's own direction.

    Where the slices cover too little of the width, the sideways tilt cannot be told from the disc, and is left out.
    """
    slice_axis = geometry.directions[:, 0]
    offsets = points - centre
    if np.ptp(offsets @ slice_axis) < 15:
        offsets = offsets - np.outer(offsets @ slice_axis, slice_axis)
        spread = offsets.T @ offsets + 1e6 * len(points) * np.outer(slice_axis, slice_axis)
    else:
        spread = offsets.T @ offsets
    normal = np.linalg.eigh(spread)[1][:, 0]
    normal = normal * np.sign(normal[2] or 1.0)
    if len(points) < 20 or normal @ along < _GREATEST_LEAN:
        return along
    return np.asarray(normal)


def interval_of(points: Points, discs: tuple[Disc, ...]) -> Labels:
    """(n,) how many discs lie below each of (n, 3) points: 0 under the lowest disc, len(discs) over the highest."""
    over = np.zeros(len(points), np.int32)
    for disc in discs:
        over += disc.height_over(points) > 0
    return over
