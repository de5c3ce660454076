"""What the conditions see of the findings: numbers, confidence, levels and sides."""

import pytest

from service.findings.model import Finding, not_assessable
from service.triage import load_policy
from service.triage.case import Case, grade_number, levels, numbers, usable
from tests.triage.cases import canal, herniation

POLICY = load_policy()


def seen(*findings: Finding) -> dict[tuple[str, str | None], dict[str, object]]:
    return {(one.level, one.side): dict(one.found) for one in levels(Case({}, {}, findings), POLICY)}


@pytest.mark.parametrize(
    ("grade", "number"),
    [("0", 0), ("3", 3), ("I", 1), ("iv", 4), (" V ", 5), ("A", None), ("moderate", None), (None, None)],
)
def test_grades_as_numbers(grade: str | None, number: float | None) -> None:
    assert grade_number(grade) == number


def test_a_grade_alone_says_present_or_absent() -> None:
    finding = Finding(feature="central_canal_stenosis", level="L4-L5", status="assessed", grade="2")
    assert numbers(finding) == {"grade": 2, "probability": 1}
    assert numbers(finding.model_copy(update={"grade": "0"})) == {"grade": 0, "probability": 0}


def test_what_was_not_assessed_or_is_doubtful_is_absent() -> None:
    poor = canal("L4-L5", 7.0).model_copy(update={"confidence": 0.49})
    assert not usable(poor, POLICY)
    assert usable(poor.model_copy(update={"confidence": 0.5}), POLICY)
    assert usable(poor.model_copy(update={"confidence": None}), POLICY)
    missing = not_assessable("spondylolisthesis", "no T2", level="L4-L5")
    assert seen(poor, missing)["L4-L5", None] == {}


def test_required_levels_are_there_without_findings() -> None:
    assert set(seen()) == {(level, None) for level in POLICY.required_levels}
    assert ("L1-L2", None) in seen(canal("L1-L2", 12.0))


def test_findings_of_levels_that_the_policy_does_not_know_are_left_out() -> None:
    assert set(seen(canal("C5-C6", 7.0))) == set(seen())


def test_a_herniation_of_one_side_is_none_of_the_other() -> None:
    found = seen(herniation("L4-L5", 0.9, "left"), canal("L4-L5", 14.0))
    assert found["L4-L5", "left"]["disc_herniation"] == {"probability": 0.9}
    assert found["L4-L5", "right"]["disc_herniation"] == {"probability": 0.0}
    assert found["L4-L5", "right"]["canal_ap_diameter"] == {"value": 14.0}


def test_a_herniation_of_unknown_side_is_of_neither() -> None:
    nerve = Finding(feature="nerve_compression", level="L4-L5", side="left", status="assessed", grade="0")
    found = seen(herniation("L4-L5", 0.9), nerve)
    assert "disc_herniation" not in found["L4-L5", "left"]
    assert found["L4-L5", None]["disc_herniation"] == {"probability": 0.9}
    absent = seen(herniation("L4-L5", 0.1), nerve)
    assert absent["L4-L5", "left"]["disc_herniation"] == {"probability": 0.1}
    assert ("L4-L5", None) not in absent


def test_a_side_that_was_not_assessed_is_not_absent_for_a_herniation_of_the_other() -> None:
    open_side = Finding(
        feature="disc_herniation", level="L5-S1", side="right", status="not_assessable", reason="artefact"
    )
    found = seen(herniation("L5-S1", 0.9, "left"), open_side)
    assert found["L5-S1", "left"]["disc_herniation"]["probability"] == 0.9
    assert "disc_herniation" not in found["L5-S1", "right"]
