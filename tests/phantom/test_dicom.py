import shutil
import subprocess
from pathlib import Path

import numpy as np
import pydicom
import pytest

from service.phantom import write_study
from service.study.geometry import Geometry
from tests.phantom.small import CLEAN, scanned, simulated

OBLIQUE = scanned(
    CLEAN, rows=70, columns=60, row_spacing_mm=3.5, column_spacing_mm=2.9, slices=3, yaw_degrees=6, roll_degrees=-4,
    weightings=("T2", "T1", "STIR"),
)  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_study(simulated(OBLIQUE), tmp_path_factory.mktemp("study"))


def read(files: list[Path], weighting: str) -> list[pydicom.Dataset]:
    return [pydicom.dcmread(f) for f in files if f.name.startswith(f"{weighting}_")]


def affine_of(datasets: list[pydicom.Dataset]) -> np.ndarray:
    first, last = datasets[0], datasets[-1]
    affine = np.eye(4)
    along = np.array(last.ImagePositionPatient, float) - np.array(first.ImagePositionPatient, float)
    affine[:3, 0] = along / (len(datasets) - 1)
    affine[:3, 1] = np.array(first.ImageOrientationPatient[3:], float) * float(first.PixelSpacing[0])
    affine[:3, 2] = np.array(first.ImageOrientationPatient[:3], float) * float(first.PixelSpacing[1])
    affine[:3, 3] = np.array(first.ImagePositionPatient, float)
    return affine


@pytest.mark.parametrize("weighting", ["T2", "T1", "STIR"])
def test_voxels_and_their_places_come_back(files: list[Path], weighting: str) -> None:
    datasets = read(files, weighting)
    series = next(s for w, s in simulated(OBLIQUE).series.items() if w == weighting)
    np.testing.assert_array_equal(np.stack([d.pixel_array for d in datasets]), series.pixels)
    np.testing.assert_allclose(affine_of(datasets), series.geometry.affine, atol=1e-5)
    assert Geometry(affine_of(datasets), series.geometry.shape).to_sagittal() == ((0, 1, 2), (False, False, False))


def test_timing_tells_the_weighting(files: list[Path]) -> None:
    t1, t2, stir = (read(files, w)[0] for w in ("T1", "T2", "STIR"))
    assert t1.EchoTime < 20
    assert t2.EchoTime >= 80
    assert t1.RepetitionTime < 1000
    assert t2.RepetitionTime > 2000
    assert "InversionTime" not in t2
    assert stir.InversionTime == 180
    assert list(stir.ScanningSequence) == ["SE", "IR"]


def test_identifiers_are_unique_where_they_must_be_and_shared_where_they_must_be(files: list[Path]) -> None:
    datasets = [pydicom.dcmread(f, stop_before_pixels=True) for f in files]
    assert len({d.SOPInstanceUID for d in datasets}) == len(files) == 9
    assert len({d.SeriesInstanceUID for d in datasets}) == 3
    assert len({d.StudyInstanceUID for d in datasets}) == len({d.FrameOfReferenceUID for d in datasets}) == 1
    assert {str(d.PatientName) for d in datasets} == {"PHANTOM^LUMBAR"}


def test_the_same_phantom_writes_the_same_bytes(files: list[Path], tmp_path: Path) -> None:
    again = write_study(simulated(OBLIQUE), tmp_path)
    assert [f.read_bytes() for f in again] == [f.read_bytes() for f in files]


def test_dciodvfy_finds_no_error(files: list[Path]) -> None:
    tool = shutil.which("dciodvfy")
    if tool is None:
        pytest.skip("dciodvfy is missing; it comes with the Debian package dicom3tools")
    for file in files:
        said = subprocess.run([tool, str(file)], capture_output=True, text=True, check=False)  # noqa: S603
        assert "MRImage" in said.stderr + said.stdout
        assert "Error" not in said.stderr + said.stdout
