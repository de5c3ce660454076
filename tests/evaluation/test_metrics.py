import numpy as np
import pytest
from scipy import ndimage

from service.evaluation.metrics import dice, surface_distance
from service.study.geometry import Geometry

SHAPE = (10, 12, 14)


def grid(spacing: tuple[float, float, float] = (4.0, 1.5, 0.5), turn: np.ndarray | None = None) -> Geometry:
    affine = np.eye(4)
    affine[:3, :3] = (np.eye(3) if turn is None else turn) @ np.diag(spacing)
    affine[:3, 3] = -30, 12, 5
    return Geometry(affine, SHAPE)


def box(*sides: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(SHAPE, bool)
    mask[tuple(slice(*side) for side in sides)] = True
    return mask


def by_distance_transform(one: np.ndarray, two: np.ndarray, spacing: tuple[float, float, float]) -> float:
    """The same distance by another way: each mask's surface, read off the distance map of the other's."""
    surfaces = [m & ~ndimage.binary_erosion(m) for m in (one, two)]
    maps = [ndimage.distance_transform_edt(~s, sampling=spacing) for s in surfaces]
    return float(np.concatenate([maps[1][surfaces[0]], maps[0][surfaces[1]]]).mean())


def test_dice_of_a_shifted_box() -> None:
    assert dice(box((2, 6), (2, 6), (2, 6)), box((2, 6), (3, 7), (2, 6))) == pytest.approx(0.75)


def test_dice_of_nothing() -> None:
    empty, some = np.zeros(SHAPE, bool), box((1, 3), (1, 3), (1, 3))
    assert dice(empty, empty) == 1
    assert dice(some, empty) == 0


@pytest.mark.parametrize(("axis", "expected"), [(0, 8.0), (1, 3.0), (2, 1.0)])
def test_surface_distance_of_a_sheet_shifted_by_two_voxels_is_two_spacings(axis: int, expected: float) -> None:
    sheet, moved = np.zeros(SHAPE, bool), np.zeros(SHAPE, bool)
    np.moveaxis(sheet, axis, 0)[3] = True
    np.moveaxis(moved, axis, 0)[5] = True
    assert surface_distance(sheet, moved, grid()) == pytest.approx(expected)


def test_surface_distance_is_that_of_the_distance_transform() -> None:
    spacing = (4.0, 1.5, 0.5)
    one, two = box((2, 7), (2, 8), (1, 9)), box((3, 9), (1, 9), (4, 14))
    expected = by_distance_transform(one, two, spacing)
    assert surface_distance(one, two, grid(spacing)) == pytest.approx(expected)
    assert surface_distance(two, one, grid(spacing)) == pytest.approx(expected)


def test_surface_distance_does_not_depend_on_the_direction_of_the_slices() -> None:
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    one, two = box((2, 7), (2, 8), (1, 9)), box((3, 9), (1, 9), (4, 14))
    assert surface_distance(one, two, grid(turn=turn)) == pytest.approx(surface_distance(one, two, grid()))


def test_surface_distance_on_a_sheared_grid_is_taken_in_the_patient() -> None:
    sheared = np.array([[1.0, 0, 0], [0.75, 1, 0], [0, 0, 1]])
    one, two = np.zeros(SHAPE, bool), np.zeros(SHAPE, bool)
    one[2, 5, 5] = two[4, 5, 5] = True
    assert surface_distance(one, two, grid((4, 1, 1), sheared)) == pytest.approx(10.0)


def test_a_single_slice_has_its_surface_within_the_slice() -> None:
    one, two = np.zeros((1, 12, 12), bool), np.zeros((1, 12, 12), bool)
    one[0, 2:9, 2:9], two[0, 4:7, 4:7] = True, True
    geometry = Geometry(np.eye(4), (1, 12, 12))
    rings = 24 * 2 + 4 * (np.sqrt(8) - 2) + 8 * (np.sqrt(5) - 2), 8 * 2
    assert surface_distance(one, two, geometry) == pytest.approx(sum(rings) / 32)


def test_equal_masks_are_at_no_distance_and_an_empty_one_at_none() -> None:
    some = box((1, 10), (0, 12), (0, 4))
    assert surface_distance(some, some, grid()) == 0
    assert surface_distance(some, np.zeros(SHAPE, bool), grid()) is None
