import numpy as np
import pytest

from service.phantom.gap import disc_height, midplane
from service.phantom.spine import tilt_matrix
from service.phantom.vertebra import Endplate
from tests.phantom.test_vertebra import block

FLAT = {"upper": Endplate(13.5, (0.0, 0.0), 0.0), "lower": Endplate(-13.5, (0.0, 0.0), 0.0)}


def test_parallel_flat_endplates_are_as_far_apart_as_they_stand() -> None:
    height = disc_height(block(**FLAT), block(**FLAT, center=np.array([0, 0, 27 + 8.0])))
    assert height.mean == pytest.approx(8)
    assert height.anterior == height.posterior == pytest.approx(8)


def test_concavity_adds_to_the_height_in_the_middle() -> None:
    height = disc_height(block(), block(center=np.array([0, 0, 27 + 8.0])))
    assert height.middle == pytest.approx(8 + 2 + 2, abs=0.35)
    assert 8 < height.mean < height.middle


def test_a_wedge_is_higher_in_front_and_its_mean_stays() -> None:
    upper = block(**FLAT, center=np.array([0, 0, 27 + 9.0]), rotation=tilt_matrix(0, -8))
    height = disc_height(block(**FLAT), upper)
    assert height.anterior > height.mean > height.posterior
    expected = 2 * 0.4 * 34 * np.sin(np.radians(4)) * 2
    assert height.anterior - height.posterior == pytest.approx(expected, rel=0.03)


def test_height_does_not_depend_on_where_the_patient_lies() -> None:
    turn, offset = tilt_matrix(7, 30), np.array([10.0, -20, 30])
    lower = block(center=offset, rotation=turn)
    upper = block(center=offset + turn @ [0, 0, 36.0], rotation=turn)
    assert disc_height(lower, upper).mean == pytest.approx(
        disc_height(block(), block(center=np.array([0, 0, 36.0]))).mean
    )


def test_midplane_lies_half_way_and_its_axes_are_right_handed() -> None:
    plane = midplane(block(**FLAT), block(**FLAT, center=np.array([0, 0, 35.0])))
    np.testing.assert_allclose(plane.center, [0, 0, 17.5], atol=1e-9)
    np.testing.assert_allclose(plane.left, [1, 0, 0], atol=1e-9)
    assert (plane.anterior, plane.posterior) == pytest.approx((-17, 17))
