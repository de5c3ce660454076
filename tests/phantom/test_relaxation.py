import numpy as np
import pytest

from service.phantom import Acquisition, Timing
from service.phantom.relaxation import TISSUES, Relaxation, signal, spin_echo


def test_long_repetition_and_short_echo_show_proton_density() -> None:
    assert spin_echo(Relaxation(1000, 100, 0.7, "illustrative"), Timing(repetition=1e6, echo=0)) == pytest.approx(0.7)


def test_signal_decays_with_the_echo_time() -> None:
    tissue = Relaxation(1000, 80, 1.0, "illustrative")
    assert spin_echo(tissue, Timing(repetition=1e6, echo=80)) == pytest.approx(np.exp(-1), rel=1e-6)


def test_inversion_nulls_a_tissue_at_its_own_time() -> None:
    tissue = Relaxation(300, 1e6, 1.0, "illustrative")
    assert spin_echo(tissue, Timing(repetition=1e6, echo=0, inversion=300 * np.log(2))) == pytest.approx(0, abs=1e-9)


def bright(tissue: str, weighting: str) -> float:
    return float(signal(tissue, Acquisition.model_validate({"weightings": (weighting,)}))[0])


def test_t2_shows_fluid_bright_and_discs_darker_with_their_grade() -> None:
    discs = [bright(f"nucleus_{grade}", "T2") for grade in range(1, 6)]
    assert bright("csf", "T2") > discs[0]
    assert discs == sorted(discs, reverse=True)
    assert discs[-1] == pytest.approx(bright("annulus", "T2"), abs=0.12)


def test_t1_shows_fat_bright_and_fluid_dark() -> None:
    order = [bright(t, "T1") for t in ("fat", "yellow_marrow", "muscle", "csf", "cortex")]
    assert order == sorted(order, reverse=True)


def test_stir_nulls_fat_and_shows_oedema() -> None:
    assert bright("fat", "STIR") < 0.02
    assert bright("oedema", "STIR") > bright("red_marrow", "STIR") > 5 * bright("fat", "STIR")


def test_modic_types_have_their_own_signal_pattern() -> None:
    marrow = {w: 0.5 * (bright("red_marrow", w) + bright("yellow_marrow", w)) for w in ("T1", "T2")}
    darker_brighter = {"oedema": (False, True), "yellow_marrow": (True, True), "sclerosis": (False, False)}
    for tissue, pattern in darker_brighter.items():
        assert (bright(tissue, "T1") > marrow["T1"], bright(tissue, "T2") > marrow["T2"]) == pattern


def test_every_tissue_says_where_its_values_come_from() -> None:
    assert all(t.provenance.startswith(("published", "expert", "illustrative")) for t in TISSUES.values())


def test_a_longer_echo_darkens_muscle_against_fat() -> None:
    short, long = (Acquisition(t2=Timing(repetition=3500, echo=echo), weightings=("T2",)) for echo in (80, 120))
    assert signal("muscle", long)[0] < 0.8 * signal("muscle", short)[0]
