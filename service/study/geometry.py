"""The one geometry type: where the voxels of a volume lie in the patient."""

from dataclasses import dataclass
from functools import cached_property
from itertools import permutations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Geometry:
    """Maps voxel indices (slice, row, column) to patient coordinates in mm, DICOM LPS (x to the left, y to the back, z up).

    Source: DICOM PS3.3 C.7.6.2.1.1 (image plane). Oblique, non-square and left-handed grids are all just affines.

    Args:
        affine: (4, 4), voxel index (slice, row, column, 1) to (x, y, z, 1).
        shape: numbers of slices, rows and columns.

    Raises:
        ValueError: the affine is not a finite, invertible (4, 4) matrix, or a dimension is not positive.
    """

    affine: Array
    shape: tuple[int, int, int]

    def __post_init__(self) -> None:
        affine = np.array(self.affine, float)
        if affine.shape != (4, 4) or not np.isfinite(affine).all() or abs(np.linalg.det(affine)) < 1e-9:
            raise ValueError(
                f"a geometry needs a finite, invertible (4, 4) affine, got {affine.shape}: {affine.tolist()}"
            )
        if len(self.shape) != 3 or min(self.shape) < 1:
            raise ValueError(f"a geometry needs three positive dimensions, got {self.shape}")
        affine.setflags(write=False)
        object.__setattr__(self, "affine", affine)

    @cached_property
    def spacing(self) -> Array:
        """(3,) distances in mm between neighbouring slices, rows and columns."""
        return np.asarray(np.linalg.norm(self.affine[:3, :3], axis=0))

    @cached_property
    def directions(self) -> Array:
        """(3, 3) unit vectors in LPS; column k points to growing slice, row, column index."""
        return np.asarray(self.affine[:3, :3] / self.spacing)

    @cached_property
    def voxel_volume(self) -> float:
        """Volume of one voxel in mm³."""
        return float(abs(np.linalg.det(self.affine[:3, :3])))

    def to_patient(self, index: ArrayLike) -> Array:
        """(…, 3) voxel indices (slice, row, column; fractions allowed) to (…, 3) patient coordinates in mm."""
        return np.asarray(index, float) @ self.affine[:3, :3].T + self.affine[:3, 3]

    def to_index(self, point: ArrayLike) -> Array:
        """(…, 3) patient coordinates in mm to (…, 3) voxel indices (slice, row, column), with fractions."""
        return (np.asarray(point, float) - self.affine[:3, 3]) @ np.linalg.inv(self.affine[:3, :3]).T

    def permuted(self, order: tuple[int, int, int], flip: tuple[bool, bool, bool]) -> "Geometry":
        """The geometry of ``np.flip(volume.transpose(order), flipped axes)``: the same voxels, stored in another order."""
        shape = (self.shape[order[0]], self.shape[order[1]], self.shape[order[2]])
        change = np.zeros((4, 4))
        change[3, 3] = 1
        for new, (old, back) in enumerate(zip(order, flip, strict=True)):
            change[old, new] = -1 if back else 1
            change[old, 3] = shape[new] - 1 if back else 0
        return Geometry(self.affine @ change, shape)

    def to_sagittal(self) -> tuple[tuple[int, int, int], tuple[bool, bool, bool]]:
        """The (order, flip) that stores the volume as this project does: slices from the patient's right to left,
        rows from head to feet, columns from front to back, each as nearly as the grid allows.
        """
        target = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # rows: left, feet, back, in LPS
        alignment = target @ self.directions
        order = max(permutations(range(3)), key=lambda p: sum(abs(alignment[k, p[k]]) for k in range(3)))
        flip = [bool(alignment[k, order[k]] < 0) for k in range(3)]
        return (order[0], order[1], order[2]), (flip[0], flip[1], flip[2])
