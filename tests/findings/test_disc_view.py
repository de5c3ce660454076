from dataclasses import replace

import numpy as np
import pytest

from service.anatomy.model import DISC, Anatomy
from service.findings.disc_view import AHEAD_MM, BACK, HEAD, PIXEL_MM, frame_of, views_of
from service.study.geometry import Geometry
from tests.anatomy.stack import DEPTH, GAP
from tests.findings.discs import BODY, CSF, anatomy_of, both


def test_the_axes_are_those_of_the_disc() -> None:
    anatomy = anatomy_of()
    frame = frame_of(anatomy.mask(DISC + 1), anatomy.series.geometry)
    assert frame is not None
    assert 2 * frame.half == pytest.approx(DEPTH, abs=2.5)
    lean = np.degrees(np.arcsin(frame.head @ [0, -1, 0]))
    assert lean == pytest.approx(30, abs=4)  # S1 leans 36 degrees to the front, L5 24
    assert frame.head[2] > 0.8
    assert frame.back @ frame.head == pytest.approx(0, abs=1e-9)


def test_signal_is_a_share_of_marrow_and_the_canal_lies_behind() -> None:
    view = views_of(both())[3]
    assert view.t2 is not None
    assert view.t1 is not None
    middle = np.hypot(BACK, HEAD) < 2
    assert view.t2[middle] == pytest.approx(0.5, abs=0.02)
    assert view.disc[middle] == pytest.approx(1.0)
    assert view.csf == pytest.approx(CSF / BODY, abs=0.1)
    assert BACK[view.canal > 0.5].min() > DEPTH / 2 - 2
    assert float((BACK.max() + BACK.min()) / 2) == AHEAD_MM


def test_the_endplates_are_found_above_and_below() -> None:
    view = views_of(both())[3]
    inside = np.abs(BACK[0]) < 10
    assert np.nanmean((view.roof - view.floor)[inside]) == pytest.approx(GAP, abs=2 * PIXEL_MM)


def moved(anatomy: Anatomy, left: float) -> Anatomy:
    affine = anatomy.series.geometry.affine.copy()
    affine[0, 3] += left
    series = anatomy.series
    return replace(anatomy, series=replace(series, geometry=Geometry(affine, series.geometry.shape)))


def test_a_series_that_does_not_show_the_disc_is_missing() -> None:
    t2, t1 = both()
    far = views_of([t2, moved(t1, 60.0)])[3]
    assert far.t1 is None
    assert far.t2 is not None


def test_the_grid_of_a_series_does_not_matter() -> None:
    fine, coarse = anatomy_of("T2"), anatomy_of("T2")
    halved = Geometry(
        coarse.series.geometry.affine @ np.diag([1, 2, 2, 1]), tuple(coarse.series.pixels[:, ::2, ::2].shape)
    )
    series = replace(coarse.series, weighting="T1", pixels=coarse.series.pixels[:, ::2, ::2], geometry=halved)
    coarse = replace(coarse, series=series, labels=coarse.labels[:, ::2, ::2], bodies=coarse.bodies[:, ::2, ::2])
    view = views_of([fine, coarse])[3]
    assert view.t1 is not None
    assert view.t2 is not None
    inside = (np.abs(BACK) < 10) & (np.abs(HEAD) < 10)
    assert np.abs(view.t1 - view.t2)[inside].mean() < 0.05
    assert (np.abs(view.t1 - view.t2)[inside] < 0.1).mean() > 0.8
