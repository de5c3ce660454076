import numpy as np
import pytest

from service.anatomy.tissue import Tissue
from service.phantom.canvas import Canvas, Slab, coverage
from service.study.geometry import Geometry

WHOLE = slice(0, 2), slice(0, 3)


def canvas(depths: int = 4) -> Canvas:
    return Canvas(np.zeros((1, 2, 3), np.float32), depths)


def ones(depths: int = 4, value: float = 1.0) -> np.ndarray:
    return np.full((depths, 2, 3), value, np.float32)


SIGNAL = np.full((1, 1, 1, 1), 10.0, np.float32)


def test_coverage_is_half_on_the_surface() -> None:
    np.testing.assert_allclose(coverage(np.array([-2.0, -0.25, 0, 0.25, 2]), 1.0), [1, 0.75, 0.5, 0.25, 0])


def test_a_tissue_in_half_the_thickness_gives_half_its_signal() -> None:
    made, cover = canvas(), ones()
    cover[:2] = 0
    made.paint(WHOLE, cover, SIGNAL, 3, Tissue.BODY)
    signals, _, _ = made.finish()
    np.testing.assert_allclose(signals, 5)


@pytest.mark.parametrize(("part", "label"), [(0.4, 0), (0.6, 3)])
def test_the_label_is_what_fills_most_of_the_voxel(part: float, label: int) -> None:
    made = canvas()
    made.paint(WHOLE, ones(value=part), SIGNAL, 3, Tissue.BODY)
    _, labels, tissue = made.finish()
    assert (labels == label).all()
    assert (tissue == (Tissue.BODY if label else Tissue.BACKGROUND)).all()


def test_what_is_painted_over_loses_its_label() -> None:
    made = canvas()
    made.paint(WHOLE, ones(), SIGNAL, 3, Tissue.BODY)
    made.paint(WHOLE, ones(value=0.7), SIGNAL)
    _, labels, _ = made.finish()
    assert (labels == 0).all()


def slab() -> Slab:
    affine = np.eye(4)
    affine[:3, :3] = [[4, 0, 0], [0, 0, 1], [0, -1, 0]]
    return Slab(Geometry(affine, (3, 10, 12)), 1, np.array([0.75, 1.25]))


def test_window_covers_the_box_and_is_none_beside_it() -> None:
    assert slab().window(np.array([[3.0, 2, -5], [5, 4, -2]])) == (slice(2, 6), slice(2, 5))
    assert slab().window(np.array([[8.0, 2, -5], [9, 4, -2]])) is None
    assert slab().window(np.array([[3.0, 20, -5], [5, 24, -2]])) is None


def test_points_are_where_the_geometry_says() -> None:
    points = slab().points((slice(2, 4), slice(5, 7)))
    assert points.shape == (2, 2, 2, 3)
    np.testing.assert_allclose(points[1, 0, 1], slab().geometry.to_patient([1.25, 2, 6]))
