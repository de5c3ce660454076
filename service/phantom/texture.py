"""Smooth random fields in patient coordinates: what makes tissue look like tissue."""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

Field = NDArray[np.float32]

_SIZE = 64


class Texture:
    """Gaussian random fields that any slice of the same seed agrees on."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([seed, 31])
        volume = gaussian_filter(rng.normal(size=(_SIZE,) * 3), 1.0, mode="wrap")
        self._volume = (volume / volume.std()).astype(np.float32)
        self._shifts = rng.uniform(0, _SIZE, (64, 3)).astype(np.float32)

    def field(self, points: NDArray[np.float32], scale_mm: ArrayLike, index: int) -> Field:
        """(…) values of mean 0 and variance about 1 at (…, 3) patient points.

        Args:
            scale_mm: one length or one for each axis, about the radius of a grain.
            index: which of the independent fields, 0 to 63.
        """
        places = points / np.asarray(scale_mm, np.float32) + self._shifts[index]
        found = map_coordinates(self._volume, np.moveaxis(places, -1, 0), order=1, mode="grid-wrap", prefilter=False)
        return np.asarray(found, np.float32) * np.float32(1.25)

    def slow_field(self, points: NDArray[np.float32], scale_mm: ArrayLike, index: int, stride: int = 3) -> Field:
        """The same on a (rows, columns) plane, evaluated on every few points and interpolated; for coarse grains."""
        (rows, above, below, down), (columns, left, right, across) = (_knots(n, stride) for n in points.shape[:2])
        coarse = self.field(points[np.ix_(rows, columns)], scale_mm, index)
        tall = coarse[above] + down[:, None] * (coarse[below] - coarse[above])
        return np.asarray(tall[:, left] + across * (tall[:, right] - tall[:, left]))


@lru_cache(maxsize=512)
def _knots(size: int, stride: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp], Field]:
    """Which of ``size`` places are evaluated; and for each place the knot before it, the one after, and the part of the way between."""
    knots = np.unique(np.append(np.arange(0, size, stride), size - 1))
    places = np.arange(size)
    before = np.searchsorted(knots, places, side="right") - 1
    after = np.minimum(before + 1, len(knots) - 1)
    part = (places - knots[before]) / np.maximum(knots[after] - knots[before], 1)
    return knots, before, after, part.astype(np.float32)
