"""An image file, or a folder of DICOM files, becomes one series."""

from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name everybody uses
from numpy.typing import NDArray

from service.errors import UnreadableInputError
from service.study.canonical import reordered
from service.study.geometry import Geometry
from service.study.grid import PICTURES, VOLUMES, Grid, file_grid, has_suffix
from service.study.intact import check_intact
from service.study.limits import DEFAULT_LIMITS, Limits
from service.study.model import Plane, Series
from service.study.plane import plane_of
from service.study.reader import read_study
from service.study.selection import select
from service.study.stacking import counted
from service.study.words import named_weighting

_FINE_ENOUGH_MM = 2.0
"""Seen from the side, a volume no coarser than this shows the discs, whatever plane it was acquired in. expert"""


def read_image(
    path: str | Path, pixel_spacing: tuple[float, float] | None = None, limits: Limits = DEFAULT_LIMITS
) -> Series:
    """Reads one series and stores it sagittally, whatever the order of its file.

    Args:
        path: ``.nii``, ``.nii.gz``, ``.mha``, ``.mhd`` or ``.nrrd`` (3D, one slice, or 2D), a picture, or DICOM (a folder, a ZIP
            or a file), of which the best series is taken.
        pixel_spacing: distance between rows and between columns in mm, of a picture, which has none itself.

    Raises:
        LumbarTriageError: as ``read_study`` and ``select`` for DICOM.
        UnreadableInputError: no such file, or damaged.
        UnsupportedStudyError: more than one volume in the file.
        InputTooLargeError: more voxels than the limit.
    """
    path = Path(path)
    if not has_suffix(path, PICTURES + VOLUMES):
        return select(read_study(path, limits)).chosen[0]
    grid = file_grid(path, limits, pixel_spacing)
    pixels, notes = _finite(_grey(path, grid, limits))
    geometry = grid.geometry.permuted(grid.order, grid.flip)
    plane = _plane(grid, geometry)
    if plane != "sagittal":
        notes = (*notes, f"acquired in {plane} slices, too thick to be read well from the side")
    return Series(
        id="series-1",
        pixels=reordered(pixels, grid.order, grid.flip),
        geometry=geometry,
        plane=plane,
        weighting=named_weighting(path.name) or "unknown",
        notes=(*grid.notes, *notes),
    )


def _grey(path: Path, grid: Grid, limits: Limits) -> NDArray[np.float32]:
    """float32 (slices, rows, columns), in the order of the file; colours are averaged."""
    if has_suffix(path, (".nii", ".nii.gz")):
        check_intact(path, grid.file_bytes, limits)
    try:
        image = sitk.ReadImage(str(path))
    except RuntimeError:
        raise UnreadableInputError("The image file is damaged or of another format.", code="damaged_image") from None
    values = sitk.GetArrayFromImage(image)
    if image.GetNumberOfComponentsPerPixel() > 1:
        values = values[..., :3].mean(axis=-1)
    return np.asarray(values.reshape(grid.geometry.shape), np.float32)


def _finite(pixels: NDArray[np.float32]) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    wrong = ~np.isfinite(pixels)
    if not wrong.any():
        return pixels, ()
    return np.where(wrong, np.float32(0), pixels), (
        f"{counted(int(wrong.sum()), 'voxel')} without a finite value set to 0",
    )


def _plane(grid: Grid, sagittal: Geometry) -> Plane:
    """Sagittal when fine enough seen from the side, else the plane of the file's slices."""
    if max(sagittal.spacing[1:]) <= _FINE_ENOUGH_MM or grid.order == (0, 1, 2):
        return "sagittal"
    return plane_of(grid.geometry, slice_axis=int(np.argmax(grid.geometry.spacing)))
