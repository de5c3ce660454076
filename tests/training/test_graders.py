"""The pieces that make the disc grader."""

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is there for training alone")
pytest.importorskip("efficientnet_lite_pytorch", reason="the image network is there for training alone")

from onnx_models.training.graders import metrics  # noqa: E402
from onnx_models.training.graders.__main__ import crossed  # noqa: E402
from onnx_models.training.graders.discs import Discs  # noqa: E402
from onnx_models.training.graders.network import (  # noqa: E402
    LIMIT,
    NOT_READ,
    SIGN_FEATURES,
    TARGETS,
    Scale,
    joined,
    probabilities,
    sign_features,
)
from onnx_models.training.graders.read import read, train_readers  # noqa: E402
from onnx_models.training.graders.slices import at_likeliest_size, similarity  # noqa: E402
from onnx_models.training.graders.stack import context_of, cross_weighed, scale_of, weigh  # noqa: E402
from onnx_models.training.graders.targets import fold_of, targets_of  # noqa: E402
from onnx_models.training.graders.texture import CHANNELS as OF_EACH_PART  # noqa: E402
from onnx_models.training.graders.texture import SPANS, STRIPS, TEXTURES, textures_of  # noqa: E402
from onnx_models.training.pixel_size import PixelSize  # noqa: E402
from service.anatomy.model import Anatomy  # noqa: E402
from service.errors import UnsupportedStudyError  # noqa: E402
from service.findings.disc_reading import CHANNELS, GRADES, SAID, SIGNS  # noqa: E402
from service.findings.disc_view import SIZE  # noqa: E402
from tests.anatomy.stack import Stack, build  # noqa: E402

NAMES = ("narrowing", "bulging", "herniation", "upper", "lower", "slip", "modic", "pfirrmann")
READERS: dict[str, Any] = {
    "count": 1, "hidden": 16, "unseen": 0.1, "dropout": 0.2, "epochs": 20, "batch": 32, "learning_rate": 0.01,
    "weight_decay": 0.05, "noise": 0.1,
}  # fmt: skip
CONFIG = {"readers": READERS, "seed": 1, "penalties": [0.1, 1.0], "weights": {"t2+t1": 1.0, "t2": 0.3}}


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


def test_textures_tell_the_sides_of_a_disc_apart() -> None:
    plain, spotted = np.full((2, CHANNELS, SIZE, SIZE), 1, np.float16)
    spots = (np.indices((12, 40)).sum(0) % 6 < 3).astype(np.float16)
    spotted[:, 28:40, 28:68] += spots
    seen = textures_of(np.stack([plain, spotted]))
    assert seen.shape == (2, TEXTURES)
    assert np.isfinite(seen).all()
    changed = np.abs(seen[1] - seen[0]).reshape(-1, OF_EACH_PART).mean(1)
    above, beneath = changed[: len(SPANS)], changed[2 * len(SPANS) : len(STRIPS) * len(SPANS)]
    assert above.min() > 2 * beneath.max()


def test_a_scale_leaves_out_what_is_unknown_and_believes_nothing_extreme() -> None:
    scale = scale_of(np.array([[1, np.nan], [3, 5], [5, 5]], np.float32))
    assert scale.mean.tolist() == [3, 5]
    assert scale.of(torch.tensor([[3.0, 5.0], [1e6, 5.0]])).tolist() == [[0, 0], [LIMIT, 0]]


def test_probabilities_of_the_grades_sum_to_one_even_where_the_odds_cross() -> None:
    said = probabilities(3 * torch.randn(50, len(TARGETS)))
    assert said.shape == (50, len(SAID))
    assert (said >= 0).all()
    assert said[:, :GRADES].sum(1).numpy() == pytest.approx(1.0, abs=1e-5)


def test_readers_count_half_and_not_at_all_for_slip_and_endplate() -> None:
    both = joined(torch.zeros(1, len(TARGETS)), torch.ones(1, len(TARGETS)))[0]
    assert {name for name, share in zip(TARGETS, both.tolist(), strict=True) if share == 0} == set(NOT_READ)
    assert both[TARGETS.index("bulging")] == 0.5


def test_modic_is_judged_only_on_discs_that_t1_and_t2_both_show() -> None:
    some = discs()
    some.pictures[some.patient < 15, 1] = 0
    said = np.full((len(some), len(SAID)), 0.5, np.float32)
    said[:, SAID.index("modic")] = np.where(some.patient < 15, some.labels["modic"] != 2, some.labels["modic"] == 2)
    assert "modic 1.000" in crossed(some, said)


def test_a_slip_is_weighed_by_few_signs_beside_all(monkeypatch: pytest.MonkeyPatch) -> None:
    slipped = discs()
    slipped.labels["slip"] = (slipped.signs[:, SIGNS.index("retro")] > 1).astype(int)
    seen = np.random.default_rng(5).normal(size=(len(slipped), TEXTURES)).astype(np.float32)
    retro, slip = -SIGN_FEATURES + SIGNS.index("retro"), TARGETS.index("slip")
    with_few = weigh(slipped, seen, CONFIG).weights
    monkeypatch.setattr("onnx_models.training.graders.stack.FEW", {})
    without = weigh(slipped, seen, CONFIG).weights
    assert with_few[retro, slip] > 1.3 * without[retro, slip] > 0
    others = np.arange(len(TARGETS)) != slip
    assert np.array_equal(with_few[:, others], without[:, others])


def test_what_is_unknown_counts_as_the_mean() -> None:
    signs = torch.zeros(1, len(SIGNS))
    signs[0, 0], signs[0, 1] = 2.0, torch.nan
    features = sign_features(signs, Scale(torch.zeros(len(SIGNS)), torch.ones(len(SIGNS))))
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


def test_the_weights_find_what_a_sign_or_a_texture_tells() -> None:
    some = discs(patients=60)
    seen = np.random.default_rng(1).normal(size=(len(some), 5)).astype(np.float32)
    seen += 3 * some.labels["bulging"][:, None]
    said = cross_weighed(some, seen, CONFIG)
    assert metrics.auc(some.labels["narrowing"], said[:, SAID.index("narrowing")]) > 0.85
    weights = weigh(some, seen, CONFIG).weights
    assert weights.shape == (2 * 5 + SIGN_FEATURES, len(TARGETS))
    bulging = np.abs(weights[:, TARGETS.index("bulging")])
    assert bulging[:5].min() > 2 * bulging[5:].max()


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
