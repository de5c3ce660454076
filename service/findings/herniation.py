"""Disc herniation: focal displacement of disc material beyond the rims, bulging not counted; from T2, in the mid-sagittal plane."""

from service.findings.disc_reading import DiscReading
from service.findings.model import Finding

FEATURE = "disc_herniation"


def grade_herniation(disc: DiscReading) -> Finding:
    """``disc_herniation``; its depth and side are those of ``herniation_depth``."""
    if disc.missing:
        return disc.refused(FEATURE, disc.missing)
    return disc.graded(FEATURE, "herniation")
