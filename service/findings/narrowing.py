"""Disc space narrowing, as a radiologist would call it; the height itself is ``disc_height``."""

from service.findings.disc_reading import DiscReading
from service.findings.model import Finding

FEATURE = "disc_narrowing"


def grade_narrowing(disc: DiscReading) -> Finding:
    """``disc_narrowing``, from T1 or T2."""
    return disc.graded(FEATURE, "narrowing")
