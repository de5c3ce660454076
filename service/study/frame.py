"""One frame of an MR image: where it lies, how it was acquired, and the way to its pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from service.study.acquisition import Acquisition, read_acquisition
from service.study.geometry import Array
from service.study.header import Header
from service.study.pixels import PixelSource

_ORTHONORMAL = 0.01
_SPACING_MM, _FARTHEST_MM = (0.01, 100.0), 10_000.0
"""Lengths outside these are slips of a unit or of a header, not of a scanner. expert"""


@dataclass(frozen=True, eq=False)
class SlicePlane:
    """The image plane of one frame in patient coordinates (DICOM PS3.3 C.7.6.2.1.1).

    Attributes:
        position: (3,) centre of the first pixel, LPS mm.
        row, column: (3,) unit vectors to growing column and to growing row index, as Image Orientation (Patient) lists them.
        spacing: (2,) distance between rows and between columns, mm.
    """

    position: Array
    row: Array
    column: Array
    spacing: tuple[float, float]

    @property
    def normal(self) -> Array:
        """(3,) unit vector."""
        return np.cross(self.row, self.column)


@dataclass(frozen=True, eq=False)
class Frame:
    """One slice, undecoded. ``order`` only tells repeats at one position apart: it never orders slices."""

    plane: SlicePlane
    shape: tuple[int, int]
    thickness: float | None
    acquisition: Acquisition
    reference: str
    echo: float | None
    order: tuple[float, ...]
    source: PixelSource
    index: int
    rescale: tuple[float, float]

    def pixels(self) -> NDArray[np.float32]:
        """float32 (rows, columns), see ``PixelSource.frame``."""
        return self.source.frame(self.index, *self.rescale)


def read_frames(dataset: Dataset) -> list[Frame] | None:
    """The frames of one MR image object, or None when one of them does not tell where it lies."""
    count = int(Header(dataset).number("NumberOfFrames") or 1)
    enhanced = "PerFrameFunctionalGroupsSequence" in dataset or "SharedFunctionalGroupsSequence" in dataset
    if count > 1 and len(Header(dataset).items("PerFrameFunctionalGroupsSequence")) < count:
        return None
    source = PixelSource(dataset)
    frames = []
    for index in range(count):
        header = Header(dataset, index if enhanced else None)
        plane = _plane(header)
        if plane is None:
            return None
        frames.append(_frame(header, plane, source, index))
    return frames


def _frame(header: Header, plane: SlicePlane, source: PixelSource, index: int) -> Frame:
    order = (
        "TemporalPositionIndex",
        "TemporalPositionIdentifier",
        "AcquisitionNumber",
        "InStackPositionNumber",
        "InstanceNumber",
    )
    thickness = header.number("SliceThickness") or 0.0
    return Frame(
        plane=plane,
        shape=(int(header.number("Rows") or 0), int(header.number("Columns") or 0)),
        thickness=thickness if _plausible(thickness) else None,
        acquisition=read_acquisition(header),
        reference=header.text("FrameOfReferenceUID") or "",
        echo=header.number("EchoNumbers"),
        order=tuple(header.number(keyword) or 0.0 for keyword in order),
        source=source,
        index=index,
        rescale=(header.number("RescaleSlope") or 1.0, header.number("RescaleIntercept") or 0.0),
    )


def _plausible(*lengths: float) -> bool:
    return all(_SPACING_MM[0] <= length <= _SPACING_MM[1] for length in lengths)


def _plane(header: Header) -> SlicePlane | None:
    position = header.numbers("ImagePositionPatient")
    orientation = header.numbers("ImageOrientationPatient")
    spacing = header.numbers("PixelSpacing")
    if position is None or len(position) != 3 or orientation is None or len(orientation) != 6:
        return None
    if spacing is None or len(spacing) != 2 or not _plausible(*spacing) or max(map(abs, position)) > _FARTHEST_MM:
        return None
    row, column = np.array(orientation[:3]), np.array(orientation[3:])
    if max(abs(np.linalg.norm(row) - 1), abs(np.linalg.norm(column) - 1), abs(row @ column)) > _ORTHONORMAL:
        return None
    row = row / np.linalg.norm(row)
    column = column - row * (row @ column)
    return SlicePlane(np.array(position), row, column / np.linalg.norm(column), (spacing[0], spacing[1]))
