"""The axis through a bent column, and what lies off it."""

import numpy as np
import pytest

from service.anatomy.axis import fit_axis, without_debris
from service.study.geometry import Geometry

GEOMETRY = Geometry(np.array([[4.0, 0, 0, -20], [0, 0, 1.0, -60], [0, -1.0, 0, 200], [0, 0, 0, 1]]), (11, 200, 120))


def bent() -> np.ndarray:
    """Round column of 30 mm whose middle runs along y = 0.002 (z - 100)²."""
    x, y, z = np.moveaxis(GEOMETRY.to_patient(np.stack(np.indices(GEOMETRY.shape), axis=-1)), -1, 0)
    return np.asarray(np.hypot(x, y - 0.002 * (z - 100) ** 2) < 15)


def test_the_axis_follows_the_column() -> None:
    axis = fit_axis(GEOMETRY.to_patient(np.argwhere(bent())))
    z = np.array([20.0, 60, 100, 140, 180])
    assert axis.at(z)[:, 1] == pytest.approx(0.002 * (z - 100) ** 2, abs=1.0)
    assert axis.up(150)[1] == pytest.approx(np.sin(np.arctan(0.2)), abs=0.03)


def test_beyond_its_ends_the_axis_is_straight() -> None:
    axis = fit_axis(GEOMETRY.to_patient(np.argwhere(bent())))
    far = axis.at(np.array([260.0, 280.0, 300.0]))
    assert np.diff(far[:, 1], n=2) == pytest.approx(0, abs=1e-6)


def test_pieces_off_the_axis_and_crumbs_go() -> None:
    mask = bent()
    dirty = mask.copy()
    dirty[3:7, 90:115, 108:119] = True
    dirty[5, 2, 2] = True
    assert np.array_equal(without_debris(dirty, GEOMETRY), mask)


def test_nothing_stays_nothing() -> None:
    assert not without_debris(np.zeros(GEOMETRY.shape, bool), GEOMETRY).any()
