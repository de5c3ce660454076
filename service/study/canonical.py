"""Storing the same voxels in another order: axes exchanged and reversed, nothing resampled."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Voxel = TypeVar("Voxel", bound=np.generic)
Order = tuple[int, int, int]
Flip = tuple[bool, bool, bool]

AS_IT_IS: tuple[Order, Flip] = ((0, 1, 2), (False, False, False))


def reordered(volume: NDArray[Voxel], order: Order, flip: Flip) -> NDArray[Voxel]:
    """A contiguous volume with its three axes in another order, then the marked ones reversed (see ``Geometry.permuted``)."""
    axes = tuple(axis for axis, back in enumerate(flip) if back)
    return np.ascontiguousarray(np.flip(volume.transpose(order), axes))


def restored(volume: NDArray[Voxel], order: Order, flip: Flip) -> NDArray[Voxel]:
    """What ``reordered`` made this of."""
    axes = tuple(axis for axis, back in enumerate(flip) if back)
    return np.ascontiguousarray(np.flip(volume, axes).transpose(np.argsort(order)))
