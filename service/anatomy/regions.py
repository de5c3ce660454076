"""Small tools on labelled voxels: where they lie in the patient, and their connected pieces."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from service.study.geometry import Geometry

Mask = NDArray[np.bool_]
Labels = NDArray[np.int32]
Points = NDArray[np.float64]
Box = tuple[slice, slice, slice]

TOUCHING: NDArray[np.bool_] = np.ones((3, 3, 3), bool)
"""Voxels that share a corner belong together: a thin structure stays whole across thick slices."""


def bounding_box(mask: Mask, margin: int = 2) -> Box | None:
    """The smallest box that holds ``mask`` (slices, rows, columns), ``margin`` voxels wider; none if it is empty."""
    plane = np.asarray(mask.any(axis=0))
    if not np.any(plane):
        return None
    shown = (mask.any(axis=(1, 2)), np.any(plane, axis=1), np.any(plane, axis=0))
    sides = [
        slice(max(int(seen[0]) - margin, 0), min(int(seen[-1]) + margin + 1, n))
        for seen, n in zip(map(np.flatnonzero, shown), mask.shape, strict=True)
    ]
    return sides[0], sides[1], sides[2]


def cropped(geometry: Geometry, box: Box) -> Geometry:
    """The geometry of ``volume[box]``."""
    affine = geometry.affine.copy()
    affine[:3, 3] = geometry.to_patient([s.start for s in box])
    shape = tuple(s.stop - s.start for s in box)
    return Geometry(affine, (shape[0], shape[1], shape[2]))


def points_of(mask: Mask, geometry: Geometry) -> Points:
    """(n, 3) patient coordinates in mm of the centres of the voxels in ``mask``, in storage order."""
    return geometry.to_patient(where(mask))


def where(mask: Mask) -> NDArray[np.intp]:
    """(n, 3) indices of the voxels in ``mask``, in storage order; quick where they lie close together."""
    box = bounding_box(mask, margin=0)
    if box is None:
        return np.empty((0, 3), np.intp)
    return np.asarray(np.argwhere(mask[box]) + np.array([s.start for s in box]), np.intp)


def components(mask: Mask) -> tuple[Labels, int]:
    """The connected pieces of ``mask``, numbered from 1, and how many there are."""
    labels = np.zeros(mask.shape, np.int32)
    box = bounding_box(mask, margin=0)
    if box is None:
        return labels, 0
    labels[box], count = ndimage.label(mask[box], structure=TOUCHING)
    return labels, int(count)


def sizes_of(labels: Labels, count: int) -> NDArray[np.int64]:
    """(count + 1,) numbers of voxels of labels 0 to ``count``."""
    inside = labels[labels > 0]
    sizes = np.bincount(inside, minlength=count + 1)
    sizes[0] = labels.size - len(inside)
    return np.asarray(sizes)


@dataclass(frozen=True, eq=False)
class Extent:
    """The size of a piece of the spinal column, free of a few stray voxels.

    Attributes:
        centre: (3,) patient coordinates in mm.
        depth: from front to back, along ``back``, in mm.
        height: from bottom to top, along ``up``, in mm.
        width: from right to left in mm.
    """

    centre: Points
    depth: float
    height: float
    width: float


def extent_of(points: Points, up: Points, back: Points) -> Extent:
    """Measure (n, 3) points in mm along the unit vectors ``up`` and ``back``, between the 2nd and 98th percentile."""
    axes = np.stack([back, up, np.cross(up, back)])
    low, high = np.percentile(thinned(points) @ axes.T, [2, 98], axis=0)
    depth, height, width = high - low
    return Extent(points.mean(axis=0), float(depth), float(height), float(width))


def thinned(points: Points, enough: int = 4000) -> Points:
    """An even selection of ``enough`` of (n, 3) points, or all where there are fewer."""
    if len(points) <= enough:
        return points
    return points[np.linspace(0, len(points) - 1, enough).astype(np.intp)]


def unit(vector: Points) -> Points:
    """``vector`` scaled to length 1."""
    return np.asarray(vector / np.linalg.norm(vector))
