"""The thecal sac: a tube of varying calibre along a smooth centreline behind the bodies and discs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline, PchipInterpolator

from service.phantom.gap import midplane
from service.phantom.parameters import DiscLevel
from service.phantom.spine import Spine

Array = NDArray[np.floating]

STEP_MM = 0.5
SHALLOWEST_MM = 1.8
"""The sac ends where half its depth is less."""


@dataclass(frozen=True, eq=False)
class Canal:
    """The sac, sampled every ``STEP_MM`` along its centreline from the sacrum up.

    Attributes:
        center: (n, 3) patient coordinates in mm.
        along, left, back: (n, 3) unit vectors, along the centreline to the head and across it.
        half_depth, half_width: (n,) mm.
        level_at: position on the centreline, in samples, of every disc's mid-plane, lowest first.
        body_at: the same of the middle of every vertebra, S1 first.
    """

    center: Array
    along: Array
    left: Array
    back: Array
    half_depth: Array
    half_width: Array
    level_at: tuple[float, ...]
    body_at: tuple[float, ...]

    def coordinates(self, points: Array) -> tuple[NDArray[np.intp], Array, Array]:
        """Of (…, 3) patient points: nearest sample of the centreline, and mm to the left and to the back of it."""
        place = np.searchsorted(self.center[:, 2], points[..., 2].ravel()).reshape(points.shape[:-1])
        last = len(self.center) - 1
        place = np.clip(place, 0, last)
        center, along = (table.astype(points.dtype) for table in (self.center, self.along))
        for _ in range(5):
            ahead = np.einsum("...k,...k", points - center[place], along[place])
            nearer = np.clip(place + np.rint(ahead / STEP_MM).astype(np.intp), 0, last)
            if np.array_equal(nearer, place):
                break
            place = nearer
        away = points - center[place]
        left, back = (table.astype(points.dtype)[place] for table in (self.left, self.back))
        return place, np.einsum("...k,...k", away, left), np.einsum("...k,...k", away, back)

    def distance(self, place: NDArray[np.intp], left: Array, back: Array) -> Array:
        """Signed distance in mm from the sac's wall of points in its own coordinates, negative inside."""
        a, b = self.half_width[place], self.half_depth[place]
        radius = np.sqrt((left / a) ** 2 + (back / b) ** 2)
        return np.asarray(np.hypot(left, back) * (1 - 1 / np.maximum(radius, 1e-3)) + np.where(b < SHALLOWEST_MM, 9, 0))

    def inside(self, points: Array) -> NDArray[np.bool_]:
        """(…) whether (…, 3) patient points lie in the sac."""
        return np.asarray(self.distance(*self.coordinates(points)) < 0)


def _anchors(spine: Spine, levels: list[DiscLevel], rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """(n, 3) points of the anterior wall, (n, 3) directions to the back, (n,) diameters: bodies and discs in turn, from S3 up."""
    points, backs, depths = [], [], []
    fat = float(np.clip(rng.normal(2.0, 0.5), 1.2, 3.5))

    def add(point: Array, back: Array, depth: float) -> None:
        points.append(point)
        backs.append(back)
        depths.append(depth)

    for label, depth, gap in ((-3, 0.6, 4.0), (-2, 1.5, 5.0), (-1, 6.5, 4.5), (0, 11.0, 3.5)):
        body = spine.vertebrae[label]
        add(body.to_patient([0, body.half_depth + gap, 0]), body.rotation[:, 1], depth)
    for (lower, upper), level in zip(spine.pairs(), levels, strict=True):
        plane = midplane(lower, upper)
        room = 1.0 if upper.label > 1 else 3.0
        front = plane.center + (plane.posterior + max(level.bulge_mm, 0) + room) * plane.back
        front = front + abs(level.listhesis_mm) * 0.5 * plane.back
        add(front, plane.back, level.canal_ap_mm)
        body_wall = upper.half_depth * (1 - upper.waist * 0.8)
        neighbour = levels[min(upper.label, len(levels) - 1)].canal_ap_mm
        depth = max(0.5 * (level.canal_ap_mm + neighbour) + 0.5, min(12.0, level.canal_ap_mm + 4))
        add(upper.to_patient([0, body_wall + fat, 0]), upper.rotation[:, 1], depth)
    return np.array(points), np.array(backs), np.array(depths)


def build_canal(spine: Spine, levels: list[DiscLevel], seed: int) -> Canal:
    """The sac behind a spine, as deep at every disc as its level asks for."""
    rng = np.random.default_rng([seed, 21])
    points, backs, depths = _anchors(spine, levels, rng)
    middle = points + backs * depths[:, None] / 2
    knots = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(middle, axis=0), axis=1))])
    curve, calibre = CubicSpline(knots, middle), PchipInterpolator(knots, depths)
    place = np.arange(0, knots[-1], STEP_MM)
    center, along = curve(place), curve(place, 1)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    back = CubicSpline(knots, backs)(place)
    back -= np.einsum("ij,ij->i", back, along)[:, None] * along
    back /= np.linalg.norm(back, axis=1, keepdims=True)
    depth = np.maximum(calibre(place), 0.3)
    wide = rng.uniform(8.3, 10.0)
    width = np.minimum(wide * np.clip(0.55 + 0.45 * depth / 13.0, 0.5, 1.1), 6 + depth * 0.6)
    at = tuple(float(k) / STEP_MM for k in knots)
    return Canal(center, along, np.cross(back, along), back, depth / 2, width, at[4::2], at[3::2])
