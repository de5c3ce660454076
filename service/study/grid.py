"""The voxel grid of an image file or a DICOM stack as it stands, and how it maps to this project's order of storage."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name everybody uses

from service.errors import InputTooLargeError, UnreadableInputError, UnsupportedStudyError
from service.study.canonical import AS_IT_IS, Flip, Order
from service.study.geometry import Array, Geometry
from service.study.limits import Limits
from service.study.plane import plane_of

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")
VOLUMES = (".nii", ".nii.gz", ".mha", ".mhd", ".nrrd")

_AS_SHOWN = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
"""Columns: slices to the left, rows to the feet, columns to the back, in LPS."""


@dataclass(frozen=True, eq=False)
class Grid:
    """A grid in the terms of ITK (x fastest), beside the way from it to the canonical order.

    Attributes:
        size, spacing, origin, direction: as SimpleITK has them, in the dimension of the file (2, 3 or 4).
        geometry: of the array (slice, row, column) that SimpleITK makes of the file, in patient coordinates.
        order, flip: take that array to the canonical order (``canonical.reordered``).
        notes: what had to be assumed.
        file_bytes: what the voxels take in the file, uncompressed; 0 when there is no file.
    """

    size: tuple[int, ...]
    spacing: tuple[float, ...]
    origin: tuple[float, ...]
    direction: tuple[float, ...]
    geometry: Geometry
    order: Order
    flip: Flip
    notes: tuple[str, ...] = ()
    file_bytes: int = 0


def has_suffix(path: Path, suffixes: tuple[str, ...]) -> bool:
    """Whether a path ends in one of these, in any case."""
    return path.name.lower().endswith(suffixes)


def file_grid(path: Path, limits: Limits, pixel_spacing: tuple[float, float] | None = None) -> Grid:
    """The grid of an image file, from its header alone.

    Args:
        pixel_spacing: distance between rows and between columns in mm, of a picture that has none.

    Raises:
        UnreadableInputError: no such file, or not an image.
        UnsupportedStudyError: more than one volume, or no valid geometry.
        InputTooLargeError: more voxels than the limit.
    """
    header = _header(path)
    size = header.GetSize()
    if int(np.prod(size)) > limits.voxels:
        raise InputTooLargeError("The image holds more voxels than the service accepts.", code="too_large")
    if len(size) > 3 and max(size[3:]) > 1:
        raise UnsupportedStudyError("The image holds more than one volume. Send one.", code="unsupported_pixels")
    shape = (*reversed(size[:3]),) if len(size) > 2 else (1, size[1], size[0])
    affine, notes = _affine(header, shape, path, pixel_spacing)
    try:
        geometry = Geometry(affine, shape)
    except ValueError:
        raise UnsupportedStudyError("The image has no valid spacing or directions.", code="missing_geometry") from None
    order, flip = geometry.to_sagittal()
    spacing = header.GetSpacing()
    if pixel_spacing and has_suffix(path, PICTURES):
        spacing = (*reversed(pixel_spacing), *spacing[2:])
    placed = size, spacing, header.GetOrigin(), header.GetDirection()
    return Grid(*placed, geometry, order, flip, notes, int(np.prod(size)) * _bytes_per_voxel(header))


def stack_grid(geometry: Geometry, sagittal: bool) -> Grid:
    """The grid of a DICOM stack: rows and columns as the images have them, slices by position along their normal."""
    order, flip = geometry.to_sagittal() if sagittal else AS_IT_IS
    directions = geometry.directions[:, ::-1].copy()
    normal = np.cross(directions[:, 0], directions[:, 1])
    directions[:, 2] = normal * np.sign(normal @ directions[:, 2])
    size, spacing = geometry.shape[::-1], tuple(map(float, geometry.spacing[::-1]))
    origin, direction = tuple(map(float, geometry.affine[:3, 3])), tuple(map(float, directions.ravel()))
    return Grid(size, spacing, origin, direction, geometry, order, flip)


def _header(path: Path) -> sitk.ImageFileReader:
    if not path.is_file():
        raise UnreadableInputError("There is no such file or folder.", code="not_found")
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError:
        raise UnreadableInputError("The image file is damaged or of another format.", code="damaged_image") from None
    return reader


def _bytes_per_voxel(header: sitk.ImageFileReader) -> int:
    one = sitk.Image([1] * len(header.GetSize()), header.GetPixelID(), header.GetNumberOfComponents())
    return int(one.GetSizeOfPixelComponent() * one.GetNumberOfComponentsPerPixel())


def _affine(
    header: sitk.ImageFileReader, shape: tuple[int, ...], path: Path, pixel_spacing: tuple[float, float] | None
) -> tuple[Array, tuple[str, ...]]:
    """The (4, 4) affine of (slice, row, column), and what had to be assumed for want of a header that tells."""
    spacing = np.array((*header.GetSpacing(), 1.0)[2::-1])
    notes: tuple[str, ...] = ()
    if has_suffix(path, PICTURES):
        spacing = np.array([1.0, *(pixel_spacing or (1.0, 1.0))])
        notes = () if pixel_spacing else ("pixel spacing not given: 1 mm assumed, so lengths are not valid",)
    if len(header.GetSize()) == 2 or _is_unplaced(header, shape, spacing):
        notes = (
            *notes,
            "orientation not given: taken as sagittal, head up, front to the left; left and right of the patient may be exchanged",
        )
        return _with(_AS_SHOWN, spacing, np.zeros(3)), notes
    return _with(_directions(header), spacing, np.array(header.GetOrigin()[:3])), notes


def _directions(header: sitk.ImageFileReader) -> Array:
    """(3, 3): columns point to growing slice, row and column, in LPS."""
    dimension = len(header.GetSize())
    return np.array(header.GetDirection()).reshape(dimension, dimension)[:3, 2::-1]


def _with(directions: Array, spacing: Array, origin: Array) -> Array:
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = directions * spacing, origin
    return affine


def _is_unplaced(header: sitk.ImageFileReader, shape: tuple[int, ...], spacing: Array) -> bool:
    """Whether the file's directions say nothing, so that slices are better read as a viewer shows them.

    True for one slice that, by its header, would be seen edge-on, and for a stack of slices along the file's last axis whose
    header was never filled in: unit directions at origin zero, or a NIfTI without a coordinate system.
    """
    directions = _directions(header)
    if shape[0] == 1:
        geometry = Geometry(_with(directions, spacing, np.zeros(3)), (1, shape[1], shape[2]))
        return plane_of(geometry) != "sagittal"
    codes = [header.GetMetaData(key) for key in ("qform_code", "sform_code") if header.HasMetaDataKey(key)]
    default = np.array_equal(directions, np.eye(3)[:, ::-1]) and not np.any(header.GetOrigin()[:3])
    unplaced = all(code == "0" for code in codes) if codes else default
    return bool(unplaced and _slice_axis(shape, spacing) == 0)


def _slice_axis(shape: tuple[int, ...], spacing: Array) -> int:
    """The axis of the array that a stack of slices was most likely piled up along: the coarsest, or else the shortest."""
    coarsest = int(np.argmax(spacing))
    return coarsest if spacing[coarsest] > 1.2 * np.median(spacing) else int(np.argmin(shape))
