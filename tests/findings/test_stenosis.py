"""Grades of central stenosis: on a phantom that is narrowed on purpose, and what a grade says of its own worth."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from service.anatomy.landmarks import find_landmarks
from service.anatomy.model import Anatomy
from service.anatomy.network import Network
from service.findings.canal import NO_MIDDLE
from service.findings.model import Finding
from service.findings.stenosis import GRADES, MEASURES, grade_stenosis, measures_of
from service.phantom import Acquisition, PhantomParameters
from service.phantom.parameters import DiscLevel
from service.settings import Settings
from service.triage import load_policy
from service.triage.case import usable
from tests.anatomy.stack import part
from tests.phantom.small import simulated

SCAN = Acquisition(
    rows=190,
    columns=110,
    row_spacing_mm=1.4,
    column_spacing_mm=1.4,
    slices=9,
    slice_thickness_mm=4,
    slice_spacing_mm=4.4,
    weightings=("T2",),
)
DIAMETERS = {"L5-S1": 14.0, "L4-L5": 4.5, "L3-L4": 14.0, "L2-L3": 9.0, "L1-L2": 14.0}
NARROWED = PhantomParameters(
    seed=5, acquisition=SCAN, levels=tuple(DiscLevel(canal_ap_mm=d) for d in DIAMETERS.values())
)


@lru_cache(maxsize=1)
def network() -> Network:
    return Network.load(Settings().models, "stenosis")


@pytest.fixture(scope="module")
def anatomy() -> Anatomy:
    return simulated(NARROWED).truth["T2"]


@pytest.fixture(scope="module")
def graded(anatomy: Anatomy) -> dict[str | None, Finding]:
    return {f.level: f for f in grade_stenosis(network(), [anatomy], find_landmarks(anatomy))}


def test_the_narrower_the_canal_the_higher_the_grade(graded: dict[str | None, Finding]) -> None:
    assert [graded[level].grade for level in ("L5-S1", "L3-L4", "L1-L2")] == ["0", "0", "0"]
    assert graded["L2-L3"].grade in ("1", "2")
    assert graded["L4-L5"].grade in ("2", "3")
    probabilities = [graded[level].probability or 0 for level in ("L3-L4", "L2-L3", "L4-L5")]
    assert probabilities == sorted(probabilities)
    assert probabilities[0] < 0.05
    assert probabilities[2] > 0.5


def test_measures_are_those_of_the_phantom(anatomy: Anatomy, graded: dict[str | None, Finding]) -> None:
    true = {(f.feature, f.level): f.value for f in simulated(NARROWED).measurements}
    for level in DIAMETERS:
        details = graded[level].details
        assert set(details) == {*MEASURES, "provenance"}
        assert details["diameter_mm"] == pytest.approx(true["canal_ap_diameter", level], abs=1.0)
        assert details["csf_fraction"] == pytest.approx(true["canal_csf", level], abs=0.2)


def test_a_provisional_grade_says_so_and_no_proposal_rests_on_it(graded: dict[str | None, Finding]) -> None:
    for level in DIAMETERS:
        finding = graded[level]
        assert finding.details["provenance"] == "illustrative"
        assert "illustrative" in (finding.method or "")
        assert "provisional" in (finding.reason or "")
        assert not usable(finding, load_policy())


def test_t1_alone_is_not_assessable(anatomy: Anatomy) -> None:
    other = replace(anatomy, series=replace(anatomy.series, weighting="T1"))
    found = grade_stenosis(network(), [other], find_landmarks(other))
    assert {f.status for f in found} == {"not_assessable"}
    assert any("T2" in (f.reason or "") for f in found)


def test_slices_that_do_not_span_the_canal_leave_the_area_open(anatomy: Anatomy) -> None:
    middle = anatomy.labels.shape[0] // 2
    geometry = anatomy.series.geometry
    narrow = slice(middle - 1, middle + 2)
    affine = geometry.affine.copy()
    affine[:3, 3] = geometry.to_patient([middle - 1, 0, 0])
    cut = replace(geometry, affine=affine, shape=(3, *geometry.shape[1:]))
    series = replace(anatomy.series, pixels=anatomy.series.pixels[narrow], geometry=cut)
    three = replace(anatomy, series=series, labels=anatomy.labels[narrow], bodies=anatomy.bodies[narrow])
    measures = measures_of(three, find_landmarks(three))
    assert measures
    for found in measures.values():
        assert np.isnan(found[MEASURES.index("area_mm2")])
        assert np.isfinite(found[MEASURES.index("diameter_disc_ratio")])
    grades = {f.grade for f in grade_stenosis(network(), [three], find_landmarks(three)) if f.status == "assessed"}
    assert grades <= set(GRADES)
    assert "0" in grades


def test_slices_that_miss_the_middle_of_the_canal_give_no_grade(anatomy: Anatomy) -> None:
    beside = part(anatomy, 0, 3)
    found = {f.level: f for f in grade_stenosis(network(), [beside], find_landmarks(beside))}
    assert (found["L3-L4"].status, found["L3-L4"].reason) == ("not_assessable", NO_MIDDLE)
