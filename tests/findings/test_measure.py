"""The whole list: every feature at every level it applies to, once."""

from collections import Counter
from dataclasses import replace

import pytest

from service.anatomy.landmarks import Landmarks
from service.anatomy.model import Anatomy
from service.findings.catalogue import CATALOGUE, EVIDENCE_SOURCES, FEATURES
from service.findings.measure import WHY_NOT, measure
from service.findings.model import Finding
from tests.anatomy.stack import Stack, build

LUMBAR = {"L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1"}


@pytest.fixture(scope="module")
def anatomy() -> Anatomy:
    return build(Stack(slices=11)).anatomy()


@pytest.fixture(scope="module")
def findings(anatomy: Anatomy) -> tuple[Finding, ...]:
    return measure([anatomy])


def test_nothing_is_reported_twice(findings: tuple[Finding, ...]) -> None:
    counts = Counter((f.feature, f.level, f.side) for f in findings)
    assert max(counts.values()) == 1


def test_every_feature_of_the_catalogue_is_reported(findings: tuple[Finding, ...]) -> None:
    assert {feature.finding for feature in CATALOGUE.values()} == {f.feature for f in findings}


def test_disc_features_are_reported_at_all_lumbar_levels(findings: tuple[Finding, ...]) -> None:
    for feature in CATALOGUE.values():
        if feature.applies.startswith("disc"):
            assert {f.level for f in findings if f.feature == feature.finding} >= LUMBAR


def test_what_has_no_method_says_why(findings: tuple[Finding, ...]) -> None:
    for finding in findings:
        if finding.feature in ("facet_arthrosis", "disc_extrusion", "osteomyelitis", "pfirrmann_grade"):
            assert finding.status == "not_assessable"
            assert finding.reason in WHY_NOT.values()


def test_every_finding_names_its_series_and_every_value_its_unit(findings: tuple[Finding, ...]) -> None:
    for finding in findings:
        assert finding.series == "series-1"
        if finding.value is not None:
            assert finding.unit == CATALOGUE[finding.feature].unit
            assert finding.method
            assert finding.interval is not None
            assert finding.interval[0] <= finding.value <= finding.interval[1]


def test_nothing_is_surer_of_a_level_than_that_it_is_this_level(anatomy: Anatomy) -> None:
    doubted = measure([replace(anatomy, numbering_confidence=0.3)])
    assert max(f.confidence for f in doubted if f.level and f.confidence is not None) == 0.3
    assert next(f.confidence for f in doubted if f.feature == "cobb_angle") == 1.0


def test_levels_outside_the_picture_are_not_assessable() -> None:
    findings = measure([build(Stack(vertebrae=3)).anatomy()])
    top = [f for f in findings if f.feature == "disc_height" and f.level == "L1-L2"]
    assert [f.status for f in top] == ["not_assessable"]


def test_a_grader_takes_the_place_of_the_excuse(anatomy: Anatomy) -> None:
    def grader(anatomies: object, landmarks: Landmarks) -> list[Finding]:
        return [Finding(feature="modic_type", level="L4-L5", status="assessed", grade="1", probability=0.9)]

    found = [f for f in measure([anatomy], graders=[grader]) if f.feature == "modic_type"]
    assert {f.level: f.status for f in found}["L4-L5"] == "assessed"
    assert len([f for f in found if f.level == "L4-L5"]) == 1
    assert {f.status for f in found if f.level != "L4-L5"} == {"not_assessable"}


def test_one_slice_gives_the_sagittal_findings_and_no_others() -> None:
    found = {(f.feature, f.level): f.status for f in measure([build(Stack(slices=1)).anatomy()])}
    assert found["disc_height", "L3-L4"] == "assessed"
    assert found["spondylolisthesis", "L3-L4"] == "assessed"
    assert found["canal_ap_diameter", "L3-L4"] == "assessed"
    assert found["cobb_angle", None] == "not_assessable"
    assert found["canal_area", "L3-L4"] == "not_assessable"


def test_there_must_be_something_to_measure() -> None:
    with pytest.raises(ValueError, match="nothing to measure"):
        measure([])


def test_an_anatomy_without_structures_is_all_not_assessable(anatomy: Anatomy) -> None:
    empty = replace(anatomy, labels=anatomy.labels * 0, bodies=anatomy.bodies & False, structures=())
    assert {f.status for f in measure([empty])} == {"not_assessable"}


def test_the_review_has_29_features_with_known_sources() -> None:
    assert len(FEATURES) == 29
    assert len({feature.key for feature in FEATURES}) == 29
    for feature in CATALOGUE.values():
        assert set(feature.sources) <= EVIDENCE_SOURCES.keys()


def test_odds_ratios_lie_within_their_intervals() -> None:
    ratios = [feature.odds_ratio for feature in FEATURES if feature.odds_ratio]
    assert ratios
    assert all(1 < r.low < r.value < r.high for r in ratios)
