"""Signal of the bone marrow in each vertebral body, against tissue beside it, so that coil and scale drop out.

On T1 the disc is the reference: marrow that is no brighter than disc or muscle holds little fat (Carroll et al., J Magn Reson Imaging
1997;7:394). On T2 it is CSF. Both ratios hang on the sequence's timing: they compare the vertebrae of one examination, or one patient
over time on one scanner, and carry no threshold.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from service.anatomy.endplates import VertebralBody
from service.anatomy.landmarks import Landmarks, find_landmarks, number_name
from service.anatomy.model import CANAL, DISC, Anatomy
from service.anatomy.regions import Mask, bounding_box
from service.findings.levels import per_vertebra, vertebra_numbers
from service.findings.model import Finding, not_assessable
from service.findings.uncertainty import interval_of

FEATURES = {"T1": "marrow_signal_t1", "T2": "marrow_signal_t2"}
REFERENCE = {"T1": "disc", "T2": "csf"}
METHOD = (
    "median signal of the body, {mm} mm clear of its edges, over that of {reference} at the same height, on {weighting}"
)
_NAMED = {"disc": "the discs beside it", "csf": "the brightest tenth of the canal, which is CSF,"}
NO_SERIES = "no sagittal {weighting} series was read"
_CLEAR_MM = {"body": 3.0, "disc": 1.5}
_CSF_PERCENTILE = 90.0
_LEAST_VOXELS = 20
_RELATIVE_ERROR = 0.07
"""Standard error of a ratio, as a part of it: what the coil's sensitivity changes between body and reference. Provenance: expert."""
_ACROSS = 0.3
"""Only slices within this part of the width from the middle: further out the coil and the vessels differ. Provenance: expert."""


@dataclass(frozen=True)
class Signals:
    """Signals of one vertebra and of what lies beside it; none where it is not seen."""

    marrow: float | None
    disc: float | None
    csf: float | None

    def ratio(self, reference: str) -> float | None:
        """Marrow over one of the references."""
        other = {"disc": self.disc, "csf": self.csf}[reference]
        return self.marrow / other if self.marrow is not None and other else None


def measure_marrow(anatomies: Sequence[Anatomy], landmarks: Landmarks) -> list[Finding]:
    """``marrow_signal_t1`` (over the discs) and ``marrow_signal_t2`` (over CSF) of every vertebra, ratios without a unit."""
    findings = []
    for weighting, feature in FEATURES.items():
        anatomy = next((one for one in anatomies if one.series.weighting == weighting), None)
        if anatomy is None:
            reason, series = NO_SERIES.format(weighting=weighting), anatomies[0].series.id
            levels = [number_name(n) for n in vertebra_numbers(landmarks)]
            findings += [not_assessable(feature, reason, level=level, series=series) for level in levels]
        else:
            own = landmarks if anatomy is anatomies[0] else find_landmarks(anatomy)
            findings += _of_series(anatomy, own, weighting)
    return findings


def _of_series(anatomy: Anatomy, landmarks: Landmarks, weighting: str) -> list[Finding]:
    signals = {number: signals_of(anatomy, number) for number in landmarks.bodies if number > 0}
    marrow = [s.marrow for s in signals.values() if s.marrow is not None]
    usual = float(np.median(marrow)) if marrow else None
    feature, reference = FEATURES[weighting], REFERENCE[weighting]
    method = METHOD.format(mm=_CLEAR_MM["body"], reference=_NAMED[reference], weighting=weighting)

    def measure(body: VertebralBody, confidence: float) -> Finding:
        found = signals[body.label]
        value, name = found.ratio(reference), number_name(body.label)
        if value is None:
            reason = (
                f"too little of the body or of {'its discs' if reference == 'disc' else 'the canal'} is seen to compare"
            )
            return not_assessable(feature, reason, level=name, series=anatomy.series.id)
        shown = {f"over_{other}": found.ratio(other) for other in REFERENCE.values() if other != reference}
        shown["over_lumbar_median"] = found.marrow / usual if found.marrow is not None and usual else None
        return Finding(
            feature=feature,
            level=name,
            status="assessed",
            value=round(value, 3),
            unit="ratio",
            interval=interval_of(value, _RELATIVE_ERROR * value, least=0),
            confidence=confidence,
            method=method,
            series=anatomy.series.id,
            details={key: round(ratio, 3) for key, ratio in shown.items() if ratio is not None},
        )

    return per_vertebra(feature, anatomy, landmarks, measure)


def signals_of(anatomy: Anatomy, number: int) -> Signals:
    """Marrow of vertebra ``number`` (1 is L5), the discs above and below, and CSF behind the body."""
    pixels, body = anatomy.series.pixels, (anatomy.labels == number) & anatomy.bodies
    box = bounding_box(body, margin=0)
    if box is None:
        return Signals(None, None, None)
    seen = np.flatnonzero(body.any((1, 2)))
    middle, half = (seen[0] + seen[-1]) / 2, max(_ACROSS * len(seen), 0.5)
    central = [int(k) for k in seen if abs(k - middle) <= half]
    discs = [_median(anatomy, anatomy.labels == DISC + n, central, _CLEAR_MM["disc"]) for n in (number, number + 1)]
    known = [signal for signal in discs if signal is not None]
    canal = pixels[:, box[1]][anatomy.labels[:, box[1]] == CANAL]
    csf = float(np.percentile(canal, _CSF_PERCENTILE)) if len(canal) >= _LEAST_VOXELS else None
    return Signals(_median(anatomy, body, central, _CLEAR_MM["body"]), float(np.mean(known)) if known else None, csf)


def _median(anatomy: Anatomy, mask: Mask, slices: list[int], clear_mm: float) -> float | None:
    """Median signal of a structure in some slices, clear of its edges; none if too little is left."""
    inner = _inside(mask[slices], anatomy.series.geometry.spacing[1:], clear_mm)
    values: NDArray[np.float32] = anatomy.series.pixels[slices][inner]
    return float(np.median(values)) if len(values) >= _LEAST_VOXELS else None


def _inside(mask: Mask, pixel_mm: NDArray[np.float64], clear_mm: float) -> Mask:
    """The voxels further than ``clear_mm`` from the edge of the mask, within each slice."""
    box = bounding_box(mask, margin=1)
    inner = np.zeros_like(mask)
    if box is not None:
        for k in range(len(mask)):
            section = mask[k][box[1:]]
            inner[k][box[1:]] = np.asarray(ndimage.distance_transform_edt(section, sampling=list(pixel_mm))) > clear_mm
    return inner
