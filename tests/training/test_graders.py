"""The pieces that make the disc grader."""

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is there for training alone")

from onnx_models.training.graders import metrics  # noqa: E402
from onnx_models.training.graders.augment import T1, T2, augmented  # noqa: E402
from onnx_models.training.graders.discs import Discs, with_t2_alone  # noqa: E402
from onnx_models.training.graders.network import SIGN_FEATURES, TARGETS, joined, probabilities, sign_features  # noqa: E402
from onnx_models.training.graders.read import read, train_readers  # noqa: E402
from onnx_models.training.graders.slices import at_likeliest_size, similarity  # noqa: E402
from onnx_models.training.graders.stack import context_of, cross_weighed, weigh  # noqa: E402
from onnx_models.training.graders.train import fold_of, targets_of  # noqa: E402
from onnx_models.training.pixel_size import PixelSize  # noqa: E402
from service.anatomy.model import Anatomy  # noqa: E402
from service.errors import UnsupportedStudyError  # noqa: E402
from service.findings.disc_reading import CHANNELS, GRADES, SAID, SIGNS  # noqa: E402
from service.findings.disc_view import SIZE  # noqa: E402
from tests.anatomy.stack import Stack, build  # noqa: E402

NAMES = ("narrowing", "bulging", "herniation", "upper", "lower", "slip", "modic", "pfirrmann")
SETTINGS: dict[str, Any] = {
    "degrees": 0.0, "scale": 0.0, "shift_mm": 0.0, "between_mm": 0.0, "brightness": 0.0, "gamma": 0.0, "noise": 0.0,
    "flip": 0.0, "drop_t1": 0.0, "drop_t2": 0.0, "drop_outlines": 0.0,
}  # fmt: skip
READERS: dict[str, Any] = {
    "count": 1, "hidden": 16, "unseen": 0.1, "dropout": 0.2, "epochs": 20, "batch": 32, "learning_rate": 0.01,
    "weight_decay": 0.05, "noise": 0.1,
}  # fmt: skip
CONFIG = {"readers": READERS, "seed": 1, "penalties": [0.01, 0.1], "weights": {"t2+t1": 1.0, "t2": 0.3}}


def discs(patients: int = 30, levels: int = 4) -> Discs:
    """Random discs; a disc is narrow where its height is small."""
    random, n = np.random.default_rng(0), patients * levels
    signs = random.normal(size=(n, len(SIGNS))).astype(np.float32)
    signs[:, 0] = np.tile(np.arange(1, levels + 1), patients)
    labels = {name: random.integers(0, 2, n) for name in NAMES}
    labels["narrowing"] = (signs[:, SIGNS.index("height_mm")] < 0).astype(int)
    labels["pfirrmann"] = random.integers(1, 6, n)
    labels["modic"] = random.integers(0, 4, n)
    pictures = random.random((n, CHANNELS, SIZE, SIZE)).astype(np.float16)
    patient = np.repeat(np.arange(patients), levels)
    return Discs(pictures, signs, labels, patient, signs[:, 0].astype(int), np.full(n, "t2+t1"))


@pytest.fixture(scope="module")
def spine() -> Anatomy:
    """One slice of a column of boxes."""
    return build(Stack(slices=1)).anatomy()


@pytest.fixture(scope="module")
def some() -> Discs:
    return discs()


def test_a_slice_that_is_refused_at_the_listed_size_is_tried_at_the_others(spine: Anatomy) -> None:
    asked: list[PixelSize] = []

    def at(size: PixelSize) -> Anatomy:
        asked.append(size)
        if size == (2.0, 2.0):
            raise UnsupportedStudyError("too large", code="not_a_lumbar_spine")
        return spine

    assert at_likeliest_size(at, [(2.0, 2.0), (1.0, 1.0)]) is spine
    assert asked[:2] == [(2.0, 2.0), (1.0, 1.0)]
    with pytest.raises(UnsupportedStudyError):
        at_likeliest_size(at, [(2.0, 2.0)])


def test_slices_are_laid_on_each_other_by_scale_and_offset() -> None:
    here = np.array([[0, y, z] for y, z in [(0, 0), (3, 35), (1, 70), (-4, 105.0)]])
    scale, offset = similarity(here, 0.8 * here + [0, 5, -7])
    assert scale == pytest.approx(0.8)
    assert offset == pytest.approx([0, 5, -7])
    assert similarity(here, 1.01 * here)[0] == 1.0


def test_all_discs_of_a_patient_lie_in_one_fold(some: Discs) -> None:
    fold = fold_of(some, 4, seed=3)
    assert set(fold) == {0, 1, 2, 3}
    assert all(len(set(fold[some.patient == patient])) == 1 for patient in set(some.patient.tolist()))


def test_targets_are_cumulative_and_modic_is_type_2(some: Discs) -> None:
    targets = targets_of(some)
    assert targets[:, : GRADES - 1].sum(1) + 1 == pytest.approx(some.labels["pfirrmann"])
    assert (targets[:, TARGETS.index("modic")] == (some.labels["modic"] == 2)).all()
    either = (some.labels["upper"] > 0) | (some.labels["lower"] > 0)
    assert (targets[:, TARGETS.index("endplate")] == either).all()


def test_without_t1_nothing_of_it_is_left(some: Discs) -> None:
    both = with_t2_alone(some)
    alone = both[np.flatnonzero(both.study == "t2")]
    assert len(alone) == len(some)
    assert not alone.pictures[:, T1].any()
    assert alone.pictures[:, T2].any()
    assert np.isnan(alone.signs[:, SIGNS.index("t1_disc")]).all()
    assert some.pictures[:, T1].any()


def test_a_flipped_disc_exchanges_its_endplates() -> None:
    pictures, targets = torch.rand(2, CHANNELS, SIZE, SIZE), torch.zeros(2, len(TARGETS))
    targets[0, TARGETS.index("upper")] = targets[:, TARGETS.index("bulging")] = 1
    random = torch.Generator().manual_seed(0)
    same, unchanged = augmented(pictures, targets, SETTINGS, random)
    assert torch.allclose(same, pictures, atol=1e-4)
    assert torch.equal(unchanged, targets)
    turned, exchanged = augmented(pictures, targets, {**SETTINGS, "flip": 1.1}, random)
    assert torch.allclose(turned, pictures.flip(2), atol=1e-4)
    assert exchanged[0, TARGETS.index("lower")] == 1
    assert exchanged[0, TARGETS.index("upper")] == 0
    assert (exchanged[:, TARGETS.index("bulging")] == 1).all()


def test_never_both_series_are_dropped() -> None:
    pictures = torch.ones(64, CHANNELS, SIZE, SIZE)
    settings = {**SETTINGS, "drop_t1": 0.6, "drop_t2": 0.9}
    changed, _ = augmented(pictures, torch.zeros(64, len(TARGETS)), settings, torch.Generator().manual_seed(1))
    left = changed[:, :2].amax((2, 3)) > 0
    assert left.any(1).all()
    assert not left.all()


def test_probabilities_of_the_grades_sum_to_one_even_where_the_odds_cross() -> None:
    said = probabilities(3 * torch.randn(50, len(TARGETS)))
    assert said.shape == (50, len(SAID))
    assert (said >= 0).all()
    assert said[:, :GRADES].sum(1).numpy() == pytest.approx(1.0, abs=1e-5)


def test_readers_count_half_and_not_at_all_for_a_slip() -> None:
    both = joined(torch.zeros(1, len(TARGETS)), torch.ones(1, len(TARGETS)))[0]
    assert both[TARGETS.index("slip")] == 0
    assert both[TARGETS.index("bulging")] == 0.5


def test_what_is_unknown_counts_as_the_mean() -> None:
    signs = torch.zeros(1, len(SIGNS))
    signs[0, 0], signs[0, 1], mean = 2.0, torch.nan, torch.full((len(SIGNS),), 0.0)
    features = sign_features(signs, mean, torch.ones(len(SIGNS)))
    assert features.shape == (1, SIGN_FEATURES)
    assert features[0, 1] == 0
    assert features[0, len(SIGNS) + 1] == 1
    assert features[0, 2 * len(SIGNS) :].tolist() == [0, 1, 0, 0, 0, 0]
    assert torch.isfinite(features).all()


def test_readers_find_what_no_line_tells_apart() -> None:
    told = np.random.default_rng(0).normal(size=(1000, SIGN_FEATURES)).astype(np.float32)
    targets = np.repeat((np.abs(told[:, :1]) > 0.7).astype(np.float32), len(TARGETS), axis=1)
    settings = {**READERS, "count": 2, "epochs": 40, "hidden": 32}
    readers = train_readers(told[:800], targets[:800], np.ones(800), {"seed": 1, "readers": settings})
    assert metrics.auc(targets[800:, 0].astype(int), read(readers, told[800:])[:, 0]) > 0.7


def test_the_context_is_the_mean_of_the_examination(some: Discs) -> None:
    said = np.arange(len(some), dtype=np.float32)[:, None]
    assert context_of(some, said)[:4, 0] == pytest.approx(1.5)


def test_the_weights_find_what_a_sign_tells(some: Discs) -> None:
    said = np.zeros((len(some), len(TARGETS)), np.float32)
    crossed = cross_weighed(some, said, CONFIG)
    assert metrics.auc(some.labels["narrowing"], crossed[:, SAID.index("narrowing")]) > 0.85
    assert weigh(some, said, CONFIG).weights.shape[1] == len(TARGETS)


def test_calibration_error_and_kappa() -> None:
    truth = np.array([0, 1] * 50)
    assert metrics.calibration_error(truth, np.full(100, 0.5)) == pytest.approx(0)
    assert metrics.calibration_error(truth, np.full(100, 0.9)) == pytest.approx(0.4)
    few, many = (metrics.error_of_exact(np.linspace(0, 1, n)) for n in (200, 20_000))
    assert few > 0.03
    assert many < 0.01
    grades = np.array([1, 2, 3, 4, 5])
    assert metrics.kappa(grades, grades.astype(float)) == pytest.approx(1)
    assert metrics.kappa(grades, grades[::-1].astype(float)) == pytest.approx(-1)


def test_intervals_hold_the_value_and_shrink_with_patients() -> None:
    random = np.random.default_rng(0)

    def width(patients: int) -> float:
        truth = random.integers(0, 2, patients * 5)
        said = np.clip(truth * 0.3 + random.random(len(truth)) * 0.7, 0, 1)
        found = metrics.estimate(metrics.auc, truth, said, np.repeat(np.arange(patients), 5))
        assert found.low <= found.value <= found.high
        return found.high - found.low

    assert width(80) < width(10)
