"""Coronal Cobb angle from sagittal slices: the largest angle between any two endplates.

Method after van der Graaf et al., Eur Radiol 2024 (doi 10.1007/s00330-024-10616-8): all endplates against all others. The largest of many
differences picks out the errors of the tilts and so is too large, above all on a straight spine; therefore every endplate is first told from
its neighbours as well as by itself (``steadied``). The coronal plane is the scanner's, as on a radiograph. Whether vertebrae that face to a side do so because
the patient lies turned, which makes a curve of his lordosis, or because they are turned in him, as they are in scoliosis, cannot be told from
them: the interval holds the angle in the direction that they face (``anatomy/facing.py``) as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np

from service.anatomy.endplates import Endplate
from service.anatomy.facing import UNTOLD, UP, Facing
from service.anatomy.landmarks import Landmarks, number_name
from service.anatomy.model import Anatomy
from service.findings.model import Finding, not_assessable
from service.findings.uncertainty import LEAST_CONFIDENCE, interval_of, standard_error

FEATURE = "cobb_angle"
METHOD = (
    "largest angle in the coronal plane of the scanner between any two endplates, each fitted across the sagittal slices and told from its neighbours as well, "
    "bodies outlined much narrower than the others left out; "
    "supine, so it underestimates a standing curve"
)
_LEAST_BODIES = 3
_LUMBAR = frozenset(range(1, 6))
_UNEVEN = (0.2, 0.9)
"""Candidates in degrees for the standard error of a tilt beside what its own fit tells, each as likely: outlines that are even from slice to slice, as the masks
of phantoms are, and uneven ones. Provenance: the second is the likeliest for the tilts of eleven volunteers of vb2 and vb3 who trained, on the segmenter's outlines and on
manual ones (0.8 to 1.0 are nearly as likely); the first is expert."""
_STEPS = np.geomspace(0.3, 8, 12)
"""Candidates in degrees for how much the tilt changes from one endplate to the next: from a straight spine to a severe curve, each as likely."""
_ANY_TILT = 20.0
"""Standard deviation in degrees of the patient's whole spine: how he lay tells nothing."""


@dataclass(frozen=True)
class Tilt:
    """An endplate's tilt in a coronal plane in degrees, positive where its left side is lower, and its standard error.

    Attributes:
        number: of the vertebra; 1 is L5.
        side: upper or lower.
        lean: degrees that the tilt changes by for each by which that front is turned.
    """

    number: int
    side: str
    degrees: float
    error: float
    lean: float = 0.0

    @property
    def vertebra(self) -> str:
        """Its name, such as L5."""
        return number_name(self.number)

    @property
    def place(self) -> int:
        """How many endplates lie beneath it."""
        return 2 * self.number + (self.side == "upper")


def measure_cobb(anatomy: Anatomy, landmarks: Landmarks) -> list[Finding]:
    """``cobb_angle`` in degrees of the whole spine shown, with the tilt of every endplate."""
    measured = tilts_of(landmarks, UNTOLD)
    reason = _refusal(anatomy, landmarks, measured)
    if reason:
        return [not_assessable(FEATURE, reason, series=anatomy.series.id)]
    confidence = min(landmarks.confidence(tilt.number) for tilt in measured)
    doubt = standard_error(FEATURE, anatomy, confidence)
    tilts = steadied(measured)
    found = _largest(tilts, doubt)
    own = _largest(steadied(tilts_of(landmarks, landmarks.facing)), doubt, landmarks.facing.error)
    interval = interval_of(found.angle, found.error, least=0)
    turned = interval_of(own.angle, own.error, least=0)
    return [
        Finding(
            feature=FEATURE,
            status="assessed",
            value=round(found.angle, 3),
            unit="degrees",
            interval=(min(interval[0], turned[0]), max(interval[1], turned[1])),
            confidence=confidence,
            method=METHOD,
            series=anatomy.series.id,
            reason="; ".join(filter(None, (_if_turned(found, own, landmarks.facing), _qualified(tilts)))) or None,
            details={
                "upper": found.upper.vertebra,
                "lower": found.lower.vertebra,
                "facing_degrees": round(landmarks.facing.degrees, 1),
                "facing_angle": round(own.angle, 3),
                **{f"tilt_{t.vertebra}_{t.side}": round(t.degrees, 2) for t in tilts},
            },
        )
    ]


@dataclass(frozen=True)
class _Angle:
    """Between the two endplates that differ most, in degrees, with its standard error."""

    angle: float
    error: float
    upper: Tilt
    lower: Tilt


def _largest(tilts: Sequence[Tilt], doubt: float, turn_error: float = 0.0) -> _Angle:
    """The largest angle; ``doubt`` and what an error in degrees of how the patient lies makes of it add to the errors of both tilts."""
    lower, upper = max(combinations(tilts, 2), key=lambda pair: abs(pair[0].degrees - pair[1].degrees))
    turned = abs(lower.lean - upper.lean) * turn_error
    error = float(np.linalg.norm([lower.error, upper.error, doubt, turned]))
    return _Angle(abs(lower.degrees - upper.degrees), error, upper, lower)


def _if_turned(found: _Angle, own: _Angle, facing: Facing) -> str:
    """What the angle would be in the direction that the vertebrae face, where that makes a difference beyond its error."""
    if abs(own.angle - found.angle) <= found.error:
        return ""
    side = "left" if facing.degrees > 0 else "right"
    return (
        f"the vertebrae face {abs(facing.degrees):.0f}° to the patient's {side}: if the patient lies turned, rather than they in the patient, as in "
        f"scoliosis, the angle is {own.angle:.1f}°"
    )


def tilts_of(landmarks: Landmarks, facing: Facing = UNTOLD) -> list[Tilt]:
    """Every endplate of a vertebra whose tilt the slices can tell, from the lowest up, seen from the front of ``facing``."""
    tilts = []
    for number, body in sorted(landmarks.bodies.items()):
        unsure = landmarks.ends_short(number) or landmarks.confidence(number) < LEAST_CONFIDENCE
        if number == 0 or not body.covered or unsure:
            continue
        for side, endplate in (("lower", body.lower), ("upper", body.upper)):
            if np.isfinite(endplate.tilt_error):
                tilts.append(_tilt(number, side, endplate, facing))
    return tilts


def steadied(tilts: Sequence[Tilt]) -> list[Tilt]:
    """The expected tilts where each is a walk's next step from the one beneath it, measured with an error.

    How far this patient's steps go, and how uneven his outlines are, is told from his own tilts: those of a straight spine are drawn
    together, those of a curve stay, and a single endplate that differs from all others keeps part of it. The errors returned are the posterior standard deviations. Source: regression by a Gaussian
    process, its parameters integrated out over a grid (Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006,
    sections 2.2 and 5.2); a random walk has the covariance of the steps that two endplates share.
    """
    seen = np.array([tilt.degrees for tilt in tilts])
    errors = np.array([tilt.error for tilt in tilts])
    places = np.array([tilt.place for tilt in tilts])
    shared = np.minimum.outer(places, places) - places.min()
    evidence, means, spreads = [], [], []
    for step, uneven in product(_STEPS, _UNEVEN):
        true = _ANY_TILT**2 + step**2 * shared
        both = true + np.diag(uneven**2 + errors**2)
        gain = np.linalg.solve(both, true).T
        evidence.append(-(np.linalg.slogdet(both)[1] + seen @ np.linalg.solve(both, seen)) / 2)
        means.append(gain @ seen)
        spreads.append(np.diag(true - gain @ true))
    likely = np.exp(np.array(evidence) - max(evidence))
    likely /= likely.sum()
    mean = likely @ means
    spread = likely @ (np.array(spreads) + (np.array(means) - mean) ** 2)
    return [replace(t, degrees=float(m), error=float(np.sqrt(v))) for t, m, v in zip(tilts, mean, spread, strict=True)]


def _tilt(number: int, side: str, endplate: Endplate, facing: Facing) -> Tilt:
    """How an endplate slopes down to the left, seen from that front."""
    left, back, up = (float(endplate.normal @ axis) for axis in (facing.left, facing.back, UP))
    return Tilt(number, side, float(np.degrees(np.arctan2(left, up))), endplate.tilt_error, back / up)


def _qualified(tilts: Sequence[Tilt]) -> str | None:
    """That a curve may go on, where not every lumbar vertebra tells its tilt."""
    missing = [number_name(n) for n in sorted(_LUMBAR - {tilt.number for tilt in tilts}, reverse=True)]
    if not missing:
        return None
    return f"not told by {', '.join(missing)}: a curve that goes on there is larger than this angle"


def _refusal(anatomy: Anatomy, landmarks: Landmarks, tilts: list[Tilt]) -> str:
    if anatomy.series.geometry.shape[0] == 1:
        return "a single slice does not show the coronal plane"
    usable = len({t.vertebra for t in tilts})
    if usable >= _LEAST_BODIES:
        return ""
    if len(landmarks.bodies) >= _LEAST_BODIES:
        return "the slices do not cover the vertebral bodies from side to side, are too few to tell their tilt, or the outlines end short at a side"
    return f"fewer than {_LEAST_BODIES} whole vertebral bodies were seen"
