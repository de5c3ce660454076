import numpy as np
import pytest

from service.phantom.vertebra import Endplate, Pit, Vertebra, rounded


def block(**changes: object) -> Vertebra:
    values = {
        "label": 1,
        "center": np.zeros(3),
        "rotation": np.eye(3),
        "half_width": 22.0,
        "half_depth": 17.0,
        "height": 27.0,
        "upper": Endplate(13.5, (0.0, 0.0), 2.0),
        "lower": Endplate(-13.5, (0.0, 0.0), 2.0),
        "hollow": 0.0,
        "waist": 0.0,
    }
    return Vertebra(**{**values, **changes})


@pytest.mark.parametrize(("u", "v"), [(22.0, 0.0), (-22.0, 0.0), (0.0, 17.0), (0.0, -17.0)])
def test_outline_is_zero_on_the_wall(u: float, v: float) -> None:
    assert block().outline(np.array(u), np.array(v)) == pytest.approx(0, abs=1e-9)


def test_outline_is_a_distance_on_the_axes() -> None:
    assert block().outline(np.array(0.0), np.array(20.0)) == pytest.approx(3.0)
    assert block().outline(np.array(15.0), np.array(0.0)) == pytest.approx(-7.0)


def test_endplates_are_dished_into_the_body_and_flat_at_the_rim() -> None:
    body, zero = block(), np.array(0.0)
    assert body.surface(body.upper, zero, zero) == pytest.approx(11.5)
    assert body.surface(body.lower, zero, zero) == pytest.approx(-11.5)
    assert body.surface(body.upper, zero, np.array(16.5)) == pytest.approx(13.5)


def test_a_schmorl_node_is_as_deep_as_it_says() -> None:
    pit = block(lower=Endplate(-13.5, (0.0, 0.0), 0.0, pit=Pit(4.0, 2.0, 1.0, 5.0)))
    assert pit.surface(pit.lower, np.array(2.0), np.array(1.0)) == pytest.approx(-9.5)
    assert pit.surface(pit.lower, np.array(2.0), np.array(14.0)) == pytest.approx(-13.5, abs=1e-3)


def test_the_waist_narrows_the_middle_only() -> None:
    body = block(waist=0.1)
    side, _ = body.distances(np.zeros(2), np.full(2, -17.0), np.array([0.0, 13.4]))
    assert side[0] == pytest.approx(1.7)
    assert side[1] == pytest.approx(0.0, abs=0.05)


def test_hollow_brings_the_middle_of_the_back_wall_forward_of_its_sides() -> None:
    body = block(hollow=3.0)
    middle, beside = body.outline(np.array([0.0, 12.0]), np.array([17.0, 17.0]))
    assert middle == pytest.approx(0)
    assert beside < block().outline(np.array(12.0), np.array(17.0))


def test_corner_and_normal_follow_the_tilt_of_the_endplate() -> None:
    tilted = block(upper=Endplate(13.5, (0.0, 0.1), 2.0))
    np.testing.assert_allclose(tilted.corner(tilted.upper, 1.0), [0, 17, 15.2])
    np.testing.assert_allclose(tilted.corner(tilted.upper, -1.0), [0, -17, 11.8])
    assert tilted.normal(tilted.upper)[1] == pytest.approx(-0.1 / np.hypot(1, 0.1))


def test_scaled_endplates_keep_the_posterior_wall_in_line() -> None:
    sacral = block(lower=Endplate(-13.5, (0.0, 0.0), 0.0, scale=0.6))
    np.testing.assert_allclose(sacral.corner(sacral.lower, 1.0), [0, 17, -13.5])
    np.testing.assert_allclose(sacral.corner(sacral.lower, -1.0), [0, 17 - 2 * 0.6 * 17, -13.5])


def test_rounding_only_touches_the_edge() -> None:
    assert rounded(np.array(-5.0), np.array(-1.0)) == -1.0
    assert rounded(np.array(0.0), np.array(0.0)) > 0


def test_local_coordinates_come_back() -> None:
    turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    body = block(center=np.array([1.0, 2, 3]), rotation=turn)
    point = np.array([4.0, -5, 6])
    np.testing.assert_allclose(body.to_patient(body.to_local(point)), point)
