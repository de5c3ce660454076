"""SPIDER's own release, as files that are made here: a column of boxes in SPIDER's labels, in several orientations."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from onnx_models.training import robustness, sources
from onnx_models.training.allowed import BACKGROUND, BODY, CANAL, DISC, POSTERIOR, SACRUM
from onnx_models.training.calibrate import MOST_CASES, collect, dice_of_each
from onnx_models.training.conditions import CONDITIONS
from onnx_models.training.evaluate import by_scanner, evaluate
from onnx_models.training.pseudo import label_slices
from onnx_models.training.spider import cases, semantic
from onnx_models.training.splits import HELD_OUT
from service.anatomy.model import PARTIAL, Anatomy
from service.study.canonical import reordered
from service.study.geometry import Geometry
from service.study.model import Series
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
    assert len(list(sources.read("spider", tmp_path, held=True))) == 3


def test_nothing_is_read_where_the_release_is_absent(tmp_path: Path) -> None:
    assert list(sources.read("spider", tmp_path, held=False)) == []


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


@pytest.mark.parametrize(("of_image", "of_mask"), [(".nii.gz", ".nii.gz"), (".nii.gz", ".mha"), (".mha", ".nrrd")])
def test_copies_in_other_formats_are_read_as_the_release(
    tmp_path: Path, spine: Built, of_image: str, of_mask: str
) -> None:
    release(tmp_path, spine, 1, "t2", 1)
    for folder, suffix in (("images", of_image), ("masks", of_mask)):
        original = tmp_path / folder / "1_t2.mha"
        image = SimpleITK.ReadImage(str(original))
        original.unlink()
        SimpleITK.WriteImage(image, str(tmp_path / folder / f"1_t2{suffix}"))
    (case,) = cases(tmp_path)
    assert (case.patient, case.series) == (1, "-t2")
    assert np.array_equal(case.mask, release_labels(spine))


class Perfect:
    """A segmenter that draws what the manual masks hold."""

    def __init__(self, built: Built) -> None:
        self.built = built

    def segment(self, series: Series) -> Anatomy:
        return replace(self.built.anatomy(), series=series)


def test_the_release_is_scored_by_sequence_where_it_is_all_there_is(tmp_path: Path, spine: Built) -> None:
    for name in ("t1", "t2"):
        release(tmp_path / "spider", spine, min(HELD_OUT["spider"]), name)
    rows = evaluate(tmp_path, Perfect(spine), None)  # type: ignore[arg-type]
    assert {row.source for row in rows} == {"spider t1", "spider t2"}
    assert {row.structure for row in rows} == {"vertebra", "disc", "canal", "levels named right"}
    assert min(row.dice for row in rows) > 0.99
    assert by_scanner(rows, tmp_path).count("\n") == 2, "nothing is known of the scanners"


def test_the_release_is_scored_under_other_conditions(
    tmp_path: Path, spine: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = [c for c in CONDITIONS if c.name.startswith(("as they are", "inverted", "slices of"))]
    monkeypatch.setattr(robustness, "CONDITIONS", shown)
    release(tmp_path, spine, min(HELD_OUT["spider"]), "t1")
    text = robustness.table(robustness.means(robustness.held_cases(tmp_path), Perfect(spine)))  # type: ignore[arg-type]
    assert "SPIDER: vertebra" in text
    assert "| 1.000 (+0.000) | 1.000 (+0.000) |" in text
    assert "slices of 4.4 mm |" not in text, "a condition without a case is no row"


def test_confidence_is_fitted_to_the_release_where_it_is_all_there_is(tmp_path: Path, spine: Built) -> None:
    assert "spider" in MOST_CASES
    release(tmp_path, spine, 1, "t2")
    (case,) = cases(tmp_path)
    found = dice_of_each(case, spine.anatomy())
    assert {1, 100, 201} <= found.keys()
    assert found[201] > 0.99


def test_no_slices_are_labelled_where_the_release_is_all_there_is(tmp_path: Path) -> None:
    label_slices(tmp_path, None, tmp_path / "pseudo")  # type: ignore[arg-type]  no teacher is asked
    assert list((tmp_path / "pseudo").iterdir()) == []


def test_a_folder_without_cases_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        evaluate(tmp_path, None, None)  # type: ignore[arg-type]  no segmenter is asked
    with pytest.raises(FileNotFoundError):
        collect(tmp_path, None, held=True)  # type: ignore[arg-type]
