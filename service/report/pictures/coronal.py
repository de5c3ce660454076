"""A coronal projection of the segmented bodies and discs: what a radiograph from the front would show of them.

Between sagittal slices the shape is interpolated, not the grey values: each slice becomes a map of signed distances to the outline,
and these are interpolated linearly (Raya and Udupa, IEEE Trans Med Imaging 1990; 9:32), so that a tilted endplate stays a line
and does not become a staircase.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from service.anatomy.model import Anatomy, Kind, Structure
from service.anatomy.regions import Mask, Points, bounding_box, cropped
from service.study.geometry import Geometry

PIXEL_MM = 0.8
_DEPTH_STEP_MM = 2.5
_BEYOND_MM = 4.0
KINDS: tuple[Kind, ...] = ("sacrum", "disc", "vertebra")


@dataclass(frozen=True, eq=False)
class Shadow:
    """One structure from the front.

    Attributes:
        x, z: (columns,) mm to the patient's left and (rows,) mm upwards of the pixels' centres, in patient coordinates.
        thickness: (rows, columns) mm of it from front to back.
    """

    structure: Structure
    x: Points
    z: Points
    thickness: NDArray[np.float32]

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top edge in mm, as matplotlib asks for it."""
        half = PIXEL_MM / 2
        return self.x[0] - half, self.x[-1] + half, self.z[0] - half, self.z[-1] + half


def shadows(anatomy: Anatomy) -> list[Shadow]:
    """Every vertebral body, disc and the first sacral body, as far as they were segmented."""
    found = []
    for kind in KINDS:
        for structure in anatomy.of(kind):
            mask = anatomy.labels == structure.label
            shadow = _shadow(structure, mask & anatomy.bodies if kind == "vertebra" else mask, anatomy.series.geometry)
            found += [shadow] if shadow is not None else []
    return found


def _shadow(structure: Structure, mask: Mask, whole: Geometry) -> Shadow | None:
    box = bounding_box(mask, margin=2)
    if box is None:
        return None
    geometry = cropped(whole, box)
    inside, geometry = _closed(_distances(mask[box], geometry), geometry)
    x, y, z = _axes(geometry)
    points = np.stack(np.meshgrid(z, x, y, indexing="ij"), axis=-1)[..., [1, 2, 0]]
    sampled = ndimage.map_coordinates(inside, np.moveaxis(geometry.to_index(points), -1, 0), order=1, cval=-_BEYOND_MM)
    share = np.clip(sampled / PIXEL_MM + 0.5, 0, 1)
    return Shadow(structure, x, z, np.asarray(share.sum(axis=2) * _DEPTH_STEP_MM, np.float32))


def _distances(mask: Mask, geometry: Geometry) -> NDArray[np.float32]:
    """(slices, rows, columns) signed mm to the outline within each slice, positive inside, cut off at ``_BEYOND_MM``."""
    sampling = tuple(geometry.spacing[1:])
    signed = np.full(mask.shape, -_BEYOND_MM, np.float32)
    for k in np.flatnonzero(mask.any(axis=(1, 2))):
        inner, outer = (ndimage.distance_transform_edt(part, sampling) for part in (mask[k], ~mask[k]))
        signed[k] = np.clip(inner - outer, -_BEYOND_MM, _BEYOND_MM)
    return signed


def _closed(signed: NDArray[np.float32], geometry: Geometry) -> tuple[NDArray[np.float32], Geometry]:
    """One empty slice more on both sides, so that what reaches the last slice ends half-way to the next."""
    padded = np.pad(signed, ((1, 1), (0, 0), (0, 0)), constant_values=-_BEYOND_MM)
    affine = geometry.affine.copy()
    affine[:3, 3] = geometry.to_patient([-1, 0, 0])
    return padded, Geometry(affine, (padded.shape[0], padded.shape[1], padded.shape[2]))


def _axes(geometry: Geometry) -> tuple[Points, Points, Points]:
    """Places along left, back and up in mm that cover the whole grid."""
    corners = geometry.to_patient(np.array(np.meshgrid(*[[0, n - 1] for n in geometry.shape])).reshape(3, -1).T)
    low, high = corners.min(axis=0), corners.max(axis=0)
    x, y, z = (np.arange(low[k], high[k] + step, step) for k, step in enumerate((PIXEL_MM, _DEPTH_STEP_MM, PIXEL_MM)))
    return x, y, z
