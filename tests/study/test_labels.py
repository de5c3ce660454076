from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from service.errors import UnreadableInputError
from service.study import read_image, write_labels
from service.study.reader import read_study

from .dicom import encoded, stack
from .test_image import LPS, RAS, SAGITTAL, save

_TURN = np.array([[np.cos(0.3), -np.sin(0.3), 0], [np.sin(0.3), np.cos(0.3), 0], [0, 0, 1]])
_SIGNS = list(product([1.0, -1.0], repeat=3))
_DIRECTIONS = [np.eye(3)[:, order] * sign for order in permutations(range(3)) for sign in _SIGNS[::3]]


def _round_trip(original: Path, output: Path) -> sitk.Image:
    """Reads an image of small integers and writes them back as if they were labels."""
    series = read_image(original)
    write_labels(series.pixels.astype(np.uint8), series, original, output)
    return sitk.ReadImage(str(output))


def _assert_same(one: sitk.Image, two: sitk.Image) -> None:
    np.testing.assert_array_equal(sitk.GetArrayFromImage(one), sitk.GetArrayFromImage(two))
    assert one.GetSize() == two.GetSize()
    for get in ("GetSpacing", "GetOrigin", "GetDirection"):
        np.testing.assert_allclose(getattr(one, get)(), getattr(two, get)(), atol=1e-5)


@pytest.mark.parametrize("direction", [*_DIRECTIONS, _TURN @ RAS, _TURN @ SAGITTAL])
@pytest.mark.parametrize(("source", "target"), [(".mha", ".nii.gz"), (".nii.gz", ".mha")])
def test_labels_return_to_the_grid_of_the_image(
    direction: np.ndarray, source: str, target: str, tmp_path: Path
) -> None:
    array = np.random.default_rng(0).integers(0, 226, (4, 5, 6)).astype(np.uint8)
    original = save(tmp_path / f"in{source}", array, (0.5, 1.5, 4), direction, (11, -7, 5))
    _assert_same(_round_trip(original, tmp_path / f"out{target}"), sitk.ReadImage(str(original)))


@pytest.mark.parametrize("shape", [(5, 6), (1, 5, 6), (5, 6, 1), (1, 3, 5, 6)])
def test_slices_flat_images_and_time_axes_of_one(shape: tuple[int, ...], tmp_path: Path) -> None:
    array = np.random.default_rng(0).integers(0, 226, shape).astype(np.uint8)
    dimension = len(shape)
    direction = np.diag([-1.0, -1, 1, 1][:dimension]) if dimension > 2 else np.eye(2)
    original = save(tmp_path / "in.nii.gz", array, (0.5, 0.6, 4, 1)[:dimension], direction, (1, 2, 3, 0)[:dimension])
    _assert_same(_round_trip(original, tmp_path / "out.nii.gz"), sitk.ReadImage(str(original)))


def test_a_picture_gets_a_picture(tmp_path: Path) -> None:
    sitk.WriteImage(sitk.GetImageFromArray(np.arange(12, dtype=np.uint8).reshape(3, 4)), str(tmp_path / "in.png"))
    _assert_same(_round_trip(tmp_path / "in.png", tmp_path / "out.png"), sitk.ReadImage(str(tmp_path / "in.png")))


def test_the_spacing_that_a_picture_was_given_goes_with_its_labels(tmp_path: Path) -> None:
    picture = tmp_path / "in.png"
    sitk.WriteImage(sitk.GetImageFromArray(np.arange(12, dtype=np.uint8).reshape(3, 4)), str(picture))
    series = read_image(picture, (0.9, 0.7))
    write_labels(series.pixels.astype(np.uint8), series, picture, tmp_path / "out.nii.gz")
    assert sitk.ReadImage(str(tmp_path / "out.nii.gz")).GetSpacing()[:2] == pytest.approx((0.7, 0.9))


@pytest.mark.parametrize("step", [(5, 0, 0), (-5, 0, 0)])
def test_a_folder_of_dicom_gets_the_grid_that_itk_reads_it_on(step: tuple[int, int, int], tmp_path: Path) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    for k, dataset in enumerate(stack(4, step, size=(100, 10), spacing=(2, 1.8))):
        (folder / f"{k}.dcm").write_bytes(encoded(dataset))
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    _assert_same(_round_trip(folder, tmp_path / "out.nii.gz"), reader.Execute())


def test_without_an_original_the_grid_is_that_of_the_series(tmp_path: Path) -> None:
    series = read_study([(str(k), encoded(dataset)) for k, dataset in enumerate(stack(3))]).series[0]
    write_labels(series.pixels.astype(np.int64), series, None, tmp_path / "out.nii.gz")
    image = sitk.ReadImage(str(tmp_path / "out.nii.gz"))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), series.pixels)
    np.testing.assert_allclose(
        image.TransformIndexToPhysicalPoint((1, 2, 0)), series.geometry.to_patient([0, 2, 1]), atol=1e-5
    )


def test_labels_of_another_image_are_refused(tmp_path: Path) -> None:
    original = save(tmp_path / "in.mha", np.zeros((3, 4, 5), np.uint8), (1, 1, 4), LPS, (1, 2, 3))
    series = read_image(original)
    with pytest.raises(UnreadableInputError) as caught:
        write_labels(np.zeros((3, 3, 3), np.uint8), series, original, tmp_path / "out.mha")
    assert caught.value.code == "wrong_original"


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    original = save(tmp_path / "in.mha", np.zeros((3, 4, 5), np.uint8), (1, 1, 4), LPS, (1, 2, 3))
    series = read_image(original)
    with pytest.raises(UnreadableInputError) as caught:
        write_labels(series.pixels.astype(np.uint8), series, original, tmp_path / "out.txt")
    assert caught.value.code == "unknown_format"


def test_labels_above_255_keep_their_value(tmp_path: Path) -> None:
    original = save(tmp_path / "in.mha", np.full((3, 4, 5), 300, np.int16), (1, 1, 4), LPS, (1, 2, 3))
    series = read_image(original)
    write_labels(series.pixels.astype(np.int32), series, original, tmp_path / "out.mha")
    assert sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "out.mha"))).max() == 300
