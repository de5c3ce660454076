"""The course of the spine: a smooth curve through the vertebral column, and the removal of what lies far from it."""

from dataclasses import dataclass

import numpy as np

from service.anatomy.regions import Mask, Points, components, points_of, sizes_of, thinned, unit
from service.study.geometry import Geometry

_BIN_MM = 5.0
_HUBER_MM = 8.0
_REACH_MM = 35.0
"""How far a voxel of the column may lie from the axis: half of the greatest depth of a lumbar body (about 50 mm), and 10 mm."""


@dataclass(frozen=True, eq=False)
class SpineAxis:
    """Polynomials x(z) and y(z) in patient mm, valid between ``low`` and ``high`` and straight beyond."""

    x: np.polynomial.Polynomial
    y: np.polynomial.Polynomial
    low: float
    high: float

    def at(self, z: Points) -> Points:
        """(n,) heights in mm to (n, 3) points on the axis."""
        inside = np.clip(z, self.low, self.high)
        beyond = z - inside
        x = self.x(inside) + beyond * self.x.deriv()(inside)
        y = self.y(inside) + beyond * self.y.deriv()(inside)
        return np.stack([x, y, z], axis=-1)

    def up(self, z: float) -> Points:
        """(3,) unit vector along the axis, towards the head, at height ``z`` mm."""
        inside = float(np.clip(z, self.low, self.high))
        return unit(np.array([self.x.deriv()(inside), self.y.deriv()(inside), 1.0]))


def fit_axis(points: Points) -> SpineAxis:
    """Fit the axis to (n, 3) voxel centres of the column in patient mm, by reweighted least squares (Huber)."""
    points = thinned(points, 20_000)
    z = points[:, 2]
    bins = np.floor((z - z.min()) / _BIN_MM).astype(int)
    used, counts = np.unique(bins, return_counts=True)
    slabs = np.split(points[np.argsort(bins, kind="stable")], np.cumsum(counts)[:-1])
    centres = np.array([np.median(slab, axis=0) for slab in slabs])
    weights = np.sqrt(counts)
    degree = int(np.clip(np.ptp(centres[:, 2]) // 45, 1, 5)) if len(used) > 2 else min(len(used) - 1, 1)
    x, y = (_robust_fit(centres[:, 2], centres[:, k], weights, degree) for k in (0, 1))
    return SpineAxis(x, y, float(centres[0, 2]), float(centres[-1, 2]))


def _robust_fit(z: Points, values: Points, weights: Points, degree: int) -> np.polynomial.Polynomial:
    robust = np.ones_like(z)
    domain = [float(z.min()) - 1, float(z.max()) + 1]
    for _ in range(5):
        fit = np.polynomial.Polynomial.fit(z, values, degree, domain=domain, w=weights * np.sqrt(robust))
        residual = np.abs(values - fit(z))
        robust = _HUBER_MM / np.maximum(residual, _HUBER_MM)
    return fit


def without_debris(column: Mask, geometry: Geometry, smallest: float = 0.02) -> Mask:
    """``column`` (slices, rows, columns) without pieces that lie mostly off the axis or are tiny beside the largest.

    Args:
        smallest: size of the smallest piece kept, as a fraction of the largest.
    """
    labels, count = components(column)
    if count == 0:
        return column
    sizes = sizes_of(labels, count)
    keep = np.concatenate([[False], sizes[1:] >= smallest * sizes[1:].max()])
    pieces, points = labels[column], points_of(column, geometry)
    large = keep[pieces]
    axis = fit_axis(points[large])
    offset = np.linalg.norm((points - axis.at(points[:, 2]))[:, :2], axis=1)
    near = np.bincount(pieces, weights=offset < _REACH_MM, minlength=count + 1)
    keep &= near >= 0.5 * np.maximum(sizes, 1)
    kept = np.zeros_like(column)
    kept[column] = keep[pieces]
    return kept
