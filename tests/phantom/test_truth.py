from functools import lru_cache

import numpy as np
import pytest

from service.findings.model import Finding
from service.phantom import PhantomParameters
from service.phantom.parameters import LEVELS
from service.phantom.scene import Scene
from service.phantom.truth import cobb, lordosis, measure, meyerding
from tests.phantom.small import changed

PLAIN = PhantomParameters(seed=5)


@lru_cache(maxsize=32)
def _measured(text: str) -> tuple[Finding, ...]:
    return measure(Scene(PhantomParameters.model_validate_json(text)))


def found(parameters: PhantomParameters, feature: str, level: str | None = None) -> Finding:
    measured = _measured(parameters.model_dump_json())
    return next(f for f in measured if f.feature == feature and f.level == level)


def value(parameters: PhantomParameters, feature: str, level: str | None = None) -> float:
    measured = found(parameters, feature, level).value
    assert measured is not None
    return measured


@pytest.mark.parametrize("apex", ["L2", "L2-L3", "L3", "L3-L4", "L4"])
@pytest.mark.parametrize("degrees", [0.0, 20.0])
def test_cobb_angle_is_what_was_asked(apex: str, degrees: float) -> None:
    asked = changed(PLAIN, cobb_degrees=degrees, cobb_apex=apex)
    assert cobb(Scene(asked)).value == pytest.approx(degrees, abs=1e-6)


def test_the_side_of_the_curve_is_the_side_of_the_apex() -> None:
    for side, sign in (("left", 1), ("right", -1)):
        spine = Scene(changed(PLAIN, cobb_degrees=25.0, cobb_convexity=side)).spine
        ends = (spine.vertebrae[1].center[0] + spine.vertebrae[5].center[0]) / 2
        assert sign * (spine.vertebrae[3].center[0] - ends) > 3


@pytest.mark.parametrize("degrees", [20.0, 45.0, 70.0])
def test_lordosis_is_what_was_asked(degrees: float) -> None:
    assert lordosis(Scene(changed(PLAIN, lordosis_degrees=degrees))).value == pytest.approx(degrees, abs=1e-6)


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_has_the_height_canal_and_bulge_that_were_asked(level: str) -> None:
    asked = PLAIN.with_level(level, height_mm=7.0, canal_ap_mm=10.0, bulge_mm=2.0)
    assert value(asked, "disc_height", level) == pytest.approx(7.0, abs=1e-3)
    assert value(asked, "canal_ap_diameter", level) == pytest.approx(10.0, abs=0.1)
    assert value(asked, "disc_bulging", level) == pytest.approx(2.0, abs=0.2)


def test_slip_is_what_was_asked_and_graded() -> None:
    slipped = PLAIN.with_level("L4-L5", listhesis_mm=6.0).with_level("L2-L3", listhesis_mm=-3.5)
    assert value(slipped, "spondylolisthesis", "L4-L5") == pytest.approx(6.0, abs=1e-6)
    assert found(slipped, "spondylolisthesis", "L4-L5").grade == "I"
    assert value(slipped, "spondylolisthesis", "L2-L3") == pytest.approx(-3.5, abs=1e-6)
    assert found(slipped, "spondylolisthesis", "L2-L3").details["direction"] == "posterior"


def test_a_slip_moves_everything_above_it_forwards() -> None:
    plain, slipped = (Scene(p).spine for p in (PLAIN, PLAIN.with_level("L4-L5", listhesis_mm=8.0)))
    back = plain.vertebrae[1].rotation[:, 1]
    for label, slip in ((1, 0.0), (2, 8.0), (5, 8.0)):
        moved = (plain.vertebrae[label].center - slipped.vertebrae[label].center) @ back
        assert moved == pytest.approx(slip, abs=0.6)


def test_a_herniation_narrows_the_canal_and_a_lateral_one_says_its_side() -> None:
    free, central = PLAIN, PLAIN.with_level("L4-L5", herniation_mm=6.0)
    left = PLAIN.with_level("L4-L5", herniation_mm=6.0, herniation_side="left")
    diameter, area = (
        [value(p, f, "L4-L5") for p in (free, central, left)] for f in ("canal_ap_diameter", "canal_area")
    )
    assert diameter[1] < diameter[0] - 2
    assert diameter[1] < diameter[2]
    assert area[1] < area[0] - 20
    assert area[2] < area[0] - 10
    assert found(left, "disc_herniation", "L4-L5").side == "left"
    assert value(central, "disc_bulging", "L4-L5") == pytest.approx(6.0, abs=0.5)


def test_the_roots_leave_less_csf_in_a_narrower_canal() -> None:
    shares = [value(PLAIN.with_level("L4-L5", canal_ap_mm=depth), "canal_csf", "L4-L5") for depth in (15, 9, 5)]
    assert shares == sorted(shares, reverse=True)
    assert 0.75 < shares[0] < 1
    assert shares[2] < 0.9 * shares[0]


def test_both_foramina_are_measured_above_the_sacrum() -> None:
    heights = {(f.level, f.side) for f in measure(Scene(PLAIN)) if f.feature == "foraminal_height"}
    assert heights == {(level, side) for level in LEVELS if level != "L5-S1" for side in ("left", "right")}


def test_canal_area_is_that_of_an_ellipse() -> None:
    scene = Scene(PLAIN)
    at = round(scene.canal.level_at[2])
    expected = np.pi * scene.canal.half_depth[at] * scene.canal.half_width[at]
    assert value(PLAIN, "canal_area", "L3-L4") == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize(
    ("percent", "grade"),
    [
        (0, "0"),
        (8.5, "0"),
        (9, "I"),
        (-9, "I"),
        (25, "I"),
        (26, "II"),
        (-30, "II"),
        (60, "III"),
        (99, "IV"),
        (101, "V"),
    ],
)
def test_meyerding(percent: float, grade: str) -> None:
    assert meyerding(0.35 * percent, percent) == grade


def test_all_levels_and_the_whole_spine_are_measured() -> None:
    features = {(f.feature, f.level) for f in measure(Scene(PLAIN))}
    assert {f for f, level in features if level is None} >= {"cobb_angle", "lumbar_lordosis"}
    for level in LEVELS:
        assert {"disc_height", "spondylolisthesis", "canal_ap_diameter", "canal_area", "disc_bulging"} <= {
            f for f, at in features if at == level
        }
