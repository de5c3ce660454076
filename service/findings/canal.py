"""The spinal canal at every disc level: antero-posterior diameter and area, on their own and against disc and mid-vertebra."""

from dataclasses import dataclass

import numpy as np

from service.anatomy.canal import Canal, CrossSection, cross_section, find_canal
from service.anatomy.landmarks import DiscSpace, Landmarks, Level
from service.anatomy.memory import remembered
from service.anatomy.model import Anatomy
from service.findings.levels import per_disc
from service.findings.model import Finding, not_assessable
from service.findings.uncertainty import interval_of, standard_error

DIAMETER, AREA = "canal_ap_diameter", "canal_area"
NO_CANAL = "the spinal canal was not segmented at this level"
NOT_COVERED = "the slices do not show the canal from side to side"
NO_MIDDLE = "the slices do not show the middle of the canal here, or may not"
AT_LEAST_CONFIDENCE = 0.4
"""Most confidence in a diameter that may have been taken beside the canal's middle; no proposal rests on it. Provenance: expert."""
_ROOMY_MM = 10.0
"""Half-way up a vertebra, where neither disc nor facet joints narrow it, a canal is hardly ever less deep: where one slice shows it so, and no deeper at the disc, that slice is
likelier to lie beside its middle. Provenance: expert."""
_WIDEST_MM = 25.0
"""Of canals at disc level; up to here may one go whose middle is not seen. Provenance: expert."""


@dataclass(frozen=True)
class LevelCanal:
    """The canal at a disc's mid-plane, and half-way up the vertebra above it where that is seen."""

    at_disc: CrossSection
    at_vertebra: CrossSection | None
    disc_length: float

    @property
    def beside_middle(self) -> bool:
        """Whether the slices miss the canal's middle, or seem to: the diameter is then the least that it can be."""
        if self.at_disc.middle is not None:
            return not self.at_disc.middle
        narrow = self.at_vertebra is None or self.at_vertebra.diameter < _ROOMY_MM
        return narrow and self.at_disc.diameter < _ROOMY_MM


def measure_canal(anatomy: Anatomy, landmarks: Landmarks) -> list[Finding]:
    """``canal_ap_diameter`` (mm) and ``canal_area`` (mm²) at every disc level.

    The ratio to the mid-vertebral level and to the disc's own length grade narrowing better than the size alone: Bharadwaj et al.,
    AJNR 2022;43:1530.
    """
    canal = find_canal(anatomy)

    def diameter(level: Level, space: DiscSpace) -> Finding:
        found = None if canal is None else canal_at(canal, space)
        if found is None:
            return not_assessable(DIAMETER, NO_CANAL, level=level.name, series=anatomy.series.id)
        return _diameter(anatomy, level, found)

    def area(level: Level, space: DiscSpace) -> Finding:
        found = None if canal is None else canal_at(canal, space)
        if found is None or found.at_disc.area is None:
            reason = NO_CANAL if found is None else NOT_COVERED
            return not_assessable(AREA, reason, level=level.name, series=anatomy.series.id)
        return _area(anatomy, level, found, found.at_disc.area)

    return [*per_disc(DIAMETER, anatomy, landmarks, diameter), *per_disc(AREA, anatomy, landmarks, area)]


@remembered
def canal_at(canal: Canal, space: DiscSpace) -> LevelCanal | None:
    """Cut the canal at the mid-plane of a disc and half-way up the body above; none where it does not reach the disc."""
    at_disc = _cut(canal, space.centre, space.normal)
    if at_disc is None:
        return None
    body = space.upper
    return LevelCanal(at_disc, _cut(canal, body.middle, body.up), space.length)


def canal_confidence(anatomy: Anatomy, level: Level) -> float:
    """How well the level and the canal itself are outlined."""
    return min([level.confidence, *(structure.confidence for structure in anatomy.of("canal"))])


def _cut(canal: Canal, centre: np.ndarray, normal: np.ndarray) -> CrossSection | None:
    crossing = canal.crossing(centre, normal)
    return None if crossing is None else cross_section(canal, *crossing)


def _diameter(anatomy: Anatomy, level: Level, found: LevelCanal) -> Finding:
    value, sure = found.at_disc.diameter, canal_confidence(anatomy, level)
    details: dict[str, float | str] = {"disc_ratio": round(value / found.disc_length, 4)}
    if found.at_vertebra is not None and found.at_vertebra.diameter > 0:
        details["mid_vertebral_ratio"] = round(value / found.at_vertebra.diameter, 4)
    low, high = interval_of(value, standard_error(DIAMETER, anatomy, sure), least=0)
    return Finding(
        feature=DIAMETER,
        level=level.name,
        status="assessed",
        value=round(value, 3),
        unit="mm",
        interval=(low, max(high, _WIDEST_MM) if found.beside_middle else high),
        confidence=min(sure, AT_LEAST_CONFIDENCE) if found.beside_middle else sure,
        reason=f"{NO_MIDDLE}: it is at least as wide as this" if found.beside_middle else None,
        method="antero-posterior extent across the canal's centreline at the disc's mid-plane, mid-sagittal",
        series=anatomy.series.id,
        details=details,
    )


def _area(anatomy: Anatomy, level: Level, found: LevelCanal, value: float) -> Finding:
    sure = canal_confidence(anatomy, level)
    details: dict[str, float | str] = {}
    if found.at_vertebra is not None and found.at_vertebra.area:
        details["mid_vertebral_ratio"] = round(value / found.at_vertebra.area, 4)
    return Finding(
        feature=AREA,
        level=level.name,
        status="assessed",
        value=round(value, 2),
        unit="mm2",
        interval=interval_of(value, standard_error(AREA, anatomy, sure), least=0),
        confidence=sure,
        method="cross-section of the canal across its centreline at the disc's mid-plane: the sum over the slices, led by the ellipse through them",
        series=anatomy.series.id,
        details=details,
    )
