"""Conditions change image, mask and geometry together."""

import numpy as np
import pytest

from onnx_models.training.conditions import CONDITIONS, THICK_MM, Condition, pixels_of, thick_slices, turned
from onnx_models.training.robustness import table
from onnx_models.training.sources import Case, as_series

RNG = np.random.default_rng(0)


def block(spacing: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> Case:
    """A bright block, labelled 1, off the middle of a grey field."""
    mask = np.zeros((24, 80, 60), np.uint8)
    mask[6:16, 20:50, 15:35] = 1
    image = np.where(mask > 0, 900, 100).astype(np.float32)
    return Case("t2space", 1, image, np.ones_like(mask), spacing, mask)


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda c: c.name)
def test_the_mask_stays_on_what_it_labels_and_the_patient_where_he_was(condition: Condition) -> None:
    case = block()
    changed, series = condition.change(case, np.random.default_rng(3))
    assert series.pixels.shape == changed.mask.shape == series.geometry.shape
    inside, outside = (np.median(series.pixels[m]) for m in (changed.mask == 1, changed.mask == 0))
    dark = condition.name.startswith(("inverted", "like STIR"))
    assert (inside < outside) if condition.name.startswith("inverted") else dark or inside > outside
    was = as_series(case).geometry.to_patient(np.argwhere(case.mask == 1)).mean(0)
    now = series.geometry.to_patient(np.argwhere(changed.mask == 1)).mean(0)
    original = as_series(case).geometry
    middle = [g.to_patient((np.array(g.shape) - 1) / 2) for g in (original, series.geometry)]
    assert now - middle[1] == pytest.approx(was - middle[0], abs=1.5)


def test_thick_slices_average_what_they_hold() -> None:
    changed, _ = thick_slices(block(), RNG)
    assert changed.spacing[0] == THICK_MM
    assert len(changed.image) == 24 / THICK_MM // 1
    assert ((changed.image[:, 30, 25] > 110) & (changed.image[:, 30, 25] < 890)).any()


def test_pixels_keep_the_size_of_the_field() -> None:
    changed, series = pixels_of(1, 1.6)(block(), RNG)
    assert series.geometry.spacing[2] == pytest.approx(1.6)
    assert changed.image.shape == (24, 80, round(60 / 1.6))


def test_a_turned_grid_turns_the_image_and_not_the_patient() -> None:
    changed, series = turned(90, (1, 2))(block(), RNG)
    rows = np.nonzero(changed.mask.any((0, 2)))[0]
    assert np.ptp(rows) + 1 == pytest.approx(20, abs=1), "the block is 30 high and 20 wide"
    assert series.geometry.to_sagittal()[0] == (0, 2, 1)


def test_the_table_says_what_a_condition_costs() -> None:
    text = table([("usual", {("t2space", "disc"): 0.9}), ("other", {("t2space", "disc"): 0.85})])
    assert "| other | – | 0.850 (-0.050) |" in text
