"""Which anatomical plane a stack of slices lies in, by its geometry alone."""

import numpy as np

from service.study.geometry import Geometry
from service.study.model import Plane

_PLANES: tuple[Plane, ...] = ("sagittal", "coronal", "axial")
"""By the patient axis (x, y, z) that the normal follows."""
_MOST_TILT_DEG = 40.0
"""Beyond this, between two planes, a stack is called oblique. Lumbosacral axial slices tilt by up to 40°. expert"""
_ISOTROPIC_RATIO, _ISOTROPIC_MM, _ISOTROPIC_EXTENT_MM = 1.5, 2.0, 30.0
"""A volume this fine in all directions is as good sagittally as in the plane it was acquired in. expert"""


def plane_of(geometry: Geometry, slice_axis: int = 0) -> Plane:
    """The plane of the slices along ``slice_axis``: that of their normal, or "oblique" between planes."""
    first, second = (geometry.directions[:, axis] for axis in range(3) if axis != slice_axis)
    normal = np.abs(np.cross(first, second))
    nearest = int(np.argmax(normal))
    tilt = np.degrees(np.arccos(min(normal[nearest] / np.linalg.norm(normal), 1.0)))
    return _PLANES[nearest] if tilt <= _MOST_TILT_DEG else "oblique"


def reading_plane(geometry: Geometry) -> Plane:
    """The plane that a stack is read in: that of its slices, or sagittal when its voxels are nearly cubes."""
    return "sagittal" if is_isotropic(geometry) else plane_of(geometry)


def is_isotropic(geometry: Geometry) -> bool:
    """Whether the voxels are nearly cubes, small, and enough of them to look at from any side."""
    spacing = geometry.spacing
    extent = spacing * geometry.shape
    return bool(
        spacing.max() <= _ISOTROPIC_RATIO * spacing.min()
        and spacing.max() <= _ISOTROPIC_MM
        and extent.min() >= _ISOTROPIC_EXTENT_MM
    )
