from dataclasses import replace

import numpy as np
import pytest

from service.anatomy.landmarks import find_landmarks
from service.anatomy.model import Anatomy
from service.findings.measure import measure
from service.findings.model import Finding
from service.findings.muscle_fat import FEATURE, NO_FAT, NO_MUSCLE, NO_SERIES, Tissue, fat_fraction, measure_muscle_fat
from service.study.geometry import Geometry
from tests.findings.signals import FAT, patient


def fat_of(*anatomies: Anatomy) -> Finding:
    (found,) = measure_muscle_fat(anatomies, find_landmarks(anatomies[0]))
    return found


@pytest.mark.parametrize("weighting", ["T1", "T2"])
@pytest.mark.parametrize("which", [0, 1])
def test_the_fraction_that_was_simulated_lies_in_the_interval(which: int, weighting: str) -> None:
    true = FAT[which]
    found = fat_of(next(a for w, a in patient(which).truth.items() if w == weighting))
    assert found.value == pytest.approx(true, abs=0.12)
    low, high = found.interval or (1, 0)
    assert 0 <= low <= true <= high <= 1
    assert f"on {weighting}" in (found.method or "")
    assert {"left", "right"} <= found.details.keys()


def test_more_fat_measures_more() -> None:
    lean, fat = (fat_of(patient(which).truth["T1"]).value or 0 for which in (0, 1))
    assert fat > lean + 0.1


def test_the_scale_of_the_grey_values_does_not_matter() -> None:
    anatomy = patient(1).truth["T1"]
    scaled = replace(anatomy, series=replace(anatomy.series, pixels=anatomy.series.pixels * 7))
    assert fat_of(scaled).value == pytest.approx(fat_of(anatomy).value, abs=1e-3)


def test_t1_comes_before_t2_whatever_was_segmented_first() -> None:
    made = patient(1)
    assert fat_of(made.truth["T2"], made.truth["T1"]).series == made.truth["T1"].series.id


def test_the_fall_of_the_coil_is_taken_out() -> None:
    rng = np.random.default_rng(0)
    depth = rng.uniform(2, 40, 20000)
    signal = np.where(rng.random(20000) < 0.25, 100.0, 35.0) * np.exp(-0.01 * depth) * rng.normal(1, 0.03, 20000)
    behind = rng.uniform(-20, -2, 5000)
    fat = 100 * np.exp(-0.01 * behind) * rng.normal(1, 0.03, 5000)
    found = fat_fraction(Tissue(signal, depth, fat, behind))
    assert found.value == pytest.approx(0.25, abs=0.03)
    assert found.contrast == pytest.approx(0.35, abs=0.03)
    assert found.fall == pytest.approx(0.01, abs=0.002)


def unread(anatomy: Anatomy, *, weighting: str = "T1", fat_suppressed: bool = False) -> Anatomy:
    traits = frozenset(["fat_suppressed"]) if fat_suppressed else frozenset()
    series = replace(anatomy.series, weighting=weighting, traits=traits)  # type: ignore[arg-type]
    return replace(anatomy, series=series)


def cropped_before_the_fat(anatomy: Anatomy) -> Anatomy:
    """The field of view ends close behind the canal."""
    stop = int(np.argwhere(anatomy.labels == 100)[:, 2].min()) + 20
    pixels, labels, bodies = (v[..., :stop] for v in (anatomy.series.pixels, anatomy.labels, anatomy.bodies))
    series = replace(anatomy.series, pixels=pixels, geometry=Geometry(anatomy.series.geometry.affine, pixels.shape))
    return replace(anatomy, series=series, labels=labels, bodies=bodies)


def test_what_cannot_tell_fat_from_muscle_says_why() -> None:
    anatomy = patient(0).truth["T1"]
    middle = len(anatomy.labels) // 2
    single = Geometry(anatomy.series.geometry.affine, (1, *anatomy.labels.shape[1:]))
    series = replace(anatomy.series, pixels=anatomy.series.pixels[middle : middle + 1], geometry=single)
    one = replace(anatomy, series=series, labels=anatomy.labels[[middle]], bodies=anatomy.bodies[[middle]])
    assert fat_of(unread(anatomy, weighting="STIR")).reason == NO_SERIES
    assert fat_of(unread(anatomy, fat_suppressed=True)).reason == NO_SERIES
    assert fat_of(one).reason == NO_MUSCLE
    assert fat_of(replace(anatomy, bodies=anatomy.labels > 0)).reason == NO_MUSCLE
    assert fat_of(cropped_before_the_fat(anatomy)).reason in (NO_FAT, NO_MUSCLE)


def test_the_area_on_cross_section_stays_for_axial_images() -> None:
    made = patient(0)
    found = measure([made.truth["T2"], made.truth["T1"]])
    assert [f.status for f in found if f.feature == FEATURE] == ["assessed"]
    areas = [f for f in found if f.feature == "muscle_cross_sectional_area"]
    assert areas
    assert {f.status for f in areas} == {"not_assessable"}


def test_vertebrae_above_the_muscle_lend_it_no_doubt() -> None:
    t1 = patient(0).truth["T1"]
    above = [s for s in t1.of("vertebra") if s.label not in range(1, 6)]
    assert above
    unsure = tuple(replace(s, confidence=0.2) if s in above else s for s in t1.structures)
    assert fat_of(replace(t1, structures=unsure)).confidence == fat_of(t1).confidence
