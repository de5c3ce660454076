from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from service.errors import InputTooLargeError, UnreadableInputError, UnsupportedStudyError
from service.study import Limits, read_image

from .dicom import AXIAL, encoded, stack

LPS, RAS = np.eye(3), np.diag([-1.0, -1, 1])
SAGITTAL = np.array([[0.0, 0, 1], [1, 0, 0], [0, -1, 0]])  # columns to the back, rows to the feet, slices to the left


def save(
    path: Path, array: np.ndarray, spacing: tuple[float, ...], direction: np.ndarray, origin: tuple[float, ...]
) -> Path:
    """Writes an array (…, z, y, x) with the geometry of ITK."""
    image = sitk.GetImageFromArray(array, isVector=False)
    image.SetSpacing(spacing)
    image.SetDirection(direction.ravel())
    image.SetOrigin(origin)
    sitk.WriteImage(image, str(path))
    return path


def _volume(path: Path, direction: np.ndarray, spacing: tuple[float, float, float], size: tuple[int, int, int]) -> Path:
    """A volume (x, y, z) whose voxels hold their own index: 10000 x + 100 y + z."""
    x, y, z = np.meshgrid(*map(np.arange, size), indexing="ij")
    return save(path, (10000 * x + 100 * y + z).astype(np.int32).transpose(2, 1, 0), spacing, direction, (11, -7, 5))


@pytest.mark.parametrize("suffix", [".nii.gz", ".nii", ".mha", ".mhd", ".nrrd"])
def test_a_ras_volume_is_stored_sagittally(suffix: str, tmp_path: Path) -> None:
    path = _volume(tmp_path / f"a{suffix}", RAS, (4, 0.5, 0.6), (3, 20, 30))
    series = read_image(path)
    assert series.plane == "sagittal"
    assert series.pixels.shape == (3, 30, 20)
    assert series.pixels[0, 0, 0] == 10000 * 2 + 100 * 19 + 29  # right, head, front
    assert series.pixels[1, 2, 3] == 10000 * 1 + 100 * 16 + 27
    np.testing.assert_allclose(series.geometry.spacing, [4, 0.6, 0.5], rtol=1e-6)
    np.testing.assert_allclose(series.geometry.to_patient([0, 0, 0]), [11 - 8, -7 - 9.5, 5 + 17.4], rtol=1e-5)


def test_a_volume_of_sagittal_slices_is_stored_as_it_is(tmp_path: Path) -> None:
    series = read_image(_volume(tmp_path / "a.mha", SAGITTAL, (0.5, 0.6, 4), (20, 30, 3)))
    assert series.pixels.shape == (3, 30, 20)
    assert series.pixels[1, 2, 3] == 10000 * 3 + 100 * 2 + 1
    np.testing.assert_allclose(series.geometry.to_patient([1, 2, 3]), [11 + 4, -7 + 1.5, 5 - 1.2])


def test_an_oblique_volume_keeps_its_patient_coordinates(tmp_path: Path) -> None:
    turn = np.array([[np.cos(0.3), -np.sin(0.3), 0], [np.sin(0.3), np.cos(0.3), 0], [0, 0, 1]])
    path = _volume(tmp_path / "a.nii.gz", turn @ RAS, (4, 0.5, 0.6), (3, 20, 30))
    series, original = read_image(path), sitk.ReadImage(str(path))
    for index in [(0, 0, 0), (2, 5, 7)]:
        x, rest = divmod(int(series.pixels[index]), 10000)
        point = original.TransformIndexToPhysicalPoint((x, *divmod(rest, 100)))
        np.testing.assert_allclose(series.geometry.to_patient(index), point, atol=1e-4)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.8, 0.8, 1.6)])
def test_a_fine_volume_counts_as_sagittal_whatever_its_slices(
    spacing: tuple[float, float, float], tmp_path: Path
) -> None:
    assert read_image(_volume(tmp_path / "a.mha", LPS, spacing, (9, 10, 11))).plane == "sagittal"


def test_thick_axial_slices_stay_axial_though_stored_sagittally(tmp_path: Path) -> None:
    series = read_image(_volume(tmp_path / "a.mha", LPS, (0.5, 0.6, 4), (20, 30, 6)))
    assert series.plane == "axial"
    assert series.pixels.shape == (20, 6, 30)
    assert series.notes == ("acquired in axial slices, too thick to be read well from the side",)


@pytest.mark.parametrize("name", ["a.nii.gz", "a.mha"])
def test_one_sagittal_slice_along_the_first_axis(name: str, tmp_path: Path) -> None:
    series = read_image(_volume(tmp_path / name, RAS, (2, 0.5, 0.6), (1, 20, 30)))
    assert (series.plane, series.pixels.shape, series.notes) == ("sagittal", (1, 30, 20), ())
    assert series.pixels[0, 0, 0] == 100 * 19 + 29


@pytest.mark.parametrize("name", ["a.nii.gz", "a.mha"])
def test_one_slice_without_directions_is_read_as_shown(name: str, tmp_path: Path) -> None:
    path = save(tmp_path / name, np.arange(12, dtype=np.int16).reshape(1, 3, 4), (0.5, 0.6, 4), LPS, (0, 0, 0))
    series = read_image(path)
    assert series.pixels[0].tolist() == np.arange(12).reshape(3, 4).tolist()
    np.testing.assert_allclose(series.geometry.spacing, [4, 0.6, 0.5], rtol=1e-6)
    assert series.notes == (
        "orientation not given: taken as sagittal, head up, front to the left; left and right of the patient may be exchanged",
    )


def test_a_flat_image_is_read_as_shown(tmp_path: Path) -> None:
    for name in ("a.nii.gz", "a.mha"):
        path = save(tmp_path / name, np.arange(12, dtype=np.int16).reshape(3, 4), (0.5, 0.6), np.eye(2), (3, 4))
        series = read_image(path)
        assert series.pixels[0, 1, 2] == 6
        np.testing.assert_allclose(series.geometry.spacing, [1, 0.6, 0.5], rtol=1e-6)
        assert series.geometry.to_sagittal() == ((0, 1, 2), (False, False, False))


def test_a_stack_without_directions_is_read_as_shown(tmp_path: Path) -> None:
    array = np.arange(5 * 30 * 20, dtype=np.int16).reshape(5, 30, 20)
    series = read_image(save(tmp_path / "a.mha", array, (0.5, 0.5, 4), LPS, (0, 0, 0)))
    np.testing.assert_array_equal(series.pixels, array)
    assert series.plane == "sagittal"
    assert series.notes == (
        "orientation not given: taken as sagittal, head up, front to the left; left and right of the patient may be exchanged",
    )


def test_a_picture_has_no_spacing_unless_given(tmp_path: Path) -> None:
    picture = np.arange(12, dtype=np.uint8).reshape(3, 4)
    sitk.WriteImage(sitk.GetImageFromArray(picture), str(tmp_path / "a.png"))
    series = read_image(tmp_path / "a.png")
    np.testing.assert_array_equal(series.pixels[0], picture)
    assert "pixel spacing not given" in series.notes[0]
    scaled = read_image(tmp_path / "a.png", pixel_spacing=(0.7, 0.5))
    assert scaled.geometry.spacing.tolist() == [1, 0.7, 0.5]
    assert not any("spacing" in note for note in scaled.notes)


def test_a_picture_in_colour_is_averaged(tmp_path: Path) -> None:
    colour = np.zeros((3, 4, 3), np.uint8)
    colour[1, 2] = (30, 60, 90)
    sitk.WriteImage(sitk.GetImageFromArray(colour, isVector=True), str(tmp_path / "a.png"))
    assert read_image(tmp_path / "a.png").pixels[0, 1, 2] == 60


@pytest.mark.parametrize(
    ("name", "weighting"), [("1_t1.mha", "T1"), ("1_t2_SPACE.mha", "T2"), ("t2_stir.nii", "STIR"), ("a.mha", "unknown")]
)
def test_the_weighting_is_taken_from_the_name_of_the_file(name: str, weighting: str, tmp_path: Path) -> None:
    assert read_image(_volume(tmp_path / name, SAGITTAL, (1, 1, 4), (9, 9, 3))).weighting == weighting


def test_a_folder_of_dicom_gives_its_best_series(tmp_path: Path) -> None:
    images = [
        *stack(6, size=(100, 10), spacing=(2, 2)),
        *stack(5, size=(100, 10), spacing=(2, 2), SeriesInstanceUID="1.2.3.9", EchoTime=10, RepetitionTime=500),
        *stack(4, (0, 0, 4), orientation=AXIAL),
    ]
    for k, dataset in enumerate(images):
        (tmp_path / str(k)).write_bytes(encoded(dataset))
    series = read_image(tmp_path)
    assert (series.weighting, series.pixels.shape) == ("T2", (6, 100, 10))


def test_a_volume_with_a_time_axis_of_one_is_a_volume(tmp_path: Path) -> None:
    array = np.arange(2 * 3 * 4, dtype=np.int16).reshape(1, 2, 3, 4)
    series = read_image(save(tmp_path / "a.nii.gz", array, (1, 1, 1, 1), np.diag([-1.0, -1, 1, 1]), (1, 2, 3, 0)))
    assert series.pixels.shape == (4, 2, 3)


def test_a_picture_with_an_impossible_spacing_is_refused(tmp_path: Path) -> None:
    sitk.WriteImage(sitk.GetImageFromArray(np.zeros((3, 4), np.uint8)), str(tmp_path / "a.png"))
    with pytest.raises(UnsupportedStudyError) as caught:
        read_image(tmp_path / "a.png", pixel_spacing=(0, 1))
    assert caught.value.code == "missing_geometry"


def test_values_that_are_not_finite_become_zero(tmp_path: Path) -> None:
    array = np.ones((3, 9, 9), np.float32)
    array[1, 2, 3] = np.nan
    series = read_image(save(tmp_path / "a.mha", array, (1, 1, 4), SAGITTAL, (0, 0, 1)))
    assert series.pixels[1, 2, 3] == 0
    assert series.notes == ("1 voxel without a finite value set to 0",)


def test_refusals(tmp_path: Path) -> None:
    (tmp_path / "a.nii.gz").write_bytes(b"not an image")
    several = save(tmp_path / "b.nii.gz", np.zeros((2, 3, 4, 5), np.int16), (1, 1, 1, 1), np.eye(4), (0, 0, 0, 0))
    for path, error, code in (
        (tmp_path / "a.nii.gz", UnreadableInputError, "damaged_image"),
        (tmp_path / "Doe.nii.gz", UnreadableInputError, "not_found"),
        (several, UnsupportedStudyError, "unsupported_pixels"),
    ):
        with pytest.raises(error) as caught:
            read_image(path)
        assert caught.value.code == code
        assert "Doe" not in caught.value.detail


@pytest.mark.parametrize("suffix", [".nii.gz", ".nii", ".mha", ".nrrd"])
@pytest.mark.parametrize("kept", [0.3, 0.9, 0.99])
def test_a_volume_cut_short_is_refused(suffix: str, kept: float, tmp_path: Path) -> None:
    array = np.random.default_rng(0).integers(0, 999, (9, 40, 40)).astype(np.int16)
    path = save(tmp_path / f"a{suffix}", array, (4, 0.5, 0.6), RAS, (1, 2, 3))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    with pytest.raises(UnreadableInputError) as caught:
        read_image(path)
    assert caught.value.code in ("truncated_file", "damaged_image")


def test_a_volume_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "a.nii.gz", np.zeros((9, 40, 40), np.int16), (4, 0.5, 0.6), RAS, (1, 2, 3))
    with pytest.raises(InputTooLargeError):
        read_image(path, limits=Limits(total_bytes=10_000))


def test_more_voxels_than_the_limit(tmp_path: Path) -> None:
    with pytest.raises(InputTooLargeError):
        read_image(_volume(tmp_path / "a.mha", RAS, (1, 1, 1), (3, 3, 3)), limits=Limits(voxels=26))
