"""Black disc: one that has lost its signal on T2."""

from service.findings.disc_reading import DiscReading
from service.findings.model import Finding

FEATURE = "black_disc"
METHOD = (
    "Pfirrmann grade 4 or 5, the grades whose nucleus is hypointense on T2 (Pfirrmann et al., Spine 2001;26:1873); "
    "no data set labels black discs themselves"
)
DARK = ("grade 4", "grade 5")


def grade_black_disc(disc: DiscReading) -> Finding:
    """``black_disc``: present where grades 4 and 5 are together at least as likely as the others."""
    if disc.missing:
        return disc.refused(FEATURE, disc.missing)
    probability = min(sum(disc.said[grade] for grade in DARK), 1.0)
    return Finding(
        feature=FEATURE,
        level=disc.level,
        status="assessed",
        grade="present" if probability >= 0.5 else "absent",
        probability=round(probability, 4),
        confidence=disc.confidence,
        method=METHOD,
        series=disc.series,
    )
