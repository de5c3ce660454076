"""Small DICOM images made in memory, for tests: sagittal slices unless told otherwise."""

from collections.abc import Sequence
from io import BytesIO

import numpy as np
import pydicom
from numpy.typing import ArrayLike, NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

MR = "1.2.840.10008.5.1.4.1.1.4"
ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
SR = "1.2.840.10008.5.1.4.1.1.88.33"
SAGITTAL = (0.0, 1, 0, 0, 0, -1)
AXIAL = (1.0, 0, 0, 0, 1, 0)
CORONAL = (1.0, 0, 0, 0, 0, -1)
FRAME, SERIES, STUDY = "1.2.3.1", "1.2.3.2", "1.2.3.3"
T1_TIMING = {"EchoTime": 10, "RepetitionTime": 600}


def image(
    pixels: ArrayLike | None = None,
    position: Sequence[float] = (0, 0, 0),
    orientation: Sequence[float] = SAGITTAL,
    spacing: Sequence[float] = (20.0, 20.0),
    **attributes: object,
) -> Dataset:
    """One MR image of 10 by 10 pixels (or as given); further attributes by keyword, None to leave one out."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    stored = np.zeros((10, 10), np.uint16) if pixels is None else np.asarray(pixels)
    values: dict[str, object] = {
        "SOPClassUID": MR,
        "SOPInstanceUID": generate_uid(),
        "StudyInstanceUID": STUDY,
        "SeriesInstanceUID": SERIES,
        "FrameOfReferenceUID": FRAME,
        "Modality": "MR",
        "PatientID": "1",
        "PatientName": "Doe^Jane",
        "PatientBirthDate": "19700101",
        "Rows": stored.shape[-2],
        "Columns": stored.shape[-1],
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": stored.dtype.itemsize * 8,
        "BitsStored": stored.dtype.itemsize * 8,
        "HighBit": stored.dtype.itemsize * 8 - 1,
        "PixelRepresentation": int(stored.dtype.kind == "i"),
        "ImagePositionPatient": list(map(float, position)),
        "ImageOrientationPatient": list(orientation),
        "PixelSpacing": list(spacing),
        "SliceThickness": 4,
        "ScanningSequence": "SE",
        "ImageType": ["ORIGINAL", "PRIMARY", "M"],
        "EchoTime": 100,
        "RepetitionTime": 4000,
    }
    for keyword, value in {**values, **attributes}.items():
        if value is not None:
            setattr(dataset, keyword, value)
    dataset["PixelRepresentation"].VR = "US"
    dataset.PixelData = stored.tobytes() + b"\0" * (stored.nbytes % 2)
    dataset["PixelData"].VR = "OB" if stored.dtype.itemsize == 1 else "OW"
    return dataset


def stack(
    count: int = 5,
    step: Sequence[float] = (5, 0, 0),
    origin: Sequence[float] = (0, 0, 0),
    size: tuple[int, int] = (10, 10),
    **options: object,
) -> list[Dataset]:
    """Parallel images of some rows and columns, ``step`` apart; image k is filled with the value k."""
    return [
        image(np.full(size, k, np.uint16), np.array(origin) + k * np.array(step), **options)  # type: ignore[arg-type]
        for k in range(count)
    ]


def enhanced(
    count: int = 5, step: Sequence[float] = (5, 0, 0), orientation: Sequence[float] = SAGITTAL, **attributes: object
) -> Dataset:
    """One Enhanced MR image of ``count`` frames; frame k is filled with the value k. Frames come in reverse order."""
    pixels = np.stack([np.full((10, 10), k, np.uint16) for k in reversed(range(count))])
    absent = dict.fromkeys(
        (
            "ImagePositionPatient",
            "ImageOrientationPatient",
            "PixelSpacing",
            "SliceThickness",
            "EchoTime",
            "RepetitionTime",
            "ScanningSequence",
        )
    )
    dataset = image(
        pixels, SOPClassUID=ENHANCED_MR, NumberOfFrames=count, EchoPulseSequence="SPIN", **{**absent, **attributes}
    )
    dataset.SharedFunctionalGroupsSequence = [
        _groups(
            PixelMeasuresSequence={"PixelSpacing": [20.0, 20.0], "SliceThickness": 4.0},
            PlaneOrientationSequence={"ImageOrientationPatient": list(orientation)},
            MREchoSequence={"EffectiveEchoTime": 100.0},
            MRTimingAndRelatedParametersSequence={"RepetitionTime": 4000.0, "FlipAngle": 90.0},
        )
    ]
    dataset.PerFrameFunctionalGroupsSequence = [
        _groups(PlanePositionSequence={"ImagePositionPatient": [float(k * x) for x in step]})
        for k in reversed(range(count))
    ]
    return dataset


def _groups(**macros: dict[str, object]) -> Dataset:
    group = Dataset()
    for macro, attributes in macros.items():
        item = Dataset()
        for keyword, value in attributes.items():
            setattr(item, keyword, value)
        setattr(group, macro, [item])
    return group


def encoded(dataset: Dataset, preamble: bool = True) -> bytes:
    """The bytes of a DICOM file."""
    buffer = BytesIO()
    pydicom.dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue() if preamble else buffer.getvalue()[132:]


def upload(*datasets: Dataset) -> list[tuple[str, bytes]]:
    """The files of an upload."""
    return [(f"{k}.dcm", encoded(dataset)) for k, dataset in enumerate(datasets)]


def ramp(
    shape: tuple[int, ...] = (10, 10), dtype: type[np.generic] = np.uint16, top: int = 4000
) -> NDArray[np.generic]:
    """Distinct values from 0 to ``top``."""
    return np.linspace(0, top, int(np.prod(shape))).reshape(shape).astype(dtype)
