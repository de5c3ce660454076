"""Overlap and surface distance of two masks of one structure."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import KDTree

from service.study.geometry import Array, Geometry

Mask = NDArray[np.bool_]


def dice(truth: Mask, predicted: Mask) -> float:
    """Twice the shared voxels over the sum of both, 0 to 1 (Dice, Ecology 1945;26:297). Two empty masks agree."""
    total = int(truth.sum()) + int(predicted.sum())
    return 2 * int((truth & predicted).sum()) / total if total else 1.0


def surface_distance(truth: Mask, predicted: Mask, geometry: Geometry) -> float | None:
    """Average symmetric surface distance in mm; none where a mask is empty.

    The mean, over the surface voxels of both masks, of the distance to the nearest surface voxel of the other (Heimann et al.,
    IEEE Trans Med Imaging 2009;28:1251). A surface voxel has a neighbour across a face outside its mask; what lies beyond the
    field of view is outside. Distances are taken in the patient, so that any spacing, oblique or sheared, is met exactly.

    Args:
        truth, predicted: (slices, rows, columns) on the grid of ``geometry``.
    """
    if not truth.any() or not predicted.any():
        return None
    one, two = _surface(truth, geometry), _surface(predicted, geometry)
    there, _ = KDTree(two).query(one)
    back, _ = KDTree(one).query(two)
    return float(np.concatenate([there, back]).mean())


def _surface(mask: Mask, geometry: Geometry) -> Array:
    """(n, 3) centres of the surface voxels in patient coordinates; a single slice has its surface within the slice."""
    neighbours = ndimage.generate_binary_structure(3, 1)
    for axis, size in enumerate(mask.shape):
        if size == 1:
            neighbours &= np.expand_dims(np.array([False, True, False]), tuple({0, 1, 2} - {axis}))
    box = ndimage.find_objects(mask.astype(np.uint8))[0]
    inner = ndimage.binary_erosion(mask[box], neighbours)
    return geometry.to_patient(np.argwhere(mask[box] & ~inner) + [side.start for side in box])
