"""Fitting confidence to Dice, on samples whose truth is known."""

import numpy as np
import pytest

from onnx_models.training.calibrate import Sample, calibration, degraded, dice_of_each, fit, stated, table
from onnx_models.training.sources import Case, as_series
from service.anatomy.confidence import Features
from service.anatomy.model import Anatomy, Structure


def samples(count: int, seed: int, *, noise: float = 0.03) -> list[Sample]:
    """Discs and vertebrae whose Dice falls with doubt, and discs are worse by a constant."""
    rng = np.random.default_rng(seed)
    found = []
    for k in range(count):
        doubt, kind = float(rng.uniform(0, 0.5)), "disc" if k % 2 else "vertebra"
        features = Features(doubt, float(rng.uniform(0, 0.5)), 0.0, 0.0)
        dice = float(np.clip(1 / (1 + np.exp(8 * doubt - (2 if k % 2 else 3))) + noise * rng.normal(), 0, 1))
        found.append(Sample(f"{seed} {k}", k % 3, kind, features, dice))  # type: ignore[arg-type]
    return found


def test_it_finds_what_dice_depends_on_and_by_how_much() -> None:
    fitted = fit(samples(600, 0), "a test")
    assert fitted.weights["doubt"] == pytest.approx(-8, abs=0.5)
    assert fitted.weights["boundary_doubt"] == pytest.approx(0, abs=0.3)
    assert fitted.constants["vertebra"] - fitted.constants["disc"] == pytest.approx(1, abs=0.2)


def test_it_is_calibrated_on_others() -> None:
    fitted = fit(samples(600, 0), "a test")
    others = samples(300, 1)
    assert calibration(others, fitted).expected_calibration_error < 0.03
    assert np.corrcoef(stated(others, fitted), [s.dice for s in others])[0, 1] > 0.95


def test_a_feature_that_only_seems_to_help_gets_no_weight() -> None:
    upside_down = [Sample(s.patient, 0, s.kind, s.features, 1 - s.dice) for s in samples(200, 2)]
    assert fit(upside_down, "a test").weights["doubt"] == 0


def test_the_table_says_what_a_threshold_refuses() -> None:
    text = table(samples(200, 3), fit(samples(600, 0), "a test"))
    assert "(in use)" in text
    assert text.count("| all |") == 1


def blocks() -> tuple[Case, Anatomy]:
    """Two discs drawn without instances; of the lower one only half was found."""
    mask = np.zeros((3, 60, 40), np.uint8)
    mask[:, 10:16, 5:35] = mask[:, 40:46, 5:35] = 2
    labels = np.zeros_like(mask)
    labels[:, 10:16, 5:35], labels[:, 40:46, 5:20] = 202, 201
    case = Case("t2space", 1, np.zeros(mask.shape, np.float32), mask, (4.0, 1.0, 1.0), mask)
    structures = tuple(Structure(n, str(n), "disc", 1.0) for n in (201, 202))
    return case, Anatomy(as_series(case), labels, np.zeros(mask.shape, bool), structures, 1.0)


def test_manual_masks_without_instances_count_for_the_nearest_structure() -> None:
    found = dice_of_each(*blocks())
    assert found[202] == 1.0
    assert 0.7 < found[201] < 0.85, "half of it and what lies within reach: 2 * 15 / (15 + 23)"


def test_degrading_keeps_image_and_mask_together() -> None:
    case, _ = blocks()
    for seed in range(6):
        changed = degraded(case, np.random.default_rng(seed))
        assert changed.image.shape == changed.mask.shape
        assert (changed.mask == 2).any()
