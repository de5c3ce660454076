"""Disc degeneration by the five grades of Pfirrmann et al., Spine 2001;26:1873, from T2."""

from collections.abc import Mapping

from service.findings.disc_reading import GRADES, METHOD, DiscReading
from service.findings.model import Finding

FEATURE = "pfirrmann_grade"


def grade_pfirrmann(disc: DiscReading) -> Finding:
    """``pfirrmann_grade``: the median grade; ``probability`` is that the disc is degenerated (3 to 5)."""
    if disc.missing:
        return disc.refused(FEATURE, disc.missing)
    odds = {grade: disc.said[f"grade {grade}"] for grade in range(1, GRADES + 1)}
    return Finding(
        feature=FEATURE,
        level=disc.level,
        status="assessed",
        grade=str(median_grade(odds)),
        probability=round(degenerated(odds), 4),
        confidence=disc.confidence,
        method=METHOD,
        series=disc.series,
        details={f"probability_{grade}": round(odd, 4) for grade, odd in odds.items()},
    )


def median_grade(odds: Mapping[int, float]) -> int:
    """The highest grade that is reached or passed at least as likely as not, as ``black_disc`` and ``probability`` read the same odds."""
    return max(grade for grade in odds if grade == 1 or sum(odds[g] for g in odds if g >= grade) >= 0.5)


def degenerated(odds: Mapping[int, float]) -> float:
    """Probability of grade 3 or more: nucleus and annulus no longer told apart."""
    return min(sum(odd for grade, odd in odds.items() if grade >= 3), 1.0)
