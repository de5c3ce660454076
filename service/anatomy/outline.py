"""The outline of one body slice by slice, found between the voxels: heights of its two endplates and places of its walls.

A smoothed mask is sampled along the body's own directions within each slice, and the half-way crossing is taken. Nothing is
interpolated across slices, so thick slices keep their own evidence.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from service.anatomy.regions import Mask, Points, unit
from service.study.geometry import Geometry

STEP_MM = 0.5
_SMOOTH_PIXELS = 0.7
_MARGIN_MM = 6.0
_LEAST_PIXELS = 30
_APART_MM = 2.0
"""Thinner slices than this tell nothing more: only some of them are outlined, the same ones of neighbouring bodies."""


@dataclass(frozen=True, eq=False)
class SliceOutline:
    """One slice through a body, in the plane of that slice.

    A place is ``origin + along * back + height * up`` in patient mm; ``up`` and ``back`` are unit vectors in the slice.

    Attributes:
        along: (n,) mm to the back at which the endplates were sought.
        top, bottom: (n,) heights in mm of the upper and lower endplate there; nan where the body is not.
        height: (m,) mm upwards at which the walls were sought.
        front, rear: (m,) places in mm of the anterior and posterior wall there; nan where the body is not.
    """

    origin: Points
    back: Points
    up: Points
    along: Points
    top: Points
    bottom: Points
    height: Points
    front: Points
    rear: Points
    index: int

    @property
    def area(self) -> float:
        """mm² between the two endplates."""
        return float(np.nansum(self.top - self.bottom) * STEP_MM)

    def place(self, along: Points, height: Points) -> Points:
        """(n,) and (n,) mm to (n, 3) points in the patient."""
        return self.origin + np.multiply.outer(along, self.back) + np.multiply.outer(height, self.up)


def outlines(mask: Mask, geometry: Geometry, up: Points, back: Points) -> list[SliceOutline]:
    """Outline the body ``mask`` (slices, rows, columns) in every slice that shows enough of it.

    Args:
        up, back: (3,) the body's own directions in the patient; each slice uses their projection on itself.
    """
    across = geometry.directions[:, 1:]
    up_in, back_in = (unit(across @ np.linalg.lstsq(across, v, rcond=None)[0]) for v in (up, back))
    back_in = unit(back_in - (back_in @ up_in) * up_in)
    shown = np.flatnonzero(mask.sum(axis=(1, 2)) >= _LEAST_PIXELS)
    step = min(max(1, int(_APART_MM / geometry.spacing[0])), max(len(shown) // 8, 1))
    return [_outline(mask[k], int(k), geometry, up_in, back_in) for k in shown[shown % step == 0]]


def _outline(section: NDArray[np.bool_], k: int, geometry: Geometry, up: Points, back: Points) -> SliceOutline:
    pixels = np.argwhere(section)
    index = np.column_stack([np.full(len(pixels), k), pixels])
    points = geometry.to_patient(index)
    origin = points.mean(axis=0)
    along = _steps((points - origin) @ back)
    height = _steps((points - origin) @ up)
    grid = origin + along[:, None, None] * back + height[None, :, None] * up
    rows, columns = np.moveaxis(geometry.to_index(grid)[..., 1:], -1, 0)
    smooth = ndimage.gaussian_filter(section.astype(np.float32), _SMOOTH_PIXELS)
    inside = ndimage.map_coordinates(smooth, [rows, columns], order=1, mode="constant")
    bottom, top = _crossings(inside, height)
    front, rear = _crossings(inside.T, along)
    return SliceOutline(origin, back, up, along, top, bottom, height, front, rear, k)


def _steps(values: Points) -> Points:
    low, high = values.min() - _MARGIN_MM, values.max() + _MARGIN_MM
    return np.arange(np.floor(low / STEP_MM), np.ceil(high / STEP_MM) + 1) * STEP_MM


def _crossings(inside: NDArray[np.floating], places: Points) -> tuple[Points, Points]:
    """Outermost places, first and last, where each row of ``inside`` (n, m) passes one half; nan where it never does."""
    solid = inside >= 0.5
    any_solid = solid.any(axis=1)
    first = solid.argmax(axis=1)
    last = inside.shape[1] - 1 - solid[:, ::-1].argmax(axis=1)
    low = _between(inside, places, first, first - 1)
    high = _between(inside, places, last, last + 1)
    return np.where(any_solid, low, np.nan), np.where(any_solid, high, np.nan)


def _between(
    inside: NDArray[np.floating], places: Points, within: NDArray[np.intp], beyond: NDArray[np.intp]
) -> Points:
    rows = np.arange(len(inside))
    beyond = np.clip(beyond, 0, inside.shape[1] - 1)
    a, b = inside[rows, within], inside[rows, beyond]
    share = np.where(a > b, (a - 0.5) / np.maximum(a - b, 1e-6), 0.0)
    return np.asarray(places[within] + share * (places[beyond] - places[within]))
