"""Central canal stenosis, grade 0 to 3 at every disc level, from what is measured of the canal on sagittal T2."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from service.anatomy.canal import find_canal
from service.anatomy.landmarks import DiscSpace, Landmarks, Level
from service.anatomy.model import Anatomy
from service.anatomy.network import Network
from service.findings.canal import NO_CANAL, NO_MIDDLE, LevelCanal, canal_at, canal_confidence
from service.findings.canal_csf import LevelCsf, csf_along, csf_at
from service.findings.levels import per_disc
from service.findings.model import Finding, not_assessable

STENOSIS, MODEL = "central_canal_stenosis", "stenosis"
MEASURES = (
    "diameter_mm",
    "diameter_disc_ratio",
    "diameter_vertebra_ratio",
    "area_mm2",
    "area_vertebra_ratio",
    "csf_fraction",
    "csf_vertebra_ratio",
)
"""What a level is graded by, in the order of the model's input; nan where the slices do not tell it."""
GRADES = ("0", "1", "2", "3")
PRESENT = 2
"""Moderate or worse, the division that the grades were validated with: Eur Radiol 2025;35:2298."""
NO_T2 = "central stenosis is graded on T2 only, and there is no series known to be T2"


def grade_stenosis(network: Network, anatomies: Sequence[Anatomy], landmarks: Landmarks) -> list[Finding]:
    """``central_canal_stenosis``: the class, the probability that it is moderate or worse, and the measures behind both.

    The four classes are those of Lee et al., Skeletal Radiol 2011;40:1033, who read them on axial images: here they are estimated,
    from measures of the kind that grade them best (ratios to the level's own disc and to mid-vertebra; Bharadwaj et al., AJNR
    2022;43:1530). What the model is worth stands in its own metadata: ``provenance``, and ``confidence``, which no finding exceeds.
    """
    anatomy = anatomies[0]
    told = anatomy.series.weighting == "T2"
    measures = measures_of(anatomy, landmarks) if told else {}
    canal = find_canal(anatomy)

    def grade(level: Level, space: DiscSpace) -> Finding:
        found = measures.get(level.number)
        cut = None if canal is None else canal_at(canal, space)
        if found is None or cut is None:
            return not_assessable(STENOSIS, NO_CANAL if told else NO_T2, level=level.name, series=anatomy.series.id)
        if cut.beside_middle:
            return not_assessable(STENOSIS, NO_MIDDLE, level=level.name, series=anatomy.series.id)
        return _finding(network, anatomy, level, found)

    return per_disc(STENOSIS, anatomy, landmarks, grade)


def measures_of(anatomy: Anatomy, landmarks: Landmarks) -> dict[int, NDArray[np.float32]]:
    """(7,) ``MEASURES`` by the number of each disc level where the canal was seen; 1 is L5-S1."""
    canal = find_canal(anatomy)
    if canal is None:
        return {}
    along = csf_along(canal, anatomy)
    found = {}
    for level in landmarks.levels:
        cut = None if level.space is None else canal_at(canal, level.space)
        if cut is not None and level.space is not None:
            found[level.number] = _measures(cut, csf_at(canal, along, level.space))
    return found


def _measures(cut: LevelCanal, csf: LevelCsf | None) -> NDArray[np.float32]:
    here, there = cut.at_disc, cut.at_vertebra
    depth, area = (None, None) if there is None else (there.diameter, there.area)
    share, reference = (None, None) if csf is None else (csf.at_disc, csf.at_vertebra)
    numbers = (
        here.diameter,
        here.diameter / cut.disc_length,
        _ratio(here.diameter, depth),
        here.area,
        _ratio(here.area, area),
        share,
        _ratio(share, reference),
    )
    return np.array([np.nan if number is None else number for number in numbers], np.float32)


def _ratio(value: float | None, reference: float | None) -> float | None:
    return None if value is None or not reference else value / reference


def _finding(network: Network, anatomy: Anatomy, level: Level, measures: NDArray[np.float32]) -> Finding:
    shares = network(measures[None])[0]
    known = {name: round(float(x), 4) for name, x in zip(MEASURES, measures, strict=True) if np.isfinite(x)}
    told = network.metadata
    return Finding(
        feature=STENOSIS,
        level=level.name,
        status="assessed",
        grade=GRADES[int(np.argmax(shares))],
        probability=round(min(float(shares[PRESENT:].sum()), 1.0), 4),
        confidence=min(canal_confidence(anatomy, level), float(told["confidence"])),
        method=f"{told['method']}; provenance: {told['provenance']}",
        series=anatomy.series.id,
        reason=told.get("caution"),
        details={**known, "provenance": told["provenance"]},
    )
