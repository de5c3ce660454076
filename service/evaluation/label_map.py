"""Label maps as files hold them: on the grid of their image, in the SPIDER convention or in three classes."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.anatomy.convention import kind_of
from service.anatomy.model import Kind
from service.errors import UnreadableInputError
from service.study.geometry import Geometry
from service.study.labels import read_label_map
from service.study.limits import DEFAULT_LIMITS, Limits

Labels = NDArray[np.uint8]

CLASSES: dict[int, Kind] = {1: "vertebra", 2: "disc", 3: "canal"}
"""What the labels of a mask without instances mean."""
_OFF_GRID = 0.1
"""Share of a voxel by which the corners of two grids may differ and still be one: more than rounding, less than matters."""


def classes_of(labels: Labels) -> Labels:
    """1 vertebra, 2 disc, 3 spinal canal, of a map in the SPIDER convention. Partial vertebrae count, the sacrum does not."""
    table = np.zeros(256, np.uint8)
    for number, kind in CLASSES.items():
        table[[label for label in range(256) if kind_of(label) == kind]] = number
    return np.asarray(table[labels])


def read_labels(
    path: Path,
    geometry: Geometry,
    pixel_spacing: tuple[float, float] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Labels:
    """Reads a label map into the voxels of an image, (slices, rows, columns); axes are exchanged, nothing is resampled.

    Args:
        geometry: of the image as ``read_image`` stores it.
        pixel_spacing: mm between rows and columns, if path is a picture.

    Raises:
        LumbarTriageError: the file is unreadable, holds no labels, or lies on another grid; the detail names it.
    """
    labels, found = read_label_map(path, pixel_spacing, limits)
    if not _same_grid(found, geometry):
        raise UnreadableInputError(
            f"{path.name} does not lie on the grid of its image (size, spacing, origin and directions must be equal). "
            "Resample it to the image with nearest-neighbour interpolation, or give the image that it was drawn on.",
            code="other_grid",
        )
    return labels


def _same_grid(one: Geometry, two: Geometry) -> bool:
    if one.shape != two.shape:
        return False
    corners = np.array(list(np.ndindex(2, 2, 2))) * (np.array(one.shape) - 1)
    apart = np.linalg.norm(one.to_patient(corners) - two.to_patient(corners), axis=1)
    return bool(apart.max() < _OFF_GRID * one.spacing.min())
