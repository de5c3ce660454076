"""Spondylolisthesis: how far a vertebra has slipped on the one below."""

import numpy as np
from scipy.special import ndtr

from service.anatomy.endplates import VertebralBody
from service.anatomy.landmarks import DiscSpace, Landmarks, Level
from service.anatomy.model import Anatomy
from service.anatomy.regions import unit
from service.findings.disc_reading import DiscReading
from service.findings.levels import per_disc
from service.findings.model import Finding
from service.findings.uncertainty import interval_of, standard_error

FEATURE = "spondylolisthesis"
METHOD = (
    "posterior-inferior corner of the upper vertebra against the posterior-superior corner of the lower one, along the "
    "lower one's upper endplate in the mid-sagittal plane; from 3 mm on a Meyerding grade from its share of that endplate's length"
)
PRESENT_MM = 3.0
"""A displacement of at least this is called a slip: usual cut-off in studies of degenerative slips. Provenance: expert."""
_SHORTEST = 0.8
"""Length of an endplate as a part of that of the one above it: of 781 levels of SPIDER's training patients three were shorter than this. Provenance: chosen on them."""
_LIKELY = 0.5
"""Probability from which a displacement backwards counts as a slip, as ``limits.present`` of the policy. Provenance: illustrative."""
_GRADES = (("I", 25.0), ("II", 50.0), ("III", 75.0), ("IV", 100.0))


def measure_listhesis(anatomy: Anatomy, landmarks: Landmarks) -> list[Finding]:
    """``spondylolisthesis`` in mm at every disc level, positive forwards, with its Meyerding grade."""

    def measure(level: Level, space: DiscSpace) -> Finding:
        slip = slip_of(space.upper, space.lower)
        percent = 100 * abs(slip) / _length(space)
        error = standard_error(FEATURE, anatomy, level.confidence)
        return Finding(
            feature=FEATURE,
            level=level.name,
            status="assessed",
            value=round(slip, 3),
            unit="mm",
            grade=meyerding(slip, percent),
            probability=round(_beyond(slip, error), 4),
            interval=interval_of(slip, error),
            confidence=level.confidence,
            method=METHOD,
            series=anatomy.series.id,
            details={"percent": round(percent, 2), "direction": direction_of(slip)},
        )

    return per_disc(FEATURE, anatomy, landmarks, measure)


def grade_listhesis(disc: DiscReading) -> Finding:
    """The probability that a radiologist would call it a slip, to be joined to its measurement; none where one vertebra alone is seen."""
    return disc.refused(FEATURE, disc.half_seen) if disc.half_seen else disc.graded(FEATURE, "slip", scale=False)


def slip_of(upper: VertebralBody, lower: VertebralBody) -> float:
    """Displacement in mm of ``upper`` on ``lower``, positive forwards."""
    forwards = unit(lower.upper.anterior - lower.upper.posterior)
    return float(np.dot(upper.lower.posterior - lower.upper.posterior, forwards))


def _length(space: DiscSpace) -> float:
    """Of the lower vertebra's endplate in mm; of the upper one's where the lower is too short to be whole, as that of S1 at the edge of an image."""
    upper, lower = space.upper.lower.length, space.lower.upper.length
    return lower if lower >= _SHORTEST * upper else upper


def _beyond(slip: float, error: float) -> float:
    """Probability that the true displacement forwards is at least ``PRESENT_MM``, its error being normal.

    Backwards it speaks for no slip: of the discs of SPIDER's training patients 15 % stand so far back, and 3 % of these were called slips.
    """
    return float(ndtr((slip - PRESENT_MM) / error))


def is_slip(finding: Finding, least_mm: float = PRESENT_MM, likely: float = _LIKELY) -> bool:
    """Whether a ``spondylolisthesis`` counts as a slip, by the rule of the ``slip`` condition of the policy that comes with the service.

    Forwards its size and grade decide, whatever a radiologist would likely call it; backwards it has to be of grade II, or likely called
    a slip. Where it has no size or no grade, its probability decides.
    """
    called = finding.probability is None or finding.probability >= likely
    if finding.value is None or finding.grade is None:
        return finding.probability is not None and called
    if abs(finding.value) < least_mm or finding.grade == "0":
        return False
    return finding.value > 0 or finding.grade != "I" or called


def direction_of(slip: float) -> str:
    """Anterior, posterior, or none below ``PRESENT_MM``."""
    if abs(slip) < PRESENT_MM:
        return "none"
    return "anterior" if slip > 0 else "posterior"


def meyerding(slip: float, percent: float) -> str:
    """Grade 0 below ``PRESENT_MM``, since vertebrae stand a little backwards as a rule, then I to V: up to 25, 50, 75, 100 % of the endplate and beyond.

    Source: Meyerding, Surg Gynecol Obstet 1932, for the quarters; the floor is expert.
    """
    if abs(slip) < PRESENT_MM:
        return "0"
    return next((grade for grade, limit in _GRADES if percent <= limit), "V")
