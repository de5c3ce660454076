"""What may never happen, over all vignettes and over random cases."""

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.findings.model import Finding
from service.questionnaire import Answers, score
from service.questionnaire.ndt_clbp import ITEMS
from service.questionnaire.red_flags import INSTRUMENT as RED_FLAGS
from service.triage import load_policy
from service.triage.case import Case, case
from service.triage.engine import Engine, Evaluation
from service.triage.model import URGENCIES
from service.triage.variation import item_values, names_used, with_answer
from tests.triage.cases import LEVELS, answers, canal, herniation, slip
from tests.triage.vignettes import Vignette, vignettes

POLICY = load_policy()
FLAGS = [item.code for item in RED_FLAGS.items if item.code != "rf_new_pain"]
CALM: dict[str, object] = {
    **{f"odi_{n}": 0 for n in range(1, 11)},
    **{"nrs_back": 0, "nrs_leg": 0, "leg_pain": False, "claudication": False, "weakness": "none", "leg_area": None},
}
DISTRESS: dict[str, object] = {
    **{f"start_{n}": 1 for n in range(1, 9)},
    **{f"dass_{n}": 3 for n in range(1, 22)},
    **{"start_9": 4, "psychosocial": True, "many_complaints": True, "expectation": 10},
}


ENGINE = Engine(POLICY)


def evaluated(given: Answers, findings: tuple[Finding, ...]) -> Evaluation:
    return ENGINE.evaluate(case(findings, score(given), given))


@cache
def table() -> tuple[tuple[Vignette, Case, Evaluation], ...]:
    """Every vignette with its evaluation."""
    cases = [(vignette, vignette.case()) for vignette in vignettes()]
    return tuple((vignette, one, ENGINE.evaluate(one)) for vignette, one in cases)


def worst(level: str, grade: str = "I") -> tuple[Finding, ...]:
    """A narrow canal, a slip and herniations of both sides, with everything else that degenerates."""
    graded = (("central_canal_stenosis", "3"), ("modic_type", "1"), ("pfirrmann_grade", "5"))
    return (
        canal(level, 5.0),
        slip(level, 16.0 if grade != "I" else 7.0, grade),
        herniation(level, 0.99, "left"),
        *(Finding(feature=name, level=level, status="assessed", grade=value) for name, value in graded),
    )


@pytest.mark.parametrize("flag", FLAGS)
def test_a_red_flag_makes_no_vignette_less_urgent(flag: str) -> None:
    for vignette, one, before in table():
        after = ENGINE.evaluate(with_answer(flag, True)(one))
        assert after.pathway == "urgent_review", vignette.id
        assert URGENCIES.index(after.urgency) >= URGENCIES.index(before.urgency), vignette.id


def test_distress_changes_no_pathway() -> None:
    for vignette, _, before in table():
        after = evaluated(vignette.given.with_changes(DISTRESS), vignette.findings)
        assert (after.pathway, after.urgency, after.deciding) == (before.pathway, before.urgency, before.deciding), (
            vignette.id
        )


@pytest.mark.parametrize("grade", ["I", "III"])
def test_no_vignette_becomes_surgical_by_imaging_without_complaints(grade: str) -> None:
    findings = tuple(one for level in LEVELS for one in worst(level, grade))
    for vignette in vignettes():
        calm = vignette.given.with_changes(CALM)
        assert evaluated(calm, findings).pathway != "surgical_consult", vignette.id


def test_no_axial_pain_becomes_surgical_by_any_imaging_short_of_a_high_slip() -> None:
    findings = tuple(one for level in LEVELS for one in worst(level))
    axial = [vignette for vignette, _, before in table() if before.facts["leg_symptoms"] is False]
    assert len(axial) > 30
    for vignette in axial:
        assert evaluated(vignette.given, findings).pathway != "surgical_consult", vignette.id


FINDINGS = st.lists(
    st.one_of(
        st.builds(canal, st.sampled_from(LEVELS), st.floats(3, 20)),
        st.builds(slip, st.sampled_from(LEVELS), st.floats(-10, 20), st.sampled_from(["0", "I", "II", "III"])),
        st.builds(herniation, st.sampled_from(LEVELS), st.floats(0, 1), st.sampled_from([None, "left", "right"])),
    ),
    max_size=12,
    unique_by=lambda f: (f.feature, f.level),
).map(tuple)
USED = sorted(names_used(POLICY)["answer"])
COMPLETIONS = st.fixed_dictionaries({}, optional={code: st.sampled_from(item_values(ITEMS[code])) for code in USED})


@given(FINDINGS)
@settings(max_examples=40, deadline=None)
def test_no_imaging_whatever_is_surgical_without_complaints(findings: tuple[Finding, ...]) -> None:
    assert evaluated(answers(**CALM), findings).pathway != "surgical_consult"


@given(FINDINGS, COMPLETIONS, st.sampled_from(FLAGS))
@settings(max_examples=40, deadline=None)
def test_a_red_flag_is_urgent_whatever_else(findings: tuple[Finding, ...], given: dict[str, object], flag: str) -> None:
    assert evaluated(Answers.model_validate({**given, flag: True}), findings).pathway == "urgent_review"


@given(FINDINGS, COMPLETIONS, st.sets(st.sampled_from(USED), max_size=6))
@settings(max_examples=80, deadline=None)
def test_a_missing_answer_never_hides_the_other_pathway(
    findings: tuple[Finding, ...], given: dict[str, object], left_out: set[str]
) -> None:
    """What is proposed with answers missing still holds, or is withdrawn, when they are given."""
    whole = answers(**given)
    partial = evaluated(whole.with_changes(dict.fromkeys(left_out)), findings)
    complete = evaluated(whole, findings)
    if partial.pathway in ("surgical_consult", "non_surgical_consult"):
        assert complete.pathway in (partial.pathway, "no_recommendation")
    if partial.pathway == "urgent_review":
        assert complete.pathway == "urgent_review"


@given(FINDINGS, st.data())
@settings(max_examples=40, deadline=None)
def test_a_missing_sequence_is_never_a_negative_finding(findings: tuple[Finding, ...], data: st.DataObject) -> None:
    """Without some findings the pathway stays, or nothing is proposed; it never becomes another."""
    given = answers(leg_pain=True, leg_side="left", leg_below_knee=True, leg_area=["calf_little_toe"], nrs_leg=7)
    features = st.sampled_from(["canal_ap_diameter", "spondylolisthesis", "disc_herniation"])
    complete = tuple(one for level in LEVELS for one in (canal(level, 15), slip(level, 0.2), herniation(level, 0.0)))
    keys = {(f.feature, f.level) for f in findings}
    whole = (*findings, *(f for f in complete if (f.feature, f.level) not in keys))
    left_out = data.draw(features)
    partial = evaluated(given, tuple(f for f in whole if f.feature != left_out))
    full = evaluated(given, whole)
    if partial.pathway in ("surgical_consult", "non_surgical_consult"):
        assert full.pathway in (partial.pathway, "no_recommendation")


def test_the_order_of_findings_does_not_matter() -> None:
    for vignette, one, before in table():
        other = replace(one, findings=tuple(reversed(one.findings)))
        assert ENGINE.evaluate(other).deciding == before.deciding, vignette.id
