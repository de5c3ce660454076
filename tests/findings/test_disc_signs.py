from dataclasses import replace

import numpy as np
import pytest

from service.findings.disc_reading import SIGNS, as_row
from service.findings.disc_signs import USUAL_STEP_MM, _slips, signs_of
from service.findings.disc_view import BACK, HEAD, SAME_DISC_MM, views_of
from service.study.geometry import Geometry
from tests.anatomy.stack import DEPTH, GAP, Stack
from tests.findings.discs import anatomy_of, both


def test_every_sign_that_the_model_reads_is_made() -> None:
    signs = signs_of(views_of(both()))[2]
    assert set(signs) == set(SIGNS)
    assert np.isfinite(as_row(signs)).all()


def test_sizes_and_signals_are_those_of_the_stack() -> None:
    signs = signs_of(views_of(both()))[3]
    assert signs["height_mm"] == pytest.approx(GAP, abs=1.2)
    assert signs["length_mm"] == pytest.approx(DEPTH, abs=2.5)
    assert signs["t2_nucleus"] == pytest.approx(np.log(0.5), abs=0.05)
    assert signs["csf"] == pytest.approx(np.log(2.5), abs=0.05)
    assert abs(signs["t2_up"]) < 0.05
    assert abs(signs["step_mm"]) < 2.0


def test_a_step_between_the_walls_stands_out() -> None:
    slipped = Stack(slices=5, spacing=(4.2, 0.8, 0.8), rows=360, columns=175, slip=(0, 0, 6.0))
    signs = signs_of(views_of([anatomy_of("T2", slipped)]))
    steps = {number: s["step_size"] for number, s in signs.items()}
    assert max(steps, key=lambda n: steps[n]) == 3
    assert steps[3] == pytest.approx(6.0, abs=2.0)


def test_the_step_is_the_mean_of_what_the_series_outline() -> None:
    straight = Stack(slices=5, spacing=(4.2, 0.8, 0.8), rows=360, columns=175)
    t2, t1 = anatomy_of("T2", replace(straight, slip=(0, 0, 6.0))), anatomy_of("T1", straight)
    alone, other, together = (signs_of(views_of(series))[3]["step_mm"] for series in ([t2], [t1], [t2, t1]))
    assert alone - other == pytest.approx(6.0, abs=2.0)
    assert together == pytest.approx((alone + other) / 2)


def test_a_disc_that_another_series_shows_elsewhere_has_no_part_in_the_step() -> None:
    t2, t1 = both()
    affine = t1.series.geometry.affine.copy()
    affine[2, 3] += SAME_DISC_MM + 1
    up = replace(t1, series=replace(t1.series, geometry=Geometry(affine, t1.series.geometry.shape)))
    assert len(views_of([t2, t1])[3].others) == 1
    assert views_of([t2, up])[3].others == ()


@pytest.mark.parametrize(("slip", "which"), [(6.0, "antero"), (-6.0, "retro")])
def test_a_slip_is_unusual_in_one_direction_and_in_both_walls(slip: float, which: str) -> None:
    slipped = Stack(slices=5, spacing=(4.2, 0.8, 0.8), rows=360, columns=175, slip=(0, 0, slip))
    signs = signs_of(views_of([anatomy_of("T2", slipped)]))
    other = {"antero": "retro", "retro": "antero"}[which]
    assert signs[3][which] > 2
    assert signs[3][f"{which}_both"] > 1
    assert signs[3][other] == signs[3][f"{other}_both"] == 0
    assert max(signs, key=lambda n: signs[n][f"{which}_both"]) == 3


def test_the_usual_step_of_a_level_is_no_slip_and_an_unknown_one_is_unknown() -> None:
    (rear, rear_spread), (front, front_spread) = (levels[2] for levels in USUAL_STEP_MM)
    assert set(_slips(3, rear, front).values()) == {0.0}
    slips = _slips(3, rear - 2 * rear_spread, front - 3 * front_spread)
    assert slips == pytest.approx({"antero": 0, "retro": 2, "antero_both": 0, "retro_both": 2})
    unknown = _slips(9, -2.0, np.nan)
    assert np.isfinite([unknown["antero"], unknown["retro"]]).all()
    assert np.isnan([unknown["antero_both"], unknown["retro_both"]]).all()


def test_what_a_missing_series_would_tell_is_unknown() -> None:
    signs = signs_of(views_of([anatomy_of("T2")]))[3]
    unknown = {name for name, value in signs.items() if not np.isfinite(value)}
    assert unknown == {name for name in SIGNS if name.startswith("t1_")}


def test_a_nucleus_brighter_than_the_annulus_and_a_dark_cleft_stand_out() -> None:
    view = views_of(both())[3]
    assert view.t2 is not None
    place, apart = np.abs(BACK / view.frame.half), np.abs(HEAD - (view.roof + view.floor) / 2)
    even = signs_of({3: view})[3]
    bright = np.where((view.disc > 0.5) & (place < 0.4), 2 * view.t2, view.t2)
    nucleus = signs_of({3: replace(view, t2=bright)})[3]
    cleft = signs_of({3: replace(view, t2=np.where((view.disc > 0.5) & (apart < 1.2), view.t2 / 2, view.t2))})[3]
    assert even["t2_annulus_rear"] == pytest.approx(0, abs=0.05)
    assert nucleus["t2_annulus_front"] == pytest.approx(-np.log(2), abs=0.05)
    assert nucleus["t2_uneven"] > even["t2_uneven"] + 0.2
    assert cleft["t2_cleft"] == pytest.approx(-np.log(2), abs=0.05)
    assert even["t2_cleft"] == pytest.approx(0, abs=0.05)
