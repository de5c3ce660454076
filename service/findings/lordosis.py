"""Lumbar lordosis in the sagittal plane."""

import numpy as np

from service.anatomy.endplates import Endplate
from service.anatomy.landmarks import Landmarks
from service.anatomy.model import Anatomy
from service.findings.model import Finding, not_assessable
from service.findings.uncertainty import LEAST_CONFIDENCE, interval_of, standard_error

FEATURE = "lumbar_lordosis"
TO_S1 = "sagittal angle between the upper endplates of L1 and S1; supine"
TO_L5 = (
    "sagittal angle between the upper endplate of L1 and the lower endplate of L5, that of S1 not being seen; supine"
)
SHORT = "measured to L5, for the upper endplate of S1 was not found: to S1 it is larger by what L5 and its disc add"
_L5, _L1 = 1, 5


def measure_lordosis(anatomy: Anatomy, landmarks: Landmarks) -> list[Finding]:
    """``lumbar_lordosis`` in degrees, positive where the spine is hollow at the back."""
    top = landmarks.bodies.get(_L1)
    if top is None:
        return [_refused(anatomy, "L1 is not seen whole")]
    if 0 in landmarks.bodies:
        base, foot, method = 0, landmarks.bodies[0].upper, TO_S1
    elif _L5 in landmarks.bodies:
        base, foot, method = _L5, landmarks.bodies[_L5].lower, TO_L5
    else:
        return [_refused(anatomy, "neither S1 nor L5 is seen whole")]
    confidence = min(landmarks.confidence(_L1), landmarks.confidence(base))
    if landmarks.ends_short(_L1) or landmarks.ends_short(base):
        return [_refused(anatomy, "an end vertebra is outlined at one side only")]
    if confidence < LEAST_CONFIDENCE:
        return [_refused(anatomy, "the outlines of the end vertebrae are too uncertain to measure")]
    angle = sagittal_lean(foot) - sagittal_lean(top.upper)
    return [
        Finding(
            feature=FEATURE,
            status="assessed",
            value=round(angle, 3),
            unit="degrees",
            interval=interval_of(angle, standard_error(FEATURE, anatomy, confidence)),
            confidence=confidence,
            method=method,
            series=anatomy.series.id,
            reason=None if base == 0 else SHORT,
            details={"upper": "L1", "lower": "S1" if base == 0 else "L5"},
        )
    ]


def sagittal_lean(endplate: Endplate) -> float:
    """Degrees by which an endplate slopes down to the front, in the sagittal plane."""
    return float(np.degrees(np.arctan2(-endplate.normal[1], endplate.normal[2])))


def _refused(anatomy: Anatomy, reason: str) -> Finding:
    return not_assessable(FEATURE, reason, series=anatomy.series.id)
