"""Coronal Cobb angle from sagittal slices: the largest angle between any two endplates.

Method after van der Graaf et al., Eur Radiol 2024 (doi 10.1007/s00330-024-10616-8): all endplates against all others.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from service.anatomy.endplates import Endplate
from service.anatomy.landmarks import Landmarks, number_name
from service.anatomy.model import Anatomy
from service.findings.model import Finding, not_assessable
from service.findings.uncertainty import LEAST_CONFIDENCE, interval_of, standard_error

FEATURE = "cobb_angle"
METHOD = (
    "largest angle in the patient's coronal plane between any two endplates, each fitted across the sagittal slices, bodies outlined much narrower than the others left out; "
    "supine, so it underestimates a standing curve"
)
_LEAST_BODIES = 3
_LUMBAR, _NARROW = range(1, 6), 0.75
"""A lumbar body outlined narrower than this part of the usual one ends short at a side, and its endplates seem to tilt. Provenance: expert."""


@dataclass(frozen=True)
class Tilt:
    """An endplate's tilt in the coronal plane in degrees, positive where its left side is lower, and its standard error."""

    vertebra: str
    side: str
    degrees: float
    error: float


def measure_cobb(anatomy: Anatomy, landmarks: Landmarks) -> list[Finding]:
    """``cobb_angle`` in degrees of the whole spine shown, with the tilt of every endplate."""
    tilts = tilts_of(landmarks)
    reason = _refusal(anatomy, landmarks, tilts)
    if reason:
        return [not_assessable(FEATURE, reason, series=anatomy.series.id)]
    one, other = max(combinations(tilts, 2), key=lambda pair: abs(pair[0].degrees - pair[1].degrees))
    angle = abs(one.degrees - other.degrees)
    confidence = min(landmarks.confidence(n) for n in landmarks.bodies)
    error = float(np.hypot(np.hypot(one.error, other.error), standard_error(FEATURE, anatomy, confidence)))
    return [
        Finding(
            feature=FEATURE,
            status="assessed",
            value=round(angle, 3),
            unit="degrees",
            interval=interval_of(angle, error, least=0),
            confidence=confidence,
            method=METHOD,
            series=anatomy.series.id,
            details={
                "upper": other.vertebra,
                "lower": one.vertebra,
                **{f"tilt_{t.vertebra}_{t.side}": round(t.degrees, 2) for t in tilts},
            },
        )
    ]


def tilts_of(landmarks: Landmarks) -> list[Tilt]:
    """Every endplate of a vertebra whose tilt the slices can tell, from the lowest up."""
    tilts = []
    lumbar = [body.width for number, body in landmarks.bodies.items() if number in _LUMBAR and body.covered]
    least = _NARROW * float(np.median(lumbar)) if lumbar else 0.0
    for number, body in sorted(landmarks.bodies.items()):
        ends_short = number in _LUMBAR and body.width < least
        if number == 0 or not body.covered or ends_short or landmarks.confidence(number) < LEAST_CONFIDENCE:
            continue
        for side, endplate in (("lower", body.lower), ("upper", body.upper)):
            if np.isfinite(endplate.tilt_error):
                tilts.append(Tilt(number_name(number), side, coronal_tilt(endplate), endplate.tilt_error))
    return tilts


def coronal_tilt(endplate: Endplate) -> float:
    """Degrees by which an endplate slopes down to the patient's left, in the coronal plane."""
    return float(np.degrees(np.arctan2(endplate.normal[0], endplate.normal[2])))


def _refusal(anatomy: Anatomy, landmarks: Landmarks, tilts: list[Tilt]) -> str:
    if anatomy.series.geometry.shape[0] == 1:
        return "a single slice does not show the coronal plane"
    usable = len({t.vertebra for t in tilts})
    if usable >= _LEAST_BODIES:
        return ""
    if len(landmarks.bodies) >= _LEAST_BODIES:
        return "the slices do not cover the vertebral bodies from side to side, are too few to tell their tilt, or the outlines end short at a side"
    return f"fewer than {_LEAST_BODIES} whole vertebral bodies were seen"
