"""Boxes, pieces and sizes of small masks."""

import numpy as np
import pytest

from service.anatomy.regions import bounding_box, components, cropped, extent_of, points_of, sizes_of, thinned, where
from service.study.geometry import Geometry

GEOMETRY = Geometry(np.diag([4.0, 2.0, 1.0, 1.0]), (4, 6, 8))


def one_voxel() -> np.ndarray:
    mask = np.zeros(GEOMETRY.shape, bool)
    mask[1, 3, 5] = True
    return mask


def test_the_box_is_wider_by_its_margin_but_stays_inside() -> None:
    assert bounding_box(one_voxel(), margin=2) == (slice(0, 4), slice(1, 6), slice(3, 8))
    assert bounding_box(np.zeros(GEOMETRY.shape, bool)) is None


def test_a_crop_keeps_its_place_in_the_patient() -> None:
    box = bounding_box(one_voxel(), margin=1)
    assert box is not None
    assert np.array_equal(points_of(one_voxel()[box], cropped(GEOMETRY, box)), [[4.0, 6.0, 5.0]])


def test_where_gives_the_indices_of_the_whole_volume() -> None:
    assert np.array_equal(where(one_voxel()), [[1, 3, 5]])
    assert where(np.zeros(GEOMETRY.shape, bool)).shape == (0, 3)


def test_voxels_that_share_a_corner_are_one_piece() -> None:
    mask = one_voxel()
    mask[2, 4, 6] = True
    mask[0, 0, 0] = True
    labels, count = components(mask)
    assert count == 2
    assert sorted(sizes_of(labels, count)[1:]) == [1, 2]
    assert labels[1, 3, 5] == labels[2, 4, 6]


def test_extents_are_taken_along_the_given_directions() -> None:
    points = np.stack(np.meshgrid(np.arange(11.0), np.arange(21.0), np.arange(31.0)), axis=-1).reshape(-1, 3)
    extent = extent_of(points, np.array([0.0, 0, 1]), np.array([0.0, 1, 0]))
    assert (extent.width, extent.depth, extent.height) == pytest.approx((10, 20, 30))


def test_thinned_points_keep_the_extent_of_all() -> None:
    points = points_of(np.ones((20, 40, 60), bool), Geometry(np.diag([4.0, 0.7, 0.7, 1.0]), (20, 40, 60)))
    few = thinned(points, 1000)
    assert len(few) == 1000
    up, back = np.array([0.0, 0, 1]), np.array([0.0, 1, 0])
    assert extent_of(few, up, back).height == pytest.approx(extent_of(points, up, back).height, rel=0.03)
