"""Cross-sections of tubes of known size."""

import numpy as np
import pytest

from service.anatomy.canal import cross_section, find_canal
from service.anatomy.model import CANAL, Anatomy, Structure
from service.study.geometry import Geometry
from service.study.model import Series


def tube(depth: float, width: float, lean: float = 0.0, slices: int = 11, spacing: float = 4.0) -> Anatomy:
    """An elliptic tube through the origin, its upper end leaning back by ``lean`` degrees."""
    affine = np.array([[spacing, 0, 0, 0], [0, 0, 0.7, 0], [0, -0.7, 0, 0], [0, 0, 0, 1.0]])
    affine[:3, 3] = [-spacing * (slices - 1) / 2, -50, 60]
    geometry = Geometry(affine, (slices, 172, 143))
    points = geometry.to_patient(np.stack(np.indices(geometry.shape), axis=-1))
    angle = np.radians(lean)
    across = points[..., 1] * np.cos(angle) - points[..., 2] * np.sin(angle)
    inside = (points[..., 0] / width) ** 2 + (across / depth) ** 2 < 0.25
    labels = np.where(inside, CANAL, 0).astype(np.uint8)
    series = Series("series-1", np.zeros(geometry.shape, np.float32), geometry)
    canal = Structure(CANAL, "spinal canal", "canal", 1.0)
    return Anatomy(series, labels, np.zeros(labels.shape, bool), (canal,), 1.0)


@pytest.mark.parametrize("lean", [0.0, 15.0, -30.0])
def test_diameter_and_area_across_the_centreline(lean: float) -> None:
    canal = find_canal(tube(13.0, 19.0, lean))
    assert canal is not None
    crossing = canal.crossing(np.zeros(3), np.array([0.0, 0, 1]))
    assert crossing is not None
    section = cross_section(canal, *crossing)
    assert section is not None
    assert section.diameter == pytest.approx(13.0, abs=0.65)  # a pixel is 0.7 mm
    assert section.area == pytest.approx(np.pi / 4 * 13 * 19, rel=0.07)


def test_centreline_follows_the_tube_to_its_ends() -> None:
    canal = find_canal(tube(13.0, 19.0, 20.0))
    assert canal is not None
    expected = canal.points[:, 2] * np.tan(np.radians(20))
    assert np.abs(canal.points[:, 1] - expected).max() < 1.5
    assert np.abs(canal.points[5:-5, 1] - expected[5:-5]).max() < 0.3


def test_no_area_where_the_slices_end_inside_the_canal() -> None:
    canal = find_canal(tube(13.0, 19.0, slices=3))
    assert canal is not None
    section = cross_section(canal, np.zeros(3), np.array([0.0, 0, 1]))
    assert section is not None
    assert section.area is None
    assert section.diameter == pytest.approx(13.0, abs=0.6)


def test_no_crossing_beyond_the_ends() -> None:
    canal = find_canal(tube(13.0, 19.0))
    assert canal is not None
    assert canal.crossing(np.array([0, 0, 90.0]), np.array([0.0, 0, 1])) is None


def test_no_canal_in_an_empty_mask() -> None:
    empty = tube(0.1, 0.1)
    assert find_canal(empty) is None
