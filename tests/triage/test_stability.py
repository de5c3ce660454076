"""How uncertain and missing inputs are varied, and what comes of it."""

import pytest

from service.findings.model import Finding
from service.questionnaire import score
from service.questionnaire.ndt_clbp import ITEMS
from service.triage import load_policy
from service.triage.case import Case, case
from service.triage.variation import item_values, meyerding, moved, supposed, uncertain_inputs
from tests.triage.cases import answers, canal, herniation, normal_spine, proposed, slip, spine

POLICY = load_policy()


def varied(given: dict[str, object], *findings: Finding) -> set[str]:
    complete = answers(**given)
    return {one.name for one in uncertain_inputs(case(findings, score(complete), complete), POLICY)}


def test_every_uncertain_finding_and_missing_input_is_varied() -> None:
    names = varied({"care_weeks": None}, canal("L4-L5", 9.0), herniation("L4-L5", 0.4), slip("L4-L5", 2.0))
    assert {
        "finding:canal_ap_diameter:L4-L5",
        "finding:disc_herniation:L4-L5",
        "finding:spondylolisthesis:L4-L5",
        "answer:care_weeks",
        "answer:leg_area",
        "finding:canal_ap_diameter:L5-S1",
        "finding:disc_herniation:L3-L4",
    } <= names


def test_certain_findings_and_answers_that_no_rule_uses_are_not() -> None:
    names = varied({}, canal("L4-L5", 9.0, half=0), herniation("L4-L5", 0.001))
    assert not {"finding:canal_ap_diameter:L4-L5", "finding:disc_herniation:L4-L5", "answer:rand_1"} & names


def test_a_finding_with_low_confidence_is_varied_over_its_range() -> None:
    poor = canal("L4-L5", 9.0).model_copy(update={"confidence": 0.2})
    names = varied({}, poor)
    assert "finding:canal_ap_diameter:L4-L5" in names


def test_a_grade_of_stenosis_that_may_as_well_be_another_is_varied() -> None:
    """The probability is that of a grade that counts, so the likeliest grade gives way to it."""
    graded = Finding(
        feature="central_canal_stenosis", level="L4-L5", status="assessed", grade="2", probability=0.55, confidence=0.8
    )
    (one,) = uncertain_inputs(Case({}, {}, (graded,)), POLICY)[:1]
    assert one.name == "finding:central_canal_stenosis:L4-L5"
    findings = [variant.put(Case({}, {}, (graded,))).findings[0] for variant in one.variants]
    assert [(f.probability, f.grade) for f in findings] == [(1.0, None), (0.0, None)]


@pytest.mark.parametrize(
    ("percent", "grade"),
    [
        (0, "0"),
        (1, "I"),
        (25, "I"),
        (26, "II"),
        (50, "II"),
        (51, "III"),
        (75, "III"),
        (76, "IV"),
        (100, "IV"),
        (101, "V"),
    ],
)
def test_meyerding(percent: float, grade: str) -> None:
    assert meyerding(percent) == grade


def test_the_grade_follows_the_slip() -> None:
    assert moved(slip("L4-L5", 7.0, "I"), 14.0).grade == "II"
    assert moved(canal("L4-L5", 9.0), 8.0).value == 8.0


def test_values_of_an_item_cover_its_range() -> None:
    assert item_values(ITEMS["nrs_leg"])[0] == 0
    assert item_values(ITEMS["nrs_leg"])[-1] == 10
    assert item_values(ITEMS["leg_pain"]) == [False, True]
    assert ("none",) in item_values(ITEMS["care"])
    assert item_values(ITEMS["height_cm"])[-1] == 230


def test_a_firm_case_does_not_flip() -> None:
    found = proposed(answers(), normal_spine()).stability
    assert (found.stable, found.flip_likelihood, found.flips) == (True, 0, ())


def test_likelihood_of_a_flip_is_about_that_of_the_finding() -> None:
    complaints = answers(claudication=True, nrs_leg=6)
    exact = tuple(f.model_copy(update={"interval": None}) for f in spine(canal("L4-L5", 10.0)) if f.level != "L4-L5")
    result = proposed(
        complaints, (*exact, canal("L4-L5", 9.99, half=2), slip("L4-L5", 0.1, half=0), herniation("L4-L5", 0.0))
    )
    flip = next(one for one in result.stability.flips if one.input == "finding:canal_ap_diameter:L4-L5")
    assert flip.likelihood == pytest.approx(0.5, abs=0.08)
    assert result.stability.flip_likelihood == pytest.approx(0.5, abs=0.15)
    assert flip.label.nl.endswith("L4-L5")
    assert not result.stability.stable


def test_whether_a_vertebra_that_stands_backwards_is_called_a_slip_is_varied() -> None:
    complaints = answers(claudication=True, nrs_leg=6)
    rest = tuple(f.model_copy(update={"interval": None}) for f in normal_spine() if f.level != "L4-L5")
    here = (*rest, canal("L4-L5", 15.0, half=0), herniation("L4-L5", 0.0))

    def flip_of(probability: float) -> float:
        back = slip("L4-L5", -5.0, "I", half=0.5).model_copy(update={"probability": probability})
        flips = proposed(complaints, (*here, back)).stability.flips
        return next((one.likelihood for one in flips if one.input == "finding:spondylolisthesis:L4-L5"), 0.0)

    assert flip_of(0.45) == pytest.approx(0.45, abs=0.01)
    assert flip_of(0.0) == 0


def test_a_missing_slip_speaks_for_one_only_forwards() -> None:
    backwards, forwards = (supposed("spondylolisthesis", "L4-L5", value, 0.5) for value in (-6.0, 6.0))
    assert (backwards.grade, backwards.probability) == ("I", 0.0)
    assert (forwards.grade, forwards.probability) == ("I", 1.0)


def test_a_missing_answer_that_would_change_the_proposal_is_named() -> None:
    result = proposed(answers(leg_pain=None), normal_spine())
    flips = {(one.input, one.pathway) for one in result.stability.flips}
    assert ("answer:leg_pain", "non_surgical_consult") in flips


def test_answers_that_contradict_others_are_not_counted() -> None:
    result = proposed(answers(age_at_onset=None), normal_spine())
    assert "answer:age_at_onset" in result.stability.varied
    assert result.stability.stable


def test_the_same_case_gives_the_same_report() -> None:
    complaints = answers(claudication=True, nrs_leg=6, spine_operations=None)
    findings = spine(canal("L4-L5", 9.0, half=2))
    assert proposed(complaints, findings) == proposed(complaints, findings)
