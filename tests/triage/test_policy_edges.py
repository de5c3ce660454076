"""Both sides of every threshold of the policy."""

import pytest

from service.findings.listhesis import is_slip
from service.findings.model import Finding
from service.questionnaire import score
from service.questionnaire.dass21 import SCALES
from service.triage import load_policy
from service.triage.case import case
from service.triage.engine import Engine, Evaluation
from service.triage.prognosis import prognoses
from tests.triage.cases import LEVELS, answers, canal, herniation, normal_spine, slip

ENGINE = Engine(load_policy())
WELL: dict[str, object] = {**{f"odi_{n}": 1 for n in range(1, 11)}, "nrs_back": 0, "nrs_leg": 0}


def evaluated(*findings: Finding, **changes: object) -> Evaluation:
    given = answers(**changes)
    return ENGINE.evaluate(case(findings or normal_spine(), score(given), given), weigh=True)


def odi(points: int) -> dict[str, object]:
    """Answers that add up to so many points of fifty."""
    whole, rest = divmod(points, 10)
    return {f"odi_{n}": whole + (n <= rest) for n in range(1, 11)}


def dass(scale: str, total: int) -> dict[str, object]:
    """Answers that add up to ``total`` on one scale, and to nothing on the others."""
    whole, rest = divmod(total, 7)
    own = {f"dass_{n}": whole + (place < rest) for place, n in enumerate(SCALES[scale])}
    return {**{f"dass_{n}": 0 for n in range(1, 22)}, **own}


def start(distress: int) -> dict[str, object]:
    """All physical items positive, and so many of the distress items."""
    return {**{f"start_{n}": int(n <= 4 + distress) for n in range(1, 9)}, "start_9": 0, "psychosocial": False}


@pytest.mark.parametrize(
    ("changes", "truth"),
    [
        (WELL, False),
        ({**WELL, "nrs_leg": 3}, False),
        ({**WELL, "nrs_leg": 4}, True),
        ({**WELL, "nrs_back": 3}, False),
        ({**WELL, "nrs_back": 4}, True),
        ({**WELL, **odi(11)}, False),
        ({**WELL, **odi(12)}, True),
    ],
)
def test_complaints_that_matter(changes: dict[str, object], truth: bool) -> None:
    assert evaluated(**changes).facts["burden"] is truth


@pytest.mark.parametrize(("age", "truth"), [(19, True), (20, False), (50, False), (51, True)])
def test_new_pain_at_the_ends_of_life(age: int, truth: bool) -> None:
    assert evaluated(rf_new_pain=True, age=age, age_at_onset=15).facts["malignancy"] is truth


@pytest.mark.parametrize(
    ("rule", "changes", "truth"),
    [
        ("contradiction_leg", {"nrs_leg": 3}, False),
        ("contradiction_leg", {"nrs_leg": 4}, True),
        ("contradiction_onset", {"age": 50, "age_at_onset": 48, "pain_weeks": 159}, False),
        ("contradiction_onset", {"age": 50, "age_at_onset": 48, "pain_weeks": 160}, True),
        ("contradiction_onset", {"age": 50, "age_at_onset": 50, "pain_weeks": 52}, False),
        ("contradiction_care", {"pain_weeks": 40, "care_weeks": 40}, False),
        ("contradiction_care", {"pain_weeks": 40, "care_weeks": 41}, True),
        ("support_distress", start(3), False),
        ("support_distress", start(4), True),
        ("support_mood", dass("depression", 10), False),
        ("support_mood", dass("depression", 11), True),
        ("support_mood", dass("anxiety", 7), False),
        ("support_mood", dass("anxiety", 8), True),
        ("support_mood", dass("stress", 12), False),
        ("support_mood", dass("stress", 13), True),
        ("support_weight", {"height_cm": 200, "weight_kg": 139.9}, False),
        ("support_weight", {"height_cm": 200, "weight_kg": 140}, True),
        ("support_smoking", {"smoking": "former"}, False),
    ],
)
def test_rules(rule: str, changes: dict[str, object], truth: bool) -> None:
    assert evaluated(**changes).rules[rule] is truth


@pytest.mark.parametrize(
    ("name", "changes", "truth"),
    [
        ("disability_with_most_gain", odi(28), True),
        ("disability_with_less_gain", odi(28), False),
        ("disability_with_most_gain", odi(29), False),
        ("disability_with_less_gain", odi(29), True),
        ("acceptable_disability", odi(11), True),
        ("acceptable_disability", odi(12), False),
        ("previous_operation", {"spine_operations": 0}, False),
        ("previous_operation", {"spine_operations": 1}, True),
    ],
)
def test_evidence_about_the_patient(name: str, changes: dict[str, object], truth: bool) -> None:
    assert evaluated(**changes).evidence[name] is truth


@pytest.mark.parametrize(("total", "truth"), [(18, False), (19, True)])
def test_neuropathic_pain(total: int, truth: bool) -> None:
    whole, rest = divmod(total, 7)
    items = {f"paindetect_{n}": whole + (n <= rest) for n in range(1, 8)}
    found = evaluated(**items, paindetect_radiation=False, paindetect_course=0)
    assert found.evidence["neuropathic_pain"] is truth


def graded(feature: str, grade: str) -> Finding:
    return Finding(feature=feature, level="L4-L5", status="assessed", grade=grade)


def probable(feature: str, probability: float) -> Finding:
    return Finding(feature=feature, level="L4-L5", status="assessed", probability=probability)


def height(value: float) -> Finding:
    return Finding(feature="disc_height", level="L4-L5", status="assessed", value=value, unit="mm")


ABSENT = herniation("L4-L5", 0.0)


def likely(finding: Finding, probability: float) -> Finding:
    return finding.model_copy(update={"probability": probability})


@pytest.mark.parametrize(
    ("fact", "findings", "truth"),
    [
        ("stenosis", [canal("L4-L5", 9.99)], True),
        ("stenosis", [canal("L4-L5", 10.0)], False),
        ("stenosis", [graded("central_canal_stenosis", "1")], False),
        ("stenosis", [graded("central_canal_stenosis", "2")], True),
        ("stenosis", [probable("central_canal_stenosis", 0.49)], False),
        ("stenosis", [probable("central_canal_stenosis", 0.5)], True),
        ("slip", [slip("L4-L5", 2.99, "I")], False),
        ("slip", [slip("L4-L5", 3.0, "I")], True),
        ("slip", [slip("L4-L5", -2.99, "I")], False),
        ("slip", [slip("L4-L5", -3.0, "I")], True),
        ("slip", [likely(slip("L4-L5", -3.0, "I"), 0.5)], True),
        ("slip", [likely(slip("L4-L5", -3.0, "I"), 0.49)], False),
        ("slip", [likely(slip("L4-L5", -9.0, "II"), 0.1)], True),
        ("slip", [likely(slip("L4-L5", 3.0, "I"), 0.49)], True),
        ("slip", [slip("L4-L5", 5.0, "0")], False),
        ("slip_high", [slip("L4-L5", 8.0, "I")], False),
        ("slip_high", [slip("L4-L5", 9.0, "II")], True),
        ("slight_slip_match", [slip("L4-L5", 8.0, "I")], True),
        ("slight_slip_match", [slip("L4-L5", 9.0, "II")], False),
        ("compression", [herniation("L4-L5", 0.49)], False),
        ("compression", [herniation("L4-L5", 0.5)], True),
        ("compression", [ABSENT, graded("nerve_compression", "1")], False),
        ("compression", [ABSENT, graded("nerve_compression", "2")], True),
        ("compression", [ABSENT, probable("nerve_compression", 0.49)], False),
        ("compression", [ABSENT, probable("nerve_compression", 0.5)], True),
        (
            "degenerated",
            [graded("pfirrmann_grade", "3"), graded("modic_type", "1"), probable("disc_bulging", 0.49)],
            False,
        ),
        ("degenerated", [graded("pfirrmann_grade", "4")], True),
        ("degenerated", [graded("modic_type", "2")], True),
        ("degenerated", [probable("disc_bulging", 0.5)], True),
        ("implausible", [canal("L4-L5", 1.0)], False),
        ("implausible", [canal("L4-L5", 0.99)], True),
        ("implausible", [canal("L4-L5", 40.0)], False),
        ("implausible", [canal("L4-L5", 40.1)], True),
        ("implausible", [slip("L4-L5", 45.0)], False),
        ("implausible", [slip("L4-L5", 45.1)], True),
        ("implausible", [slip("L4-L5", -45.0)], False),
        ("implausible", [slip("L4-L5", -45.1)], True),
        ("implausible", [height(0.0)], False),
        ("implausible", [height(-0.1)], True),
        ("implausible", [height(30.0)], False),
        ("implausible", [height(30.1)], True),
    ],
)
def test_conditions_of_a_level(fact: str, findings: list[Finding], truth: bool) -> None:
    state = next(one for one in evaluated(*findings, claudication=True).levels if one.level == "L4-L5")
    assert state.facts[fact] is truth


@pytest.mark.parametrize("grade", ["0", "I", "II", "V"])
@pytest.mark.parametrize("value", [-9.0, -3.0, -2.9, 0.0, 2.9, 3.0, 9.0])
@pytest.mark.parametrize("probability", [None, 0.0, 0.49, 0.5, 1.0])
def test_a_slip_is_the_same_to_the_policy_and_to_all_who_speak_of_it(
    value: float, grade: str, probability: float | None
) -> None:
    finding = slip("L4-L5", value, grade).model_copy(update={"probability": probability})
    state = next(one for one in evaluated(finding).levels if one.level == "L4-L5")
    assert is_slip(finding) is state.facts["slip"]


@pytest.mark.parametrize(("diameter", "truth"), [(9.9, False), (10.0, True), (11.99, True), (12.0, False)])
def test_a_somewhat_narrow_canal(diameter: float, truth: bool) -> None:
    state = next(one for one in evaluated(canal("L4-L5", diameter)).levels if one.level == "L4-L5")
    assert state.evidence["canal_somewhat_narrow"] is truth


@pytest.mark.parametrize(
    ("name", "changes", "state"),
    [
        ("two_operations", {"spine_operations": 1}, "absent"),
        ("two_operations", {"spine_operations": 2}, "present"),
        ("onset", {"age_at_onset": 19}, "present"),
        ("onset", {"age_at_onset": 20}, "absent"),
        ("onset", {"age_at_onset": 50}, "absent"),
        ("onset", {"age_at_onset": 51}, "present"),
        ("expectation", {"expectation": 6}, "absent"),
        ("expectation", {"expectation": 7}, "present"),
        ("disability", odi(11), "absent"),
        ("disability", odi(12), "present"),
    ],
)
def test_predictors(name: str, changes: dict[str, object], state: str) -> None:
    given = answers(**changes)
    found = prognoses(case(normal_spine(), score(given), given), ENGINE, {})
    assert next(one for one in found[0].predictors if one.name == name).state == state


@pytest.mark.parametrize(
    ("area", "levels"),
    [
        ("groin_front_thigh", {"L1-L2", "L2-L3", "L3-L4"}),
        ("inner_shin", {"L3-L4", "L4-L5"}),
        ("outer_shin_big_toe", {"L4-L5", "L5-S1"}),
        ("calf_little_toe", {"L5-S1"}),
    ],
)
def test_levels_that_fit_an_area_of_the_leg(area: str, levels: set[str]) -> None:
    found = evaluated(leg_pain=True, leg_side="left", leg_below_knee=True, leg_area=[area])
    assert {state.level for state in found.levels if state.facts["root_match"]} == levels
    assert len(found.levels) == len(LEVELS)
