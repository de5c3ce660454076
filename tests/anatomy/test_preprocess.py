import numpy as np
import pytest

from service.anatomy.preprocess import (
    PIXEL_MM,
    STRIDE,
    coarser,
    interpolation,
    network_size,
    normalise,
    resample,
    with_neighbours,
)


def test_normalise_is_indifferent_to_unit_and_offset() -> None:
    pixels = np.random.default_rng(0).gamma(2, 50, (3, 40, 40)).astype(np.float32)
    assert normalise(pixels) == pytest.approx(normalise(pixels * 7 - 300), abs=1e-3)
    assert abs(float(normalise(pixels).mean())) < 1e-3
    assert float(normalise(pixels).std()) == pytest.approx(1, abs=1e-3)


def test_normalise_of_a_constant_image_is_zero() -> None:
    assert not normalise(np.full((1, 8, 8), 42, np.float32)).any()


def test_interpolation_onto_the_same_grid_changes_nothing() -> None:
    assert interpolation(9, 0.6, 9, 0.6) == pytest.approx(np.eye(9))


@pytest.mark.parametrize(("size", "spacing", "new_size", "new_spacing"), [(40, 0.5, 30, 0.75), (30, 1.0, 45, 0.75)])
def test_interpolation_keeps_positions_in_mm(size: int, spacing: float, new_size: int, new_spacing: float) -> None:
    position = (np.arange(size) - (size - 1) / 2) * spacing
    expected = (np.arange(new_size) - (new_size - 1) / 2) * new_spacing
    inside = np.abs(expected) < abs(position[0]) - 1
    assert (interpolation(size, spacing, new_size, new_spacing) @ position)[inside] == pytest.approx(
        expected[inside], abs=0.03
    )


def test_a_coarser_grid_averages_instead_of_aliasing() -> None:
    stripes = np.tile([0.0, 1.0], 40)
    coarse = interpolation(80, 0.25, 20, 1.0) @ stripes
    assert coarse[2:-2] == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(("height", "width"), [(64, 48), (80, 240), (16, 16)])
def test_coarser_pixels_are_means_of_those_beneath_in_whole_strides(height: int, width: int) -> None:
    image = np.random.default_rng(0).normal(size=(3, height, width)).astype(np.float32)
    coarse = coarser(image, 2)
    assert all(n % STRIDE == 0 for n in coarse.shape[1:])
    assert coarse[1, 5, 7] == pytest.approx(image[1, 10:12, 14:16].mean())
    assert coarse[:, : height // 2, : width // 2].mean() == pytest.approx(image.mean(), abs=1e-4)
    assert np.array_equal(coarse[:, :, -1], coarse[:, :, width // 2 - 1])
    assert np.array_equal(coarse[:, -1], coarse[:, height // 2 - 1])


def test_network_size_covers_the_image_in_whole_strides() -> None:
    assert network_size(448, 0.625) == 432
    assert all(network_size(n, PIXEL_MM) == n for n in range(STRIDE, 1024, STRIDE))
    assert network_size(449, PIXEL_MM) % STRIDE == 0
    assert network_size(449, PIXEL_MM) >= 449
    assert network_size(1, 0.5) == STRIDE


def test_resample_treats_rows_and_columns_apart() -> None:
    image = np.zeros((1, 4, 6), np.float32)
    image[0, 1, 4] = 1
    assert resample(image, np.eye(4, dtype=np.float32), np.eye(6, dtype=np.float32)[:, ::-1])[0, 1, 1] == 1


def test_every_slice_stands_between_its_neighbours() -> None:
    images = np.arange(3, dtype=np.float32)[:, None, None] * np.ones((3, 2, 2), np.float32)
    assert with_neighbours(images)[:, :, 0, 0].tolist() == [[0, 0, 1], [0, 1, 2], [1, 2, 2]]
    assert with_neighbours(images[:1])[:, :, 0, 0].tolist() == [[0, 0, 0]]
