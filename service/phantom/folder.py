"""The folder of one phantom's study: there whole or not at all, and never over anything else."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pydicom
from pydicom.errors import InvalidDicomError

from service.errors import UnreadableInputError
from service.phantom.dicom import PATIENT_NAME, study_uid
from service.phantom.parameters import PhantomParameters

TRUTH = ("truth.json", "truth.nii.gz")
"""What may lie beside the slices."""


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """A new folder to write into, which takes the place of ``folder`` once the body of the ``with`` is through.

    Raises:
        UnreadableInputError: ``folder`` holds anything but an earlier phantom, or cannot be replaced.
    """
    folder = folder.resolve()
    if folder.exists() and not _may_go(folder):
        raise UnreadableInputError(
            "The folder holds other files than those of a phantom. Name a new or an empty one.", code="not_a_phantom"
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder.parent, prefix=".phantom-") as aside:
            new, old = Path(aside) / "new", Path(aside) / "old"
            new.mkdir()
            yield new
            if folder.exists():
                folder.rename(old)
            new.rename(folder)
    except OSError as error:
        raise UnreadableInputError("The folder cannot be written. Name another.", code="not_writable") from error


def holds(parameters: PhantomParameters, folder: Path) -> bool:
    """Whether ``folder`` holds the whole study of this phantom."""
    files = list(folder.glob("*.dcm"))
    acquisition = parameters.acquisition
    if len(files) != acquisition.slices * len(acquisition.weightings):
        return False
    slices = [_read(file) for file in files]
    size = acquisition.rows * acquisition.columns * 2
    return all(
        one is not None
        and one.get("StudyInstanceUID") == study_uid(parameters)
        and len(one.get("PixelData", b"")) == size
        for one in slices
    )


def _may_go(folder: Path) -> bool:
    return folder.is_dir() and all(path.name in TRUTH or _is_slice(path) for path in folder.iterdir())


def _is_slice(path: Path) -> bool:
    found = _read(path) if path.suffix == ".dcm" else None
    return found is not None and found.get("PatientName") == PATIENT_NAME


def _read(path: Path) -> pydicom.Dataset | None:
    try:
        return pydicom.dcmread(path)
    except (OSError, EOFError, InvalidDicomError):
        return None
