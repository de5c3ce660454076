import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from service.study.geometry import Geometry
from service.study.plane import plane_of, reading_plane

_NORMALS = {"sagittal": "x", "coronal": "y", "axial": "z"}


def _geometry(
    plane: str, tilt_axis: str = "x", degrees: float = 0, spacing: tuple[float, ...] = (4, 0.5, 0.5)
) -> Geometry:
    axes = {"sagittal": [0, 2, 1], "coronal": [1, 2, 0], "axial": [2, 1, 0]}[plane]
    affine = np.eye(4)
    affine[:3, :3] = (Rotation.from_euler(tilt_axis, degrees, degrees=True).as_matrix() @ np.eye(3)[:, axes]) * spacing
    return Geometry(affine, (20, 100, 100))


@pytest.mark.parametrize("plane", _NORMALS)
def test_the_normal_names_the_plane(plane: str) -> None:
    assert plane_of(_geometry(plane)) == plane


@pytest.mark.parametrize(("degrees", "plane"), [(25, "axial"), (39, "axial"), (45, "oblique"), (60, "coronal")])
def test_a_tilted_axial_stack(degrees: float, plane: str) -> None:
    assert plane_of(_geometry("axial", "x", degrees)) == plane


def test_cubes_are_read_sagittally_from_any_plane() -> None:
    assert reading_plane(_geometry("coronal", spacing=(1.5, 1, 1))) == "sagittal"
    assert reading_plane(_geometry("coronal", spacing=(1.6, 1, 1))) == "coronal"


def test_a_thin_slab_of_cubes_keeps_its_plane() -> None:
    slab = Geometry(_geometry("axial", spacing=(1, 1, 1)).affine, (10, 100, 100))
    assert reading_plane(slab) == "axial"


def test_the_slices_may_lie_along_another_axis() -> None:
    assert plane_of(_geometry("sagittal"), slice_axis=1) == "axial"
