"""A patient who lies turned on the table is measured in his own directions."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from service.anatomy.facing import ANY_TURN, UNTOLD, Facing, facing_of
from service.anatomy.landmarks import Landmarks, find_landmarks
from service.anatomy.model import Anatomy
from service.findings.bulging import measure_bulging
from service.findings.cobb import measure_cobb
from service.phantom import simulate
from service.phantom.parameters import PhantomParameters
from service.report.pictures.coronal import shadows
from service.study.geometry import Geometry
from tests.anatomy.stack import Stack, build

STACK = Stack(spacing=(4.2, 0.7, 0.7), rows=400, columns=200, coronal=(6.0, 2.0, -5.0, -11.0, -4.0, 3.0))


def turned(anatomy: Anatomy, degrees: float) -> Anatomy:
    """The patient and the slices that were planned along his spine, turned to his left together."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.eye(4)
    turn[:2, :2] = [[c, -s], [s, c]]
    series = anatomy.series
    return replace(
        anatomy, series=replace(series, geometry=Geometry(turn @ series.geometry.affine, series.geometry.shape))
    )


@cache
def column(degrees: float) -> tuple[Anatomy, Landmarks]:
    anatomy = turned(build(STACK).anatomy(), degrees)
    return anatomy, find_landmarks(anatomy)


@cache
def phantom(yaw: float = 0.0) -> Anatomy:
    patient = PhantomParameters()
    acquisition = patient.acquisition.model_copy(update={"yaw_degrees": yaw, "weightings": ("T2",)})
    return simulate(patient.model_copy(update={"acquisition": acquisition})).truth["T2"]


@pytest.mark.parametrize("degrees", [-15.0, 0.0, 8.0])
def test_the_turn_is_told_from_the_rear_walls(degrees: float) -> None:
    facing = column(degrees)[1].facing
    assert facing.degrees == pytest.approx(degrees, abs=1.0)
    assert facing.error < 1.0
    assert facing.back @ facing.left == pytest.approx(0.0)
    assert np.cross(facing.left, facing.back) == pytest.approx([0, 0, 1])


@pytest.mark.parametrize("degrees", [-15.0, 8.0])
def test_the_curve_of_a_patient_who_lies_turned_is_his_own(degrees: float) -> None:
    (straight,), (found,) = measure_cobb(*column(0.0)), measure_cobb(*column(degrees))
    assert straight.value is not None
    assert found.value == pytest.approx(straight.value, abs=0.7)
    assert found.details["turned_degrees"] == pytest.approx(degrees, abs=1.0)


@pytest.mark.parametrize("degrees", [-10.0, 10.0])
def test_bulges_of_a_patient_who_lies_turned_are_his_own(degrees: float) -> None:
    def bulges(anatomy: Anatomy) -> list[float]:
        found = measure_bulging(anatomy, find_landmarks(anatomy))
        return [f.value for f in found if f.value is not None]

    assert bulges(turned(phantom(), degrees)) == pytest.approx(bulges(phantom()), abs=0.4)


@pytest.mark.parametrize("degrees", [0.0, 10.0])
def test_walls_of_a_phantom_tell_its_turn(degrees: float) -> None:
    assert find_landmarks(turned(phantom(), degrees)).facing.degrees == pytest.approx(degrees, abs=1.5)


def test_oblique_slices_do_not_turn_the_patient() -> None:
    assert find_landmarks(phantom(yaw=10.0)).facing.degrees == pytest.approx(0.0, abs=2.0)


def test_a_single_slice_does_not_tell_how_the_patient_lies() -> None:
    anatomy = build(replace(STACK, slices=1)).anatomy()
    assert find_landmarks(anatomy).facing == UNTOLD
    assert facing_of([]) == UNTOLD


def test_not_knowing_how_the_patient_lies_widens_the_interval_of_his_curve() -> None:
    anatomy, landmarks = column(0.0)

    def width(facing: Facing) -> float:
        low, high = measure_cobb(anatomy, replace(landmarks, facing=facing))[0].interval or (0, 0)
        return high - low

    assert width(replace(landmarks.facing, error=ANY_TURN)) > width(landmarks.facing) + 1.0


def test_a_projection_shows_the_patient_from_his_own_front() -> None:
    anatomy, landmarks = column(8.0)
    seen = {s.structure.name: s for s in shadows(anatomy, landmarks.facing)}["L5"]
    upright = {s.structure.name: s for s in shadows(*column(0.0)[:1], column(0.0)[1].facing)}["L5"]
    wide, usual = (float(np.ptp(s.x[(s.thickness > 10).any(axis=0)])) for s in (seen, upright))
    assert wide == pytest.approx(usual, abs=1.7)
