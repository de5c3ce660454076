"""What is common at this age without any pain: findings of this patient that many people of the same age have and never feel."""

from collections.abc import Iterable

import numpy as np

from service.findings.catalogue import CATALOGUE, EVIDENCE_SOURCES
from service.findings.feature import Feature
from service.findings.listhesis import FEATURE as SLIP
from service.findings.listhesis import is_slip
from service.findings.model import Finding
from service.questionnaire.answers import Answers
from service.questionnaire.model import Text
from service.triage.case import grade_number, numbers, usable
from service.triage.labels import label
from service.triage.model import AgeNorm
from service.triage.policy import Policy

COMMON_PERCENT = 20
"""Share of people without pain from which a finding is called common. Provenance: expert."""
_NEAR_YEARS = 10
"""How far from its age a prevalence that is known at one age alone still says something. Provenance: expert."""
_DEGENERATED = 3
"""Pfirrmann grade from which a disc counts as degenerated in studies of prevalence. Provenance: expert."""


def common_at_age(findings: Iterable[Finding], answers: Answers, policy: Policy) -> tuple[AgeNorm, ...]:
    """For each feature that is present somewhere: how many people of this age have it without pain, where that is common and known.

    Prevalences are those of the catalogue (``Feature.without_pain``), between the ages given by a straight line. Nothing is said where
    the age is unknown.
    """
    age = answers.root.get("age")
    if not isinstance(age, int | float):
        return ()
    seen: dict[str, list[str]] = {}
    for finding in findings:
        if usable(finding, policy) and _present(finding, policy):
            seen.setdefault(finding.feature, []).append(finding.level or "")
    return tuple(
        _norm(feature, age, percent, tuple(level for level in dict.fromkeys(seen[feature.finding]) if level))
        for feature in CATALOGUE.values()
        if feature.finding in seen and (percent := _percent(feature, age)) is not None and percent >= COMMON_PERCENT
    )


def _present(finding: Finding, policy: Policy) -> bool:
    if finding.feature == "pfirrmann_grade":
        return (grade_number(finding.grade) or 0) >= _DEGENERATED
    if finding.feature == SLIP:
        return is_slip(finding, policy.limit("slip"), policy.limit("present"))
    return numbers(finding).get("probability", 0.0) >= policy.limit("present")


def _percent(feature: Feature, age: float) -> int | None:
    """Percentage without pain at an age; none outside the ages that were studied."""
    known = sorted(feature.without_pain.items())
    if not known:
        return None
    ages, shares = zip(*known, strict=True)
    slack = _NEAR_YEARS if len(known) == 1 else 0
    if not ages[0] - slack <= age <= ages[-1] + slack:
        return None
    return round(float(np.interp(age, ages, shares)))


def _norm(feature: Feature, age: float, percent: int, levels: tuple[str, ...]) -> AgeNorm:
    name = label(f"finding:{feature.finding}")
    source = "; ".join(EVIDENCE_SOURCES[key] for key in feature.sources if key in ("asymptomatic", "reviews of signs"))
    text = Text(
        nl=f"Gewoon op deze leeftijd: {name.nl} komt voor bij ongeveer {percent} % van de mensen van {age:.0f} jaar zonder pijn.",
        en=f"Common at this age: {name.en} is seen in about {percent} % of people of {age:.0f} without pain.",
    )
    return AgeNorm(feature=feature.finding, levels=levels, age=age, percent=percent, text=text, source=source)
