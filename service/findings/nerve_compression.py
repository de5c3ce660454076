"""Suspicion of nerve root compression from sagittal signs: raised where there is one, never ruled out where there is none."""

from math import prod

from service.anatomy.canal import Canal, find_canal
from service.anatomy.landmarks import DiscSpace, Landmarks, Level, number_name
from service.anatomy.model import Anatomy
from service.findings.bulging import bulge_of, side_of
from service.findings.canal import canal_at
from service.findings.foraminal_stenosis import suspicion
from service.findings.levels import Side, per_side
from service.findings.model import Finding, not_assessable

COMPRESSION = "nerve_compression"
CEILING = 0.3
"""Confidence of a suspicion, below the policy's least: no proposal rests on it. Provenance: expert."""
NO_SIGN = (
    "sagittal images show no sign of it here, which does not rule it out; roots and lateral recesses need axial images"
)
UNSEEN = "neither disc, canal nor foramen could be measured here, so there was nothing to suspect it by"
CAUTION = "a suspicion from sagittal signs: whether and how far a root is compressed needs axial images"
_DEEP_MM, _NARROW_MM, _SUSPECT = 4.0, 10.0, 0.5
"""Depth of a herniation, diameter of the canal and suspicion in the foramen from which each is a sign. Provenance: illustrative; the
diameter as in the policy."""
_WORTH = {"herniation": 0.5, "narrow canal": 0.4}
"""Probability that a root is compressed, by one sign alone. Provenance: illustrative."""


def measure_nerve_compression(anatomy: Anatomy, landmarks: Landmarks) -> list[Finding]:
    """``nerve_compression`` at every level and side: a probability where there is a sign, not assessable where there is none.

    No grade: contact, deviation and compression (Pfirrmann et al., Radiology 2004;230:583) are told apart on axial images only.
    """
    canal = find_canal(anatomy)

    def suspect(level: Level, space: DiscSpace, side: Side) -> Finding:
        signs = signs_of(anatomy, canal, level, space, side)
        if not signs:
            reason = NO_SIGN if _looked(anatomy, canal, level, space, side) else UNSEEN
            return not_assessable(COMPRESSION, reason, level=level.name, series=anatomy.series.id)
        return Finding(
            feature=COMPRESSION,
            level=level.name,
            status="assessed",
            probability=round(1 - prod(1 - worth for worth in signs.values()), 3),
            confidence=min(level.confidence, CEILING),
            method="sagittal signs, each of its own worth, taken as independent; illustrative",
            series=anatomy.series.id,
            reason=CAUTION,
            details={
                "signs": ", ".join(signs),
                "exiting_root": number_name(level.number),
                "traversing_root": number_name(level.number - 1),
            },
        )

    return per_side(COMPRESSION, anatomy, landmarks, suspect)


def _looked(anatomy: Anatomy, canal: Canal | None, level: Level, space: DiscSpace, side: Side) -> bool:
    """Whether anything was measured that could have been a sign."""
    if bulge_of(anatomy, level, space) is not None or suspicion(anatomy, level, space, side) is not None:
        return True
    cut = None if canal is None else canal_at(canal, space)
    return cut is not None and not cut.beside_middle


def signs_of(anatomy: Anatomy, canal: Canal | None, level: Level, space: DiscSpace, side: Side) -> dict[str, float]:
    """The signs at a level and side, each with the probability that it alone gives."""
    signs = {}
    bulge = bulge_of(anatomy, level, space)
    if bulge is not None and bulge.deepest >= _DEEP_MM and side_of(bulge.lateral) in (side, "central", "unknown"):
        signs["herniation"] = _WORTH["herniation"]
    cut = None if canal is None else canal_at(canal, space)
    if cut is not None and not cut.beside_middle and cut.at_disc.diameter < _NARROW_MM:
        signs["narrow canal"] = _WORTH["narrow canal"]
    foraminal = suspicion(anatomy, level, space, side)
    if foraminal is not None and foraminal >= _SUSPECT:
        signs["low foramen"] = foraminal
    return signs
