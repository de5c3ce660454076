"""SPIDER's own release, as files that are made here: a column of boxes in SPIDER's labels, in several orientations."""

from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from onnx_models.training import sources
from onnx_models.training.sources import BACKGROUND, BODY, CANAL, DISC, POSTERIOR, SACRUM
from onnx_models.training.spider import cases, semantic
from onnx_models.training.splits import HELD_OUT
from service.anatomy.model import PARTIAL
from service.study.canonical import reordered
from service.study.geometry import Geometry
from tests.anatomy.stack import Built, Stack, build

ORDERS = [((0, 1, 2), (False, False, False)), ((2, 1, 0), (True, False, True)), ((1, 2, 0), (False, True, False))]


@pytest.fixture(scope="module")
def spine() -> Built:
    return build(Stack(rows=250, columns=130))


def release_labels(built: Built) -> np.ndarray:
    """As SPIDER draws it: no sacrum, the highest vertebra marked as partial."""
    labels = np.where(built.labels == 26, 0, built.labels)
    return np.where(labels == 6, 6 + PARTIAL, labels).astype(np.uint8)


def write(
    array: np.ndarray, geometry: Geometry, path: Path, order: tuple[int, int, int], flip: tuple[bool, ...]
) -> None:
    stored = geometry.permuted(order, flip)  # type: ignore[arg-type]
    image = SimpleITK.GetImageFromArray(reordered(array, order, flip))  # type: ignore[arg-type]
    image.SetSpacing(stored.spacing[::-1].tolist())
    image.SetDirection(stored.directions[:, ::-1].ravel().tolist())
    image.SetOrigin(stored.affine[:3, 3].tolist())
    path.parent.mkdir(parents=True, exist_ok=True)
    SimpleITK.WriteImage(image, str(path))


def release(folder: Path, built: Built, patient: int, name: str, number: int = 0) -> None:
    """One series with its mask."""
    order, flip = ORDERS[number]
    pixels = (100 * built.tissue).astype(np.int16)
    write(pixels, built.series.geometry, folder / "images" / f"{patient}_{name}.mha", order, flip)
    write(release_labels(built), built.series.geometry, folder / "masks" / f"{patient}_{name}.mha", order, flip)


@pytest.mark.parametrize("number", range(len(ORDERS)))
def test_every_orientation_is_turned_to_sagittal_slices(tmp_path: Path, spine: Built, number: int) -> None:
    release(tmp_path, spine, 1, "t2", number)
    (case,) = cases(tmp_path)
    assert case.patient == 1
    assert case.spacing == pytest.approx(spine.series.geometry.spacing)
    assert np.array_equal(case.mask, release_labels(spine))
    assert np.array_equal(case.image, 100 * spine.tissue)


def test_labels_become_what_each_voxel_may_be(tmp_path: Path, spine: Built) -> None:
    release(tmp_path, spine, 1, "t1")
    (case,) = cases(tmp_path)
    middle = len(case.image) // 2
    allowed, labels, tissue = case.allowed[middle], spine.labels[middle], spine.tissue[middle]
    assert (allowed[labels == 202] == DISC).all()
    assert (allowed[labels == 100] == CANAL).all()
    assert np.mean(allowed[tissue == 1] == BODY) > 0.9
    assert np.mean(allowed[tissue == 2] == POSTERIOR) > 0.9
    assert (allowed[labels == 6] != BACKGROUND).all(), "a partial vertebra is one"
    assert (allowed[labels == 26] & SACRUM).all(), "the sacrum is not labelled, and stays open"


def test_all_three_sequences_of_a_patient_are_read_and_split_by_patient(tmp_path: Path, spine: Built) -> None:
    held = min(HELD_OUT["spider"])
    for patient in (1, held):
        for name in ("t1", "t2", "t2_SPACE"):
            release(tmp_path / "spider", spine, patient, name)
    assert {c.patient for c in sources.read("spider", tmp_path, held=False)} == {1}
    assert len(sources.read("spider", tmp_path, held=True)) == 3


def test_nothing_is_read_where_the_release_is_absent(tmp_path: Path) -> None:
    assert sources.read("spider", tmp_path, held=False) == []


def test_a_mask_on_another_grid_is_refused(tmp_path: Path, spine: Built) -> None:
    release(tmp_path, spine, 1, "t2")
    write(
        release_labels(spine)[:-1],
        Geometry(spine.series.geometry.affine, (14, 250, 130)),
        tmp_path / "masks/1_t2.mha",
        *ORDERS[0],
    )
    with pytest.raises(ValueError, match="different grids"):
        list(cases(tmp_path))


def test_a_label_that_spider_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="label 60"):
        semantic(np.array([[[0, 60]]], np.uint8))
