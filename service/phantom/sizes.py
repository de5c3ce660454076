"""How large vertebrae are, and how bodies and discs share a curve."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

WIDTH_MM = (50.0, 48.5, 46.5, 44.5, 43.0, 41.5, 40.0, 38.5, 37.0, 35.5, 34.0, 33.0, 32.0)
DEPTH_MM = (35.0, 35.0, 34.5, 33.5, 32.5, 31.5, 31.0, 30.0, 29.5, 29.0, 28.0, 27.5, 27.0)
HEIGHT_MM = (26.5, 27.0, 27.0, 26.5, 25.5, 24.5, 23.5, 22.5, 21.5, 21.0, 20.5, 20.0, 19.5)
"""Of the bodies of label 1 (L5) upwards. Means of adults as in Zhou et al., Eur Spine J 2000 (lumbar); thoracic illustrative."""

BODY_WEDGE = (9.0, 3.0, 0.5, -1.5, -3.0)
DISC_WEDGE = (13.0, 10.0, 8.0, 6.0, 4.0)
"""Degrees of lordosis of the bodies L5 to L1 and the discs L5-S1 to L1-L2, before they are scaled; illustrative."""
THORACIC_WEDGE = (-1.0, -2.5)
"""Degrees of lordosis of a disc and a body above L1."""


def _share(total: float, weights: Array, limits: Array) -> Array:
    """Split ``total`` in proportion to ``weights``, no part larger than its limit; what is left over goes to the rest."""
    parts = np.zeros_like(weights)
    free = np.ones(len(weights), bool)
    for _ in range(len(weights)):
        rest = total - parts[~free].sum()
        parts[free] = rest * weights[free] / weights[free].sum()
        over = free & (parts > limits)
        if not over.any() or (free & ~over).sum() == 0:
            break
        parts[over] = limits[over]
        free &= ~over
    return parts


def share_lordosis(total: float, room: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Wedges in degrees of the bodies and discs, lowest first, that add up to the lordosis.

    Args:
        total: angle between the upper endplates of S1 and L1.
        room: (5,) the greatest wedge that each disc's height allows.
    """
    bodies, discs = np.array(BODY_WEDGE) + rng.normal(0, 1.2, 5), np.array(DISC_WEDGE) * rng.uniform(0.75, 1.25, 5)
    wanted = total - bodies.sum()
    if wanted < 10:
        return bodies - (10 - wanted) / 5, np.full(5, 2.0)
    shared = np.minimum(_share(wanted, discs, room), room)
    return bodies + (wanted - shared.sum()) / 5, shared


def share_coronal(total: float, first: int, last: int, room: Array) -> Array:
    """(11,) coronal tilt in degrees of the endplates, S1's upper one first, then two for each of L5 to L1.

    Endplate ``first`` is tilted most to one side and ``last`` most to the other; beyond them the curve runs out.

    Args:
        total: the Cobb angle.
        room: (5,) the greatest coronal wedge that each disc's height allows.
    """
    steps = np.arange(first, last)
    centre, reach = (first + last - 1) / 2, (last - first) / 2
    weights = np.cos((steps - centre) / (reach + 1.0) * np.pi / 2) * np.where(steps % 2 == 0, 1.0, 0.55)
    limits = np.where(steps % 2 == 0, room[np.minimum(steps // 2, 4)], np.inf)
    parts = _share(total, weights, limits)
    tilt = np.zeros(11)
    tilt[first : last + 1] = total / 2 - np.concatenate([[0], np.cumsum(parts)])
    below = np.linspace(0.45 if first < 3 else 0.1, 1, first + 1)[:-1]
    tilt[:first] = total / 2 * below
    tilt[last + 1 :] = -total / 2 * np.linspace(1, 0.6, 11 - last)[1:]
    return tilt
