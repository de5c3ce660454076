"""The order in which this project stores voxels: sagittally, from right to left, head to feet, front to back."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from service.study.geometry import Geometry

Voxel = TypeVar("Voxel", bound=np.generic)
Order = tuple[int, int, int]
Flip = tuple[bool, bool, bool]


def stored_sagittally(pixels: NDArray[np.float32], geometry: Geometry) -> tuple[NDArray[np.float32], Geometry]:
    """The same voxels with slices from the patient's right to left, rows from head to feet, columns from front to back."""
    order, flip = geometry.to_sagittal()
    return reordered(pixels, order, flip), geometry.permuted(order, flip)


def reordered(volume: NDArray[Voxel], order: Order, flip: Flip) -> NDArray[Voxel]:
    """A contiguous (…) volume with its axes in another order, then the marked ones reversed."""
    axes = tuple(axis for axis, back in enumerate(flip) if back)
    return np.ascontiguousarray(np.flip(volume.transpose(order), axes))


def undone(volume: NDArray[Voxel], order: Order, flip: Flip) -> NDArray[Voxel]:
    """Takes ``reordered`` back."""
    axes = tuple(axis for axis, back in enumerate(flip) if back)
    return np.ascontiguousarray(np.flip(volume, axes).transpose(np.argsort(order)))
