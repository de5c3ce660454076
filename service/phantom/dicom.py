"""Writes a phantom as a DICOM study: classic MR Image Storage, one file for each slice."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, MRImageStorage, generate_uid

from service.phantom.model import Phantom
from service.phantom.parameters import PhantomParameters
from service.study.model import Series

PATIENT_NAME = "PHANTOM^LUMBAR"
DATE, TIME = "20200101", "120000"
_UID_PREFIX = "1.2.826.0.1.3680043.8.498."
"""The root that pydicom offers for UIDs made from a seed."""


def write_study(phantom: Phantom, folder: Path | str) -> list[Path]:
    """Write every series of a phantom into one folder; the same bytes for the same phantom.

    Source: DICOM PS3.3 A.4 (MR Image IOD), C.7.6.2 (image plane), C.8.3 (MR).

    Returns:
        the files that were written, series by series.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for number, series in enumerate(phantom.series.values(), start=1):
        for index in range(series.pixels.shape[0]):
            dataset = _slice(phantom, series, number, index)
            _add_pixels(dataset, series.pixels[index])
            path = target / f"{series.weighting}_{index + 1:03d}.dcm"
            dataset.save_as(path, enforce_file_format=True)
            written.append(path)
    return written


def study_uid(parameters: PhantomParameters) -> UID:
    """The Study Instance UID of the phantom with these parameters."""
    return _seeded(parameters, "study")


def _uid(phantom: Phantom, *parts: object) -> UID:
    return _seeded(phantom.parameters, *parts)


def _seeded(parameters: PhantomParameters, *parts: object) -> UID:
    return generate_uid(prefix=_UID_PREFIX, entropy_srcs=[parameters.model_dump_json(), *(str(part) for part in parts)])


def _slice(phantom: Phantom, series: Series, number: int, index: int) -> Dataset:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = MRImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = _uid(phantom, number, index)
    dataset.SOPClassUID = MRImageStorage
    dataset.SOPInstanceUID = _uid(phantom, number, index)
    _add_study(dataset, phantom)
    _add_series(dataset, phantom, series, number, index)
    _add_timing(dataset, phantom, series)
    _add_plane(dataset, phantom, series, index)
    return dataset


def _add_study(dataset: Dataset, phantom: Phantom) -> None:
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PatientName = PATIENT_NAME
    dataset.PatientID = f"PHANTOM-{phantom.parameters.seed}"
    dataset.PatientBirthDate = ""
    dataset.PatientSex = "O"
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = "simulated, no patient"
    dataset.StudyInstanceUID = study_uid(phantom.parameters)
    dataset.StudyDate = dataset.SeriesDate = dataset.ContentDate = DATE
    dataset.StudyTime = dataset.SeriesTime = dataset.ContentTime = TIME
    dataset.StudyID = "1"
    dataset.StudyDescription = "Simulated lumbar spine"
    dataset.AccessionNumber = ""
    dataset.ReferringPhysicianName = ""
    dataset.Modality = "MR"
    dataset.Manufacturer = "Phantom"
    dataset.ManufacturerModelName = "Simulator"
    dataset.BodyPartExamined = "LSPINE"
    dataset.PatientPosition = "HFS"


def _add_series(dataset: Dataset, phantom: Phantom, series: Series, number: int, index: int) -> None:
    dataset.SeriesInstanceUID = _uid(phantom, "series", number)
    dataset.SeriesNumber = number
    dataset.SeriesDescription = f"SAG {series.weighting}"
    dataset.AcquisitionNumber = 1
    dataset.InstanceNumber = index + 1
    dataset.FrameOfReferenceUID = _uid(phantom, "frame")
    dataset.PositionReferenceIndicator = ""
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "OTHER"]


def _add_timing(dataset: Dataset, phantom: Phantom, series: Series) -> None:
    acquisition = phantom.parameters.acquisition
    timing = next(acquisition.timing(w) for w in acquisition.weightings if w == series.weighting)
    dataset.ScanningSequence = ["SE", "IR"] if timing.inversion else "SE"
    dataset.SequenceVariant = "SK"
    dataset.ScanOptions = ""
    dataset.MRAcquisitionType = "2D"
    dataset.RepetitionTime = _decimal(timing.repetition)
    dataset.EchoTime = _decimal(timing.echo)
    dataset.EchoTrainLength = timing.echo_train
    if timing.inversion:
        dataset.InversionTime = _decimal(timing.inversion)
    dataset.MagneticFieldStrength = series.field_strength_t


def _add_plane(dataset: Dataset, phantom: Phantom, series: Series, index: int) -> None:
    geometry = series.geometry
    directions = geometry.directions
    dataset.ImageOrientationPatient = [_decimal(v) for v in (*directions[:, 2], *directions[:, 1])]
    dataset.ImagePositionPatient = [_decimal(v) for v in geometry.to_patient([index, 0, 0])]
    dataset.PixelSpacing = [_decimal(v) for v in geometry.spacing[1:]]
    dataset.SliceThickness = _decimal(phantom.parameters.acquisition.slice_thickness_mm)
    dataset.SpacingBetweenSlices = _decimal(geometry.spacing[0])


def _decimal(value: float) -> str:
    """At most 16 characters, as a decimal string may have."""
    return f"{value:.9f}"[:16] if abs(value) >= 1e-9 else "0"


def _add_pixels(dataset: Dataset, pixels: NDArray[np.float32]) -> None:
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    bright = max(float(np.percentile(pixels, 99.5)), 1.0)
    dataset.WindowCenter, dataset.WindowWidth = _decimal(bright / 2), _decimal(bright)
    dataset.PixelData = pixels.astype("<u2").tobytes()
