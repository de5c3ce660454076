"""Label maps as files: read in this project's order of storage, and written back on the grid that their image came on."""

from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name everybody uses
from numpy.typing import NDArray

from service.errors import LumbarTriageError, UnreadableInputError
from service.study.canonical import reordered, restored
from service.study.geometry import Geometry
from service.study.grid import PICTURES, VOLUMES, Grid, file_grid, has_suffix, stack_grid
from service.study.intact import check_intact
from service.study.limits import DEFAULT_LIMITS, Limits
from service.study.model import Series
from service.study.plane import reading_plane
from service.study.reader import read_stacks

Labels = NDArray[np.uint8]


def read_label_map(
    path: Path, pixel_spacing: tuple[float, float] | None = None, limits: Limits = DEFAULT_LIMITS
) -> tuple[Labels, Geometry]:
    """Reads a label map: uint8 (slices, rows, columns) as a sagittal series is stored, and where its voxels lie.

    Args:
        path: ``.nii``, ``.nii.gz``, ``.mha``, ``.mhd`` or ``.nrrd``, or a picture.
        pixel_spacing: mm between rows and columns, if path is a picture.

    Raises:
        LumbarTriageError: the file is unreadable, or holds no labels from 0 to 255 (``not_labels``); the detail names it.
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
    with np.errstate(invalid="ignore"):
        labels = values.astype(np.uint8)
    if values.size != np.prod(grid.geometry.shape) or not np.array_equal(labels, values):
        raise UnreadableInputError(f"{path.name} holds values that are not labels from 0 to 255.", code="not_labels")
    volume = reordered(labels.reshape(grid.geometry.shape), grid.order, grid.flip)
    return volume, grid.geometry.permuted(grid.order, grid.flip)


def write_labels(
    labels: NDArray[np.integer],
    series: Series,
    original: str | Path | None,
    path: str | Path,
    limits: Limits = DEFAULT_LIMITS,
) -> None:
    """Writes labels on the grid of the file that ``series`` was read from: same size, spacing, origin and directions.

    Axes are exchanged and reversed, nothing is resampled.

    Args:
        labels: integers (slices, rows, columns), in the order of ``series``.
        original: the file or folder that ``read_image`` or ``read_study`` read the series from. For DICOM, the grid has the
            rows and columns of the images and slices by position along their normal, as ITK reads a folder. None: the grid of
            ``series`` itself.
        path: ``.nii``, ``.nii.gz``, ``.mha``, ``.mhd`` or ``.nrrd``; ``.png`` for a 2D original.

    Raises:
        UnreadableInputError: the original is not there, is not the one of this series, or the output's format is not known.
    """
    path = Path(path)
    if not has_suffix(path, (*VOLUMES, ".png")):
        raise UnreadableInputError("Labels are written as .nii.gz, .nii, .mha, .mhd or .nrrd.", code="unknown_format")
    grid = _grid(series, None if original is None else Path(original), limits)
    if labels.shape != grid.geometry.permuted(grid.order, grid.flip).shape:
        raise UnreadableInputError("The labels do not belong to this image.", code="wrong_original")
    volume = restored(labels.astype(_smallest_type(labels)), grid.order, grid.flip)
    sitk.WriteImage(_image(volume, grid), str(path), useCompression=True)


def _grid(series: Series, original: Path | None, limits: Limits) -> Grid:
    if original is None:
        return stack_grid(series.geometry, sagittal=False)
    if has_suffix(original, PICTURES):
        return file_grid(original, limits, _pixel_spacing(series))
    if has_suffix(original, VOLUMES):
        return file_grid(original, limits)
    found = read_stacks(original, limits)[0].get(series.id)
    if found is None:
        raise UnreadableInputError("The labels do not belong to this study.", code="wrong_original")
    geometry: Geometry = found.geometry
    return stack_grid(geometry, sagittal=reading_plane(geometry) == "sagittal")


def _pixel_spacing(series: Series) -> tuple[float, float]:
    """Which a picture does not hold itself: as it was read."""
    _, row, column = series.geometry.spacing
    return float(row), float(column)


def _image(volume: NDArray[np.integer], grid: Grid) -> sitk.Image:
    image = sitk.GetImageFromArray(volume.reshape(grid.size[::-1]), isVector=False)
    image.SetSpacing(grid.spacing)
    image.SetOrigin(grid.origin)
    image.SetDirection(grid.direction)
    return image


def _smallest_type(labels: NDArray[np.integer]) -> type[np.unsignedinteger]:
    return np.uint8 if labels.size == 0 or labels.max() < 256 else np.uint16
