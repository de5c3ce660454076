import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from service.study.geometry import Geometry

SHAPE = (4, 5, 6)
_angles = st.floats(-180, 180)
_millimetres = st.floats(0.2, 8)


@st.composite
def geometries(draw: st.DrawFn) -> Geometry:
    """Any rotation, non-square voxels, either handedness, a slight shear."""
    rotation = Rotation.from_euler("xyz", [draw(_angles) for _ in range(3)], degrees=True).as_matrix()
    if draw(st.booleans()):
        rotation = rotation[:, ::-1]
    affine = np.eye(4)
    affine[:3, :3] = rotation * [draw(_millimetres) for _ in range(3)]
    affine[:3, 0] += draw(st.floats(-0.1, 0.1)) * affine[:3, 1]
    affine[:3, 3] = [draw(st.floats(-300, 300)) for _ in range(3)]
    return Geometry(affine, SHAPE)


_orders = st.permutations(range(3)).map(tuple)
_flips = st.tuples(st.booleans(), st.booleans(), st.booleans())
_points = st.lists(st.tuples(*[st.floats(-500, 500)] * 3), min_size=1, max_size=4)


@given(geometries(), _points)
def test_to_index_undoes_to_patient(geometry: Geometry, points: list[tuple[float, float, float]]) -> None:
    np.testing.assert_allclose(geometry.to_patient(geometry.to_index(points)), points, atol=1e-6)


@given(geometries(), _orders, _flips)
def test_permuted_geometry_follows_the_voxels(
    geometry: Geometry, order: tuple[int, int, int], flip: tuple[bool, bool, bool]
) -> None:
    voxels = np.arange(np.prod(SHAPE)).reshape(SHAPE)
    moved = np.flip(voxels.transpose(order), [axis for axis in range(3) if flip[axis]])
    permuted = geometry.permuted(order, flip)
    assert permuted.shape == moved.shape
    for index in [(0, 0, 0), (1, 2, 3), tuple(n - 1 for n in moved.shape)]:
        old = np.argwhere(voxels == moved[index])[0]
        np.testing.assert_allclose(permuted.to_patient(index), geometry.to_patient(old), atol=1e-6)


@given(geometries())
def test_sagittal_storage_is_stable(geometry: Geometry) -> None:
    stored = geometry.permuted(*geometry.to_sagittal())
    assert stored.voxel_volume == pytest.approx(geometry.voxel_volume)
    assert stored.to_sagittal() == ((0, 1, 2), (False, False, False))


def test_sagittal_storage_runs_from_right_to_left_head_to_feet_front_to_back() -> None:
    ras = Geometry(np.diag([-1.0, -1, 1, 1]), SHAPE)
    assert ras.to_sagittal() == ((0, 2, 1), (True, True, True))
    stored = ras.permuted(*ras.to_sagittal())
    np.testing.assert_array_equal(stored.directions, [[1, 0, 0], [0, 0, 1], [0, -1, 0]])
    np.testing.assert_array_equal(stored.to_patient([0, 0, 0]), [-3, -4, 5])


def test_spacing_directions_and_volume_of_an_oblique_grid() -> None:
    rotation = Rotation.from_euler("z", 30, degrees=True).as_matrix()
    affine = np.eye(4)
    affine[:3, :3] = rotation * [4, 0.5, 0.7]
    geometry = Geometry(affine, SHAPE)
    np.testing.assert_allclose(geometry.spacing, [4, 0.5, 0.7])
    np.testing.assert_allclose(geometry.directions, rotation)
    assert geometry.voxel_volume == pytest.approx(1.4)


@pytest.mark.parametrize("affine", [np.zeros((4, 4)), np.eye(3), np.full((4, 4), np.nan)])
def test_an_affine_that_maps_nowhere_is_refused(affine: np.ndarray) -> None:
    with pytest.raises(ValueError, match="affine"):
        Geometry(affine, SHAPE)


def test_an_empty_grid_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(0, 5, 6\)"):
        Geometry(np.eye(4), (0, 5, 6))


def test_the_affine_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        Geometry(np.eye(4), SHAPE).affine[0, 0] = 2
