"""Suspicion of foraminal stenosis from the foramen's height and the disc's: never more than a suspicion."""

from statistics import NormalDist

from service.anatomy.foramen import foramen
from service.anatomy.landmarks import DiscSpace, Landmarks, Level
from service.anatomy.model import Anatomy
from service.findings.disc_height import height_of
from service.findings.foramina import HEIGHT, why_unseen
from service.findings.levels import Side, per_side
from service.findings.model import Finding, not_assessable
from service.findings.uncertainty import standard_error

FORAMINAL = "foraminal_stenosis"
CEILING = 0.3
CAUTION = "a suspicion from two heights: whether fat is left around the root, which the grades go by, is not read"
CRITICAL_HEIGHT_MM, CRITICAL_DISC_MM = 15.0, 4.0
"""Published: with a foramen of at most 15 mm four roots of five, and with a disc of at most 4 mm at the back eight of ten, were
compressed in cadavers, 21 of 100 in all (Hasegawa et al., J Bone Joint Surg Am 1995;77:32)."""
_CRITICAL, _OTHERWISE = 0.8, 0.13
"""Share of compressed roots with and without a critical height; the second is what is left of those figures. Provenance: illustrative."""


def measure_foraminal_stenosis(anatomy: Anatomy, landmarks: Landmarks) -> list[Finding]:
    """``foraminal_stenosis`` at every level and side as a probability, its confidence at most 0.3, and no grade.

    Lee's grades 0 to 3 (AJR 2010;194:1095) say what is left of the fat around the root, which outlines do not tell.
    """

    def suspect(level: Level, space: DiscSpace, side: Side) -> Finding:
        probability, height = suspicion(anatomy, level, space, side), _disc_at_back(anatomy, space)
        if probability is None or height is None:
            return not_assessable(FORAMINAL, why_unseen(anatomy, level), level=level.name, series=anatomy.series.id)
        return Finding(
            feature=FORAMINAL,
            level=level.name,
            status="assessed",
            probability=round(probability, 3),
            confidence=min(level.confidence, CEILING),
            method="heights of the foramen and of the back of the disc against critical ones, with their errors; illustrative",
            series=anatomy.series.id,
            reason=CAUTION,
            details={"disc_posterior_mm": round(height, 3)},
        )

    return per_side(FORAMINAL, anatomy, landmarks, suspect)


def suspicion(anatomy: Anatomy, level: Level, space: DiscSpace, side: Side) -> float | None:
    """Probability that the root in this foramen is compressed; none where the slices do not show the foramen."""
    found, disc = foramen(anatomy, level.number, space, side), _disc_at_back(anatomy, space)
    if found is None or disc is None:
        return None
    low = NormalDist(found.height, standard_error(HEIGHT, anatomy, level.confidence)).cdf(CRITICAL_HEIGHT_MM)
    error = standard_error("disc_height", anatomy, level.confidence)
    flat = NormalDist(disc, error).cdf(CRITICAL_DISC_MM)
    return _OTHERWISE + (_CRITICAL - _OTHERWISE) * (1 - (1 - low) * (1 - flat))


def _disc_at_back(anatomy: Anatomy, space: DiscSpace) -> float | None:
    height = height_of(space, float(anatomy.series.geometry.spacing[0]))
    return None if height is None else height.posterior
