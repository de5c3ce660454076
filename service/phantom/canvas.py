"""One slice in the making: tissues are painted over each other, each with its coverage of every voxel."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.anatomy.tissue import Tissue
from service.study.geometry import Geometry

Field = NDArray[np.float32]
Window = tuple[slice, slice]


def coverage(distance: NDArray[np.floating], pixel_mm: float) -> Field:
    """Part of a pixel that lies inside a surface, from the signed distance of its centre (negative inside)."""
    return np.asarray(np.clip(0.5 - distance / pixel_mm, 0, 1), np.float32)


@dataclass(frozen=True, eq=False)
class Slab:
    """Where the sample points of one slice lie: ``depths`` are positions through its thickness, in slice indices."""

    geometry: Geometry
    index: int
    depths: NDArray[np.float64]

    @property
    def pixel_mm(self) -> float:
        """Mean in-plane pixel size."""
        return float(self.geometry.spacing[1:].mean())

    def window(self, corners: NDArray[np.floating]) -> Window | None:
        """The rows and columns that the bounding box of (n, 3) patient points covers; none where it misses the slice."""
        index = self.geometry.to_index(corners)
        low, high = index.min(0), index.max(0)
        if high[0] < self.depths.min() or low[0] > self.depths.max():
            return None
        start = np.clip(np.floor(low[1:]).astype(int), 0, self.geometry.shape[1:])
        stop = np.clip(np.ceil(high[1:]).astype(int) + 1, 0, self.geometry.shape[1:])
        if (stop <= start).any():
            return None
        return slice(int(start[0]), int(stop[0])), slice(int(start[1]), int(stop[1]))

    def points(self, window: Window, depths: NDArray[np.float64] | None = None) -> Field:
        """(depths, rows, columns, 3) patient coordinates of the sample points in a window."""
        rows, columns = np.arange(window[0].start, window[0].stop), np.arange(window[1].start, window[1].stop)
        affine = self.geometry.affine
        inner = rows[:, None, None] * affine[:3, 1] + columns[None, :, None] * affine[:3, 2] + affine[:3, 3]
        through = np.multiply.outer(self.depths if depths is None else depths, affine[:3, 0])
        return through.astype(np.float32)[:, None, None] + inner.astype(np.float32)


class Canvas:
    """Signals and labels of one slice.

    ``signals`` is (weightings, depths, rows, columns); ``labels``, ``tissue`` and ``bodies`` belong to whatever covers
    most of each voxel through the slice.
    """

    def __init__(self, background: Field, depths: int) -> None:
        self.signals = np.repeat(background[:, None], depths, axis=1)
        shape = background.shape[1:]
        self.labels = np.zeros(shape, np.uint8)
        self.tissue = np.zeros(shape, np.uint8)
        self._most = np.zeros(shape, np.float32)
        self._named = np.zeros(shape, np.float32)

    def paint(
        self, window: Window, cover: Field, signal: Field, label: int | None = None, tissue: Tissue = Tissue.BACKGROUND
    ) -> None:
        """Cover part of the slice.

        Args:
            cover: (depths, rows, columns) 0 to 1.
            signal: (weightings, 1 or depths, 1 or rows, 1 or columns).
            label: SPIDER label; none for what is not labelled.
        """
        here = self.signals[(slice(None), slice(None), *window)]
        here += cover * (signal - here)
        mean = cover.mean(0)
        most, named = self._most[window], self._named[window]
        most *= 1 - mean
        named *= 1 - mean
        if label is None:
            return
        named += mean
        wins = mean > most
        most[wins] = mean[wins]
        self.labels[window][wins] = label
        self.tissue[window][wins] = tissue

    def finish(self) -> tuple[Field, NDArray[np.uint8], NDArray[np.uint8]]:
        """(weightings, rows, columns) signals averaged through the slice, labels, and tissue."""
        empty = self._most <= 1 - self._named
        self.labels[empty] = 0
        self.tissue[empty] = Tissue.BACKGROUND
        return self.signals.mean(1), self.labels, self.tissue
