"""The space between two vertebrae, measured on their analytic surfaces."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.phantom.vertebra import Endplate, Vertebra

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Midplane:
    """The plane half-way between two endplates: its centre, its normal (up), and its axes to the left and to the back.

    ``anterior`` and ``posterior`` are where the disc begins and ends on the axis to the back, mm from the centre.
    """

    center: Array
    normal: Array
    left: Array
    back: Array
    anterior: float
    posterior: float


@dataclass(frozen=True)
class Height:
    """Height of a disc in mm: the mean, and at 10, 50 and 90 per cent of its length from the front."""

    mean: float
    anterior: float
    middle: float
    posterior: float


def midplane(lower: Vertebra, upper: Vertebra) -> Midplane:
    """The mid-plane of the disc between two vertebrae."""
    normal = lower.normal(lower.upper) + upper.normal(upper.lower)
    normal /= np.linalg.norm(normal)
    ends = [(lower.corner(lower.upper, e) + upper.corner(upper.lower, e)) / 2 for e in (-1.0, 1.0)]
    center = (ends[0] + ends[1]) / 2
    back = ends[1] - ends[0]
    back -= (back @ normal) * normal
    back /= np.linalg.norm(back)
    anterior, posterior = ((end - center) @ back for end in ends)
    return Midplane(center, normal, np.cross(back, normal), back, float(anterior), float(posterior))


def _meet(vertebra: Vertebra, endplate: Endplate, starts: Array, direction: Array) -> Array:
    """(n,) distances along ``direction`` from (n, 3) points to an endplate's surface, by Newton's method."""
    travelled = np.zeros(len(starts))
    slope = vertebra.normal(endplate) @ direction
    for _ in range(12):
        local = vertebra.to_local(starts + travelled[:, None] * direction)
        travelled -= (local[:, 2] - vertebra.surface(endplate, local[:, 0], local[:, 1])) / slope
    return travelled


def disc_height(lower: Vertebra, upper: Vertebra) -> Height:
    """Height of a disc perpendicular to its mid-plane, over the central 80 % of its length and a third of its width."""
    plane = midplane(lower, upper)
    part, across = np.linspace(0.1, 0.9, 33), np.linspace(-1 / 3, 1 / 3, 9) * lower.half_width
    along = plane.anterior + part * (plane.posterior - plane.anterior)
    starts = plane.center + across[:, None, None] * plane.left + along[:, None] * plane.back
    points = starts.reshape(-1, 3)
    gap = _meet(upper, upper.lower, points, plane.normal) - _meet(lower, lower.upper, points, plane.normal)
    profile = gap.reshape(9, 33).mean(0)
    return Height(float(profile.mean()), float(profile[0]), float(profile[16]), float(profile[-1]))
