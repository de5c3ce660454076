"""Label maps as files hold them: on the grid of their image, in the SPIDER convention or in three classes."""

from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name everybody uses
from numpy.typing import NDArray

from service.anatomy.model import CANAL, DISC, PARTIAL, SACRUM, Kind, disc_name, vertebra_name
from service.errors import LumbarTriageError, UnreadableInputError
from service.study.canonical import reordered
from service.study.geometry import Geometry
from service.study.grid import file_grid, has_suffix
from service.study.intact import check_intact
from service.study.limits import DEFAULT_LIMITS, Limits

Labels = NDArray[np.uint8]

CLASSES: dict[int, Kind] = {1: "vertebra", 2: "disc", 3: "canal"}
"""What the labels of a mask without instances mean."""
_HIGHEST = 25
_OFF_GRID = 0.1
"""Share of a voxel by which the corners of two grids may differ and still be one: more than rounding, less than matters."""


def kind_of(label: int) -> Kind | None:
    """The kind of a SPIDER label; none for the background and for what the convention does not have."""
    if label == CANAL:
        return "canal"
    if label == SACRUM:
        return "sacrum"
    if 0 < label - DISC <= _HIGHEST:
        return "disc"
    return "vertebra" if 0 < label % PARTIAL <= _HIGHEST and label < DISC else None


def is_partial(label: int) -> bool:
    """Whether a SPIDER label is that of a vertebra that the field of view cuts."""
    return PARTIAL < label <= PARTIAL + _HIGHEST


def level_of(label: int) -> int:
    """The label without the mark of a partial vertebra: labels of the same level are equal."""
    return label - PARTIAL if is_partial(label) else label


def name_of(label: int) -> str:
    """How a radiologist names the structure of a SPIDER label."""
    kind = kind_of(label)
    if kind == "vertebra":
        return vertebra_name(level_of(label)) if level_of(label) <= 24 else "C0"
    if kind == "disc":
        return disc_name(label) if label - DISC <= 24 else "C0-C1"
    return "S1" if kind == "sacrum" else "spinal canal"


def classes_of(labels: Labels) -> Labels:
    """1 vertebra, 2 disc, 3 spinal canal, of a map in the SPIDER convention or already in these classes.

    A map without any label above 3 is taken to be in classes. Partial vertebrae count, the sacrum does not.
    """
    if not labels.size or labels.max() <= max(CLASSES):
        return labels
    table = np.zeros(256, np.uint8)
    for number, kind in CLASSES.items():
        table[[label for label in range(256) if kind_of(label) == kind]] = number
    return np.asarray(table[labels])


def check_convention(labels: Labels, file: str) -> None:
    """Refuses labels that SPIDER does not have.

    Raises:
        UnreadableInputError: naming the file and the labels.
    """
    strange = [int(n) for n in np.unique(labels) if n and kind_of(int(n)) is None]
    if strange:
        raise UnreadableInputError(
            f"{file} holds labels that are not SPIDER's: {', '.join(map(str, strange[:5]))}. Relabel it: vertebrae 1 to 25 "
            "from L5 up (101 to 125 where cut off), discs 201 to 225 from L5-S1 up, canal 100, S1 26.",
            code="unknown_labels",
        )


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
    try:
        grid = file_grid(path, limits, pixel_spacing)
        if has_suffix(path, (".nii", ".nii.gz")):
            check_intact(path, grid.file_bytes, limits)
        values = sitk.GetArrayFromImage(sitk.ReadImage(str(path)))
    except LumbarTriageError as error:
        raise type(error)(f"{path.name}: {error.detail}", code=error.code) from None
    except RuntimeError:
        raise UnreadableInputError(f"{path.name} is damaged or of another format.", code="damaged_image") from None
    if not _same_grid(grid.geometry.permuted(grid.order, grid.flip), geometry):
        raise UnreadableInputError(
            f"{path.name} does not lie on the grid of its image (size, spacing, origin and directions must be equal). "
            "Resample it to the image with nearest-neighbour interpolation, or give the image that it was drawn on.",
            code="other_grid",
        )
    if values.size != np.prod(grid.geometry.shape):
        raise _not_labels(path.name)
    return reordered(_integers(values, path.name).reshape(grid.geometry.shape), grid.order, grid.flip)


def _same_grid(one: Geometry, two: Geometry) -> bool:
    if one.shape != two.shape:
        return False
    corners = np.array(list(np.ndindex(2, 2, 2))) * (np.array(one.shape) - 1)
    apart = np.linalg.norm(one.to_patient(corners) - two.to_patient(corners), axis=1)
    return bool(apart.max() < _OFF_GRID * one.spacing.min())


def _integers(values: NDArray[np.generic], file: str) -> Labels:
    with np.errstate(invalid="ignore"):
        labels = values.astype(np.uint8)
    if not np.array_equal(labels, values):
        raise _not_labels(file)
    return labels


def _not_labels(file: str) -> UnreadableInputError:
    return UnreadableInputError(f"{file} holds values that are not labels from 0 to 255.", code="not_labels")
