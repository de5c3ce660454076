"""Disc herniation: focal displacement of disc material beyond the rims, bulging not counted; from T2, in the mid-sagittal plane."""

from service.findings.disc_reading import DiscReading
from service.findings.model import Finding

FEATURE = "disc_herniation"
NOT_EXCLUDED = "a low probability does not exclude a herniation: herniations are rare in the training data and may lie beside the middle"


def grade_herniation(disc: DiscReading) -> Finding:
    """``disc_herniation``, graded only where it is likely; its depth and side are those of ``herniation_depth``.

    The model orders discs (card: AUC) and misses many, so it never says that there is none.
    """
    if disc.missing:
        return disc.refused(FEATURE, disc.missing)
    finding = disc.graded(FEATURE, "herniation")
    if finding.grade == "present":
        return finding
    return finding.model_copy(update={"grade": None, "reason": NOT_EXCLUDED})
