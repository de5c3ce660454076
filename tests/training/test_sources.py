from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from onnx_models.training.allowed import (
    ANYTHING,
    BACKGROUND,
    BODY,
    CANAL,
    DISC,
    POSTERIOR,
    SACRUM,
    bodies_volume_sets,
    space_sets,
)
from onnx_models.training.pixel_size import USUAL_FIELD_MM
from onnx_models.training.sources import (
    READERS,
    Case,
    Reader,
    bodies_of,
    drawn,
    drawn_every,
    in_classes,
    lessons,
    listed,
    read,
    restored,
)

DATA = Path(__file__).parents[3] / "shared" / "data"


def spine_slice() -> np.ndarray:
    """One slice of 90 x 60 pixels: bodies at columns 10–29, canal at 34–39, spinous processes at 46–53, a disc between."""
    mask = np.zeros((1, 90, 60), np.uint8)
    mask[0, 5:25, 10:30] = mask[0, 31:51, 10:30] = 1
    mask[0, 26:30, 10:30] = 2
    mask[0, :60, 34:40] = 3
    mask[0, 8:20, 46:54] = 1
    return mask


def test_vertebrae_are_split_at_the_canal() -> None:
    allowed = space_sets(spine_slice(), 0.625)[0]
    assert allowed[15, 20] == BODY
    assert allowed[15, 50] == POSTERIOR
    assert allowed[28, 20] == DISC
    assert allowed[15, 36] == CANAL


def test_sacrum_is_possible_only_low_where_nothing_is_labelled() -> None:
    mask = np.zeros((1, 200, 60), np.uint8)
    mask[:, :90] = spine_slice()
    mask[0, 150:155, 10:30] = 2
    allowed = space_sets(mask, 0.625)[0]
    assert allowed[5, 2] == BACKGROUND
    assert allowed[180, 20] == BACKGROUND | SACRUM


def bodies(rows: int = 120) -> np.ndarray:
    """Nine slices of 120 x 80: two numbered bodies in the middle five, 5 pixels apart."""
    mask = np.zeros((9, rows, 80), np.uint8)
    mask[2:7, 20:45, 25:60] = 4
    mask[2:7, 50:75, 25:60] = 2
    return mask


def test_only_bodies_being_labelled_the_rest_stays_open() -> None:
    allowed = bodies_volume_sets(bodies(), (1.0, 1.0, 1.0))
    assert allowed[4, 30, 40] == BODY
    assert not allowed[4, 30, 62] & (BODY | SACRUM), "just outside a body is not body"
    assert allowed[4, 30, 62] & (POSTERIOR | CANAL | BACKGROUND)
    assert allowed[4, 110, 40] == ANYTHING & ~BODY, "below the last labelled body is no other"


def test_what_lies_between_neighbouring_bodies_is_disc() -> None:
    allowed = bodies_volume_sets(bodies(), (1.0, 1.0, 1.0))
    assert allowed[4, 47, 45] == DISC
    assert allowed[4, 45, 45] == DISC | BACKGROUND, "next to the endplate it may be either"


def test_beside_the_spine_only_posterior_elements_can_be() -> None:
    mask = np.concatenate([bodies(), np.zeros((6, 120, 80), np.uint8)])
    allowed = bodies_volume_sets(mask, (1.0, 1.0, 1.0))
    assert not (allowed[-1, 40] & ~(BACKGROUND | POSTERIOR)).any()
    assert allowed[-1, 110, 40] == ANYTHING & ~BODY


def resampled(step: int, first: int) -> Case:
    """A column of bodies outlined in seven slices, each farther down than the last, in a file of more: those between hold both outlines."""
    seven = np.zeros((7, 40, 20), np.uint8)
    for k in range(7):
        seven[k, 2 * k : 2 * k + 12, 4:12] = 3
    mask = np.zeros((first + 6 * step + 1, 40, 20), np.uint8)
    for k in range(6):
        mask[first + k * step] = seven[k]
        mask[first + k * step + 1 : first + (k + 1) * step] = np.maximum(seven[k], seven[k + 1])
    mask[first + 6 * step] = seven[6]
    image = np.arange(len(mask), dtype=np.float32)[:, None, None] * np.ones_like(mask)
    return Case("vb3", 1, image, bodies_volume_sets(mask, (1.0, 1.0, 1.0)), (1.0, 1.0, 1.0), mask)


@pytest.mark.parametrize(("step", "first"), [(2, 0), (2, 1), (4, 0), (4, 3)])
def test_of_a_file_that_was_resampled_only_the_slices_that_were_outlined_teach(step: int, first: int) -> None:
    case = drawn(resampled(step, first))
    assert case.spacing == (step, 1.0, 1.0)
    assert case.image[:, 0, 0].tolist() == list(range(first, first + 6 * step + 1, step))
    assert case.mask.any(2).sum(1).tolist() == [12] * 7
    assert len(case.allowed) == 7


def test_a_mask_that_was_outlined_in_every_slice_is_left_as_it_is() -> None:
    mask = resampled(2, 0).mask
    mask[5, 0, 0] = 3
    assert drawn_every(mask) == (1, 0)
    assert drawn_every(np.zeros_like(mask)) == (1, 0), "a source without a mask says nothing of its slices"


@pytest.mark.slow
@pytest.mark.skipif(not DATA.exists(), reason="the data sets are not beside the checkout")
@pytest.mark.parametrize(("source", "step", "volumes"), [("vb2", 2, 7), ("vb3", 4, 8)])
def test_every_volume_of_vb2_and_vb3_holds_unions_between_its_outlined_slices(
    source: str, step: int, volumes: int
) -> None:
    assert [drawn_every(case.mask)[0] for case in bodies_of(source)(DATA)] == [step] * volumes


def test_outlines_that_resampling_made_larger_are_restored() -> None:
    drawn_on = np.zeros((32, 24), bool)
    drawn_on[4:12, 5:15] = drawn_on[8:20, 9:19] = True
    rows, columns = (np.abs(np.arange(n)[:, None] - 1.25 * np.arange(m)) for n, m in ((40, 32), (30, 24)))
    larger = ((rows < 1.25).astype(int) @ drawn_on @ (columns.T < 1.25)) > 0
    nearest = drawn_on[rows.argmin(1)][:, columns.argmin(1)]
    assert larger.sum() > nearest.sum()
    mask = 3 * larger[None].astype(np.uint8)
    case = Case("vb2", 1, np.zeros(mask.shape, np.float32), mask, (2.0, 1.0, 1.0), mask)
    assert np.array_equal(restored(case).mask[0], 3 * nearest)


@pytest.fixture
def slices(tmp_path: Path) -> Path:
    """A data folder with two single slices of one training patient, of which only the T2 has a known spacing."""
    table, folder = tmp_path / "spider_midsagittal" / "series.csv", tmp_path / "spider_tse"
    for made in (table.parent, folder):
        made.mkdir()
    table.write_text("file,patient,pixel_spacing_mm\n106_t2.png,106,0.7\n106_t1.png,106,\n")
    labels = np.zeros((20, 16), np.uint8)
    labels[5:9, 4:8] = 3
    for name in ("106_t2_slice03", "106_t1_slice11"):
        Image.fromarray(labels * 20).save(folder / f"{name}_image.png")
        Image.fromarray(labels).save(folder / f"{name}_mask.png")
    return tmp_path


def test_single_slices_say_where_vertebrae_are_and_leave_the_rest_open(slices: Path) -> None:
    t1, t2 = read("tse", slices, held=False)
    assert (t1.series, t2.series) == ("-t1-slice11", "-t2-slice03")
    assert (t1.spacing[1], t2.spacing[1]) == (USUAL_FIELD_MM / 20, 0.7)
    assert t2.allowed[0, 6, 6] == BODY | POSTERIOR
    assert t2.allowed[0, 0, 0] == ANYTHING & ~(BODY | POSTERIOR)


def test_a_source_that_is_not_there_has_no_cases(tmp_path: Path) -> None:
    assert list(read("tse", tmp_path, held=False)) == []


def test_the_single_slices_are_read_without_a_list_of_spacings(slices: Path) -> None:
    (slices / "spider_midsagittal" / "series.csv").unlink()
    assert listed(slices) == []
    assert [case.spacing[1] for case in read("tse", slices, held=False)] == [USUAL_FIELD_MM / 20] * 2


@pytest.mark.parametrize("row_mm", [0.3, 0.625, 1.2])
def test_sacrum_is_possible_from_as_far_above_the_lowest_disc_whatever_the_pixels(row_mm: float) -> None:
    mask = np.zeros((1, 200, 20), np.uint8)
    mask[0, 145:151] = 2
    possible = np.nonzero(space_sets(mask, row_mm)[0, :, 0] & SACRUM)[0]
    assert (150 - possible[0]) * row_mm == pytest.approx(25, abs=row_mm / 2)


@pytest.mark.parametrize(("source", "labels"), [("t2space", (1, 2, 3)), ("spider", (4, 203, 100))])
def test_masks_of_both_conventions_are_classes_alike(source: str, labels: tuple[int, ...]) -> None:
    mask = np.array([0, *labels], np.uint8).reshape(1, 2, 2)
    case = Case(source, 1, np.zeros(mask.shape, np.float32), mask, (1.0, 1.0, 1.0), mask)
    assert in_classes(case).ravel().tolist() == [0, 1, 2, 3]


def test_what_training_patients_teach_is_read_one_file_at_a_time_from_either_end(
    slices: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    family, reader = READERS["tse"]
    loaded: list[str] = []

    def load(path: Path) -> Case | None:
        loaded.append(path.name)
        return reader.load(path)

    monkeypatch.setitem(READERS, "tse", (family, Reader(reader.files, load)))
    assert next(lessons("tse", slices, backwards=True)).series == "-t2-slice03"
    assert loaded == ["106_t2_slice03_image.png"]
