"""Findings that many people of the same age have without pain."""

import pytest

from service.findings.model import Finding
from service.triage import load_policy
from service.triage.age_norms import common_at_age
from service.triage.model import AgeNorm
from tests.triage.cases import answers, normal_spine, proposed

DEGENERATED = Finding(feature="pfirrmann_grade", level="L4-L5", status="assessed", grade="4", confidence=0.9)
SLIP = Finding(feature="spondylolisthesis", level="L4-L5", status="assessed", value=5, unit="mm", probability=0.97)


def norms(age: float | None, *findings: Finding) -> dict[str, AgeNorm]:
    given = answers(age=age) if age is not None else answers().model_validate({})
    return {norm.feature: norm for norm in common_at_age(findings, given, load_policy())}


@pytest.mark.parametrize(("age", "percent"), [(20, 37), (50, 66), (80, 96)])
def test_prevalence_lies_on_the_line_between_the_ages_studied(age: int, percent: int) -> None:
    norm = norms(age, DEGENERATED)["pfirrmann_grade"]
    assert norm.percent == pytest.approx(percent, abs=1)
    assert norm.levels == ("L4-L5",)
    assert norm.text.en.startswith("Common at this age")
    assert norm.text.nl.startswith("Gewoon op deze leeftijd")
    assert "Brinjikji" in norm.source


def test_nothing_is_said_without_an_age_beyond_the_ages_studied_or_of_what_is_absent() -> None:
    assert not norms(None, DEGENERATED)
    assert not norms(85, DEGENERATED)
    assert not norms(50, DEGENERATED.model_copy(update={"grade": "2"}))
    assert not norms(60, SLIP.model_copy(update={"probability": 0.1}))
    unsure = DEGENERATED.model_copy(update={"confidence": 0.2})
    assert not norms(50, unsure)


def test_a_slip_that_the_policy_counts_is_present_however_few_would_call_it_so() -> None:
    measured = SLIP.model_copy(update={"grade": "I", "probability": 0.49})
    assert norms(60, measured)["spondylolisthesis"].levels == ("L4-L5",)
    assert not norms(60, measured.model_copy(update={"value": -5.0}))


def test_what_is_known_at_one_age_holds_near_it() -> None:
    assert norms(62, SLIP)["spondylolisthesis"].percent == 23
    assert not norms(40, SLIP)


def test_the_recommendation_says_so_in_words() -> None:
    others = tuple(f for f in normal_spine() if f.feature != "pfirrmann_grade")
    result = proposed(answers(age=50), (*others, DEGENERATED))
    (norm,) = [one for one in result.common_at_age if one.feature == "pfirrmann_grade"]
    assert norm.text.en in result.summary.specialist.en
    assert norm.text.nl in result.summary.specialist.nl
