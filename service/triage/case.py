"""One case as the policy's conditions see it: known answers, known scores, usable findings per level and side."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from service.findings.model import Finding
from service.questionnaire.answers import Answers, Value
from service.questionnaire.model import Scores
from service.triage.policy import Policy

Side = Literal["left", "right"] | None
_ROMAN = {"I": 1.0, "II": 2.0, "III": 3.0, "IV": 4.0, "V": 5.0}


@dataclass(frozen=True)
class Case:
    """The inputs of one evaluation; what is not known is absent from each mapping."""

    answers: Mapping[str, Value]
    scores: Mapping[str, float]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class LevelFindings:
    """What was found at one level and side: feature to its value, grade and probability."""

    level: str
    side: Side
    found: Mapping[str, Mapping[str, float]]

    def key(self) -> tuple[object, ...]:
        """The findings as something that can be compared and remembered."""
        return tuple((name, tuple(sorted(numbers.items()))) for name, numbers in sorted(self.found.items()))


def case(findings: tuple[Finding, ...], scores: Scores, answers: Answers) -> Case:
    """The inputs, with what could not be scored left out."""
    known = {score.key: score.value for score in scores.scores if score.value is not None}
    return Case(answers.root, known, findings)


def usable(finding: Finding, policy: Policy) -> bool:
    """Whether a finding may be reasoned with: assessed, not below the policy's least confidence, and not left open."""
    sure = finding.confidence is None or finding.confidence >= policy.limit("confidence")
    return finding.status == "assessed" and sure and not _left_open(finding, policy)


def _left_open(finding: Finding, policy: Policy) -> bool:
    """Improbable, of a feature that a low probability does not exclude, and not graded by anyone."""
    if finding.feature not in policy.presence_only or finding.grade is not None:
        return False
    return finding.probability is None or finding.probability < policy.limit("present")


def levels(case: Case, policy: Policy) -> list[LevelFindings]:
    """Every level, and side where sides are known, that is required or has a finding; from the head down."""
    known: dict[str, list[Finding]] = {name: [] for name in policy.roots.values}
    open_sides = {(f.feature, f.level, f.side) for f in case.findings if f.side and not usable(f, policy)}
    for finding in case.findings:
        if finding.level in known and usable(finding, policy):
            known[finding.level].append(finding)
    return [
        LevelFindings(name, side, _without(_at(found, side, policy), name, side, open_sides))
        for name, found in known.items()
        if found or name in policy.required_levels
        for side in _sides(found, policy)
    ]


def numbers(finding: Finding) -> dict[str, float]:
    """value, grade and probability of a finding as numbers; a grade alone gives a probability of 0 or 1."""
    grade = grade_number(finding.grade)
    probability = finding.probability
    if probability is None and grade is not None:
        probability = float(grade > 0)
    found = {"value": finding.value, "grade": grade, "probability": probability}
    return {key: float(value) for key, value in found.items() if value is not None}


def grade_number(grade: str | None) -> float | None:
    """A grade written in digits or Roman numerals; None for any other."""
    if grade is None:
        return None
    text = grade.strip().upper()
    return float(text) if text.isdigit() else _ROMAN.get(text)


def _without(
    found: dict[str, dict[str, float]], level: str, side: Side, open_sides: Collection[tuple[str, str | None, Side]]
) -> dict[str, dict[str, float]]:
    """Without what could not be assessed on this side, which the other side's finding says nothing about."""
    return {feature: numbers for feature, numbers in found.items() if (feature, level, side) not in open_sides}


def _sides(found: list[Finding], policy: Policy) -> tuple[Side, ...]:
    if not any(f.side for f in found):
        return (None,)
    return ("left", "right", None) if any(_side_unknown(f, policy) for f in found) else ("left", "right")


def _side_unknown(finding: Finding, policy: Policy) -> bool:
    """Present, of a feature that has a side, and the side is not known."""
    present = numbers(finding).get("probability", 0.0) >= policy.limit("present")
    return finding.side is None and finding.feature in policy.lateralised and present


def _at(found: list[Finding], side: Side, policy: Policy) -> dict[str, dict[str, float]]:
    whole = {f.feature: numbers(f) for f in found if f.side is None and (side is None or not _side_unknown(f, policy))}
    other = {f.feature: {"probability": 0.0} for f in found if side and f.side and f.feature in policy.lateralised}
    return {**whole, **other, **{f.feature: numbers(f) for f in found if f.side == side and side}}
