import numpy as np
import pytest

from service.phantom import Acquisition, PhantomParameters
from service.phantom.scanner import GREATEST_GREY, add_noise, grey_values, point_spread, sensitivity
from service.phantom.scene import Scene, grid

RNG = np.random.default_rng(0)


def test_noise_without_signal_is_rayleigh() -> None:
    noise = add_noise(np.zeros((400, 400), np.float32), 2.0, np.random.default_rng(1))
    assert noise.mean() == pytest.approx(2 * np.sqrt(np.pi / 2), rel=0.01)
    assert noise.std() == pytest.approx(2 * np.sqrt(2 - np.pi / 2), rel=0.01)


def test_noise_on_a_strong_signal_is_gaussian_with_the_rician_shift() -> None:
    noisy = add_noise(np.full((400, 400), 30, np.float32), 2.0, np.random.default_rng(1))
    assert noisy.mean() == pytest.approx(30 + 2.0**2 / (2 * 30), abs=0.02)
    assert noisy.std() == pytest.approx(2.0, rel=0.01)


def test_no_noise_leaves_the_signal() -> None:
    image = RNG.random((5, 5)).astype(np.float32)
    np.testing.assert_array_equal(add_noise(image, 0, np.random.default_rng(1)), image)


def test_point_spread_keeps_the_mean_and_softens_an_edge() -> None:
    image = np.zeros((64, 48), np.float32)
    image[:, 24:] = 1
    seen = point_spread(image)
    assert seen.mean() == pytest.approx(0.5, abs=1e-5)
    assert 0.02 < seen[32, 23] < 0.4
    assert 0.6 < seen[32, 24] < 0.98


def test_sensitivity_is_uniform_without_bias_and_falls_to_the_front_with_it() -> None:
    small = Acquisition(rows=20, columns=30, slices=3)
    even, uneven = (PhantomParameters(bias=b, acquisition=small) for b in (0.0, 0.8))
    geometry = grid(even, Scene(even).spine)
    np.testing.assert_allclose(sensitivity(even, geometry, 1), 1)
    field = sensitivity(uneven, geometry, 1)
    assert field[:, -1].mean() > 3 * field[:, 0].mean()


def test_grey_values_are_whole_and_have_12_bits() -> None:
    grey = grey_values(np.array([[-1, 0.5, 1e6]], np.float32))
    assert grey.tolist() == [[0, 175, GREATEST_GREY]]
