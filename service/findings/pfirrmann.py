"""Disc degeneration by the five grades of Pfirrmann et al., Spine 2001;26:1873, from T2."""

from service.findings.disc_reading import GRADES, METHOD, DiscReading
from service.findings.model import Finding

FEATURE = "pfirrmann_grade"
STRETCH, MIDDLE = 1.2, 3
"""An expected grade is drawn to the middle of the scale; this takes it back. Provenance: chosen by cross-validation on the patients who
trained the model, where it raised the quadratic kappa from 0.799 to 0.802."""


def grade_pfirrmann(disc: DiscReading) -> Finding:
    """``pfirrmann_grade``: the grade nearest to the expected one; ``probability`` is that the disc is degenerated (3 to 5)."""
    if disc.missing:
        return disc.refused(FEATURE, disc.missing)
    odds = {grade: disc.said[f"grade {grade}"] for grade in range(1, GRADES + 1)}
    grade = min(max(round(MIDDLE + STRETCH * (mean_grade(odds) - MIDDLE)), 1), GRADES)
    return Finding(
        feature=FEATURE,
        level=disc.level,
        status="assessed",
        grade=str(grade),
        probability=round(degenerated(odds), 4),
        confidence=disc.confidence,
        method=METHOD,
        series=disc.series,
        details={f"probability_{grade}": round(odd, 4) for grade, odd in odds.items()},
    )


def mean_grade(odds: dict[int, float]) -> float:
    """The expected grade."""
    return sum(grade * odd for grade, odd in odds.items()) / sum(odds.values())


def degenerated(odds: dict[int, float]) -> float:
    """Probability of grade 3 or more: nucleus and annulus no longer told apart."""
    return min(sum(odd for grade, odd in odds.items() if grade >= 3), 1.0)
