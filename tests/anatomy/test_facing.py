"""Vertebrae that face to a side are measured in their own directions, and what that leaves open about a curve is said."""

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
def test_the_interval_holds_the_curve_of_a_patient_who_lies_turned(degrees: float) -> None:
    (straight,), (found,) = measure_cobb(*column(0.0)), measure_cobb(*column(degrees))
    assert straight.value is not None
    assert found.interval is not None
    assert found.interval[0] < straight.value < found.interval[1]
    assert found.details["facing_angle"] == pytest.approx(straight.value, abs=0.7)
    assert found.details["facing_degrees"] == pytest.approx(degrees, abs=1.0)
    assert "if the patient lies turned" in (found.reason or "")
    assert straight.reason is None


@pytest.mark.parametrize("degrees", [-8.0, 14.0])
def test_the_curve_of_a_scoliosis_whose_vertebrae_are_turned_is_the_scanners(degrees: float) -> None:
    anatomy, landmarks = column(0.0)
    (straight,) = measure_cobb(anatomy, landmarks)
    rotated = replace(landmarks, facing=Facing(degrees, 1.3))
    (found,) = measure_cobb(anatomy, rotated)
    assert found.value == straight.value
    assert "as in scoliosis" in (found.reason or "")
    assert ("left" if degrees > 0 else "right") in (found.reason or "")


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


@pytest.mark.parametrize("missing", [4, 5])
def test_bodies_that_are_cut_at_one_side_do_not_face_to_it(missing: int) -> None:
    anatomy = phantom()
    shown = anatomy.labels.copy()
    shown[:missing] = 0
    assert find_landmarks(replace(anatomy, labels=shown)).facing == UNTOLD
