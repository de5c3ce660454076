from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from service.anatomy.convention import check_convention, is_partial, kind_of, name_of
from service.anatomy.model import Kind
from service.errors import UnreadableInputError
from service.evaluation.label_map import read_labels
from service.study.geometry import Geometry
from service.study.image import read_image

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 226, (6, 8, 9)).astype(np.uint8)


def written(path: Path, values: np.ndarray, origin: tuple[float, float, float] = (3, -4, 5)) -> Path:
    """A sagittal volume, stored back to front and feet first, and oblique."""
    image = sitk.GetImageFromArray(values)
    tilt = np.array([[np.cos(0.2), -np.sin(0.2), 0], [np.sin(0.2), np.cos(0.2), 0], [0, 0, 1]])
    image.SetDirection((tilt @ np.array([[0, 0, 1], [-1, 0, 0], [0, 1, 0.0]])).ravel().tolist())
    image.SetSpacing((0.5, 0.7, 4))
    image.SetOrigin(origin)
    sitk.WriteImage(image, str(path))
    return path


@pytest.mark.parametrize("suffix", [".mha", ".nii.gz"])
def test_labels_land_on_the_voxels_of_their_image(tmp_path: Path, suffix: str) -> None:
    series = read_image(written(tmp_path / "image.mha", LABELS.astype(np.float32)))
    labels = read_labels(written(tmp_path / f"mask{suffix}", LABELS), series.geometry)
    assert labels.dtype == np.uint8
    assert np.array_equal(labels, series.pixels)
    assert not np.array_equal(labels, LABELS)


def test_the_order_of_storage_does_not_matter(tmp_path: Path) -> None:
    image = sitk.ReadImage(str(written(tmp_path / "image.mha", LABELS)))
    sitk.WriteImage(sitk.Flip(sitk.PermuteAxes(image, (2, 0, 1)), (True, False, True)), str(tmp_path / "mask.mha"))
    series = read_image(tmp_path / "image.mha")
    assert np.array_equal(read_labels(tmp_path / "mask.mha", series.geometry), series.pixels)


@pytest.mark.parametrize(
    ("values", "origin", "code"),
    [
        (LABELS, (3, -4, 5.2), "other_grid"),
        (LABELS[:, :-1], (3, -4, 5), "other_grid"),
        (LABELS - np.float32(0.5), (3, -4, 5), "not_labels"),
        (LABELS.astype(np.int16) + 100, (3, -4, 5), "not_labels"),
    ],
)
def test_a_mask_that_does_not_fit_is_refused_by_name(
    tmp_path: Path, values: np.ndarray, origin: tuple[float, float, float], code: str
) -> None:
    geometry = read_image(written(tmp_path / "image.mha", LABELS)).geometry
    with pytest.raises(UnreadableInputError, match=r"mask\.nii\.gz") as caught:
        read_labels(written(tmp_path / "mask.nii.gz", values, origin), geometry)
    assert caught.value.code == code


def test_colours_are_no_labels(tmp_path: Path) -> None:
    picture = sitk.GetImageFromArray(np.zeros((4, 5, 3), np.uint8), isVector=True)
    sitk.WriteImage(picture, str(tmp_path / "1.png"))
    with pytest.raises(UnreadableInputError, match=r"1\.png"):
        read_labels(tmp_path / "1.png", read_image(tmp_path / "1.png").geometry)


def test_a_damaged_mask_is_named(tmp_path: Path) -> None:
    (tmp_path / "1.mha").write_bytes(b"no image")
    with pytest.raises(UnreadableInputError, match=r"1\.mha"):
        read_labels(tmp_path / "1.mha", Geometry(np.eye(4), (1, 1, 1)))


@pytest.mark.parametrize(
    ("label", "kind", "partial", "name"),
    [
        (1, "vertebra", False, "L5"),
        (106, "vertebra", True, "T12"),
        (201, "disc", False, "L5-S1"),
        (225, "disc", False, "C0-C1"),
        (100, "canal", False, "spinal canal"),
        (26, "sacrum", False, "S1"),
    ],
)
def test_spider_labels(label: int, kind: Kind, partial: bool, name: str) -> None:
    assert (kind_of(label), is_partial(label), name_of(label)) == (kind, partial, name)


def test_labels_of_another_convention_are_refused() -> None:
    check_convention(np.array([0, 1, 25, 26, 100, 101, 125, 201, 225], np.uint8), "1.mha")
    strange = [27, 99, 126, 200, 226]
    assert {kind_of(label) for label in (0, *strange)} == {None}
    with pytest.raises(UnreadableInputError, match=r"1\.mha.*27, 99, 126, 200, 226"):
        check_convention(np.array(strange, np.uint8), "1.mha")
