from dataclasses import replace

import pytest

from service.anatomy.landmarks import find_landmarks
from service.anatomy.model import Anatomy
from service.findings.marrow import measure_marrow
from service.findings.model import Finding
from tests.findings.signals import patient

LUMBAR = ("L1", "L2", "L3", "L4", "L5")


def marrow_of(*anatomies: Anatomy) -> dict[tuple[str, str | None], Finding]:
    return {(f.feature, f.level): f for f in measure_marrow(anatomies, find_landmarks(anatomies[0]))}


def both(which: int) -> dict[tuple[str, str | None], Finding]:
    truth = patient(which).truth
    return marrow_of(truth["T2"], truth["T1"])


def test_fatter_marrow_is_brighter_at_every_level_on_both() -> None:
    lean, fat = both(0), both(1)
    for key, finding in lean.items():
        if finding.value is not None and key[1] in LUMBAR:
            assert (fat[key].value or 0) > finding.value
    assert {level for feature, level in lean if feature == "marrow_signal_t1"} >= set(LUMBAR)


def test_ratios_do_not_hang_on_the_scale() -> None:
    anatomy = patient(0).truth["T2"]
    scaled = replace(anatomy, series=replace(anatomy.series, pixels=anatomy.series.pixels * 3))
    one, other = marrow_of(anatomy), marrow_of(scaled)
    assert one["marrow_signal_t2", "L3"].value == pytest.approx(other["marrow_signal_t2", "L3"].value, abs=2e-3)


def test_one_dark_vertebra_stands_out() -> None:
    anatomy = patient(0).truth["T1"]
    pixels = anatomy.series.pixels.copy()
    pixels[(anatomy.labels == 3) & anatomy.bodies] *= 0.4
    found = marrow_of(replace(anatomy, series=replace(anatomy.series, pixels=pixels)))
    assert found["marrow_signal_t1", "L3"].details["over_lumbar_median"] == pytest.approx(0.4, abs=0.1)
    assert found["marrow_signal_t1", "L4"].details["over_lumbar_median"] == pytest.approx(1.0, abs=0.15)
    assert (found["marrow_signal_t1", "L3"].value or 9) < 1 < (found["marrow_signal_t1", "L4"].value or 0)


def test_a_missing_weighting_is_said() -> None:
    found = marrow_of(patient(0).truth["T2"])
    for level in LUMBAR:
        assert found["marrow_signal_t1", level].reason == "no sagittal T1 series was read"
        assert found["marrow_signal_t2", level].status == "assessed"


def test_without_discs_or_canal_there_is_nothing_to_compare_with() -> None:
    anatomy = patient(0).truth["T1"]
    labels = anatomy.labels.copy()
    labels[(labels > 200) | (labels == 100)] = 0
    found = marrow_of(replace(anatomy, labels=labels))
    assert {f.status for f in found.values()} == {"not_assessable"}
