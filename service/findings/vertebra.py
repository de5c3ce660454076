"""Shape of the vertebral bodies: heights, wedging, and how deep their endplates are dished."""

from dataclasses import dataclass

import numpy as np

from service.anatomy.endplates import Endplate, VertebralBody
from service.anatomy.landmarks import Landmarks, number_name
from service.anatomy.model import Anatomy
from service.anatomy.regions import unit
from service.findings.levels import per_vertebra
from service.findings.lordosis import sagittal_lean
from service.findings.model import Finding
from service.findings.uncertainty import interval_of, standard_error

HEIGHT, WEDGE, DEPTH = "vertebral_height", "vertebral_wedge", "endplate_depth"
Details = dict[str, float | str]


@dataclass(frozen=True)
class _Measured:
    feature: str
    value: float
    unit: str
    method: str
    details: Details


def measure_vertebrae(anatomy: Anatomy, landmarks: Landmarks) -> list[Finding]:
    """``vertebral_height`` (mm), ``vertebral_wedge`` (degrees) and ``endplate_depth`` (mm) of every vertebra."""
    return [
        *per_vertebra(HEIGHT, anatomy, landmarks, lambda body, sure: _height(anatomy, body, sure)),
        *per_vertebra(WEDGE, anatomy, landmarks, lambda body, sure: _wedge(anatomy, body, sure)),
        *per_vertebra(DEPTH, anatomy, landmarks, lambda body, sure: _depth(anatomy, body, sure)),
    ]


def _height(anatomy: Anatomy, body: VertebralBody, confidence: float) -> Finding:
    front = float(np.linalg.norm(body.upper.anterior - body.lower.anterior))
    rear = float(np.linalg.norm(body.upper.posterior - body.lower.posterior))
    dished = dish_of(body.upper, body)[0] + dish_of(body.lower, body)[0]
    middle = body.height - dished
    details: Details = {
        "anterior_mm": round(front, 3),
        "middle_mm": round(middle, 3),
        "posterior_mm": round(rear, 3),
    }
    method = "mean of the anterior and posterior height, from rim to rim in the mid-sagittal plane"
    return _finding(anatomy, body, confidence, _Measured(HEIGHT, (front + rear) / 2, "mm", method, details))


def _wedge(anatomy: Anatomy, body: VertebralBody, confidence: float) -> Finding:
    angle = sagittal_lean(body.lower) - sagittal_lean(body.upper)
    method = "sagittal angle between the two endplates, positive where the body is taller in front"
    return _finding(anatomy, body, confidence, _Measured(WEDGE, angle, "degrees", method, {}))


def _depth(anatomy: Anatomy, body: VertebralBody, confidence: float) -> Finding:
    upper, lower = dish_of(body.upper, body)[1], dish_of(body.lower, body)[1]
    details: Details = {"upper_mm": round(upper, 3), "lower_mm": round(lower, 3)}
    method = "greatest depth of an endplate beneath the line over its rims, in the middle third of the width; the larger of the two"
    return _finding(anatomy, body, confidence, _Measured(DEPTH, max(upper, lower), "mm", method, details))


def dish_of(endplate: Endplate, body: VertebralBody) -> tuple[float, float]:
    """Depth in mm under the line over the rims, in the middle third of the width: at half the length, and the greatest."""
    back = unit(endplate.posterior - endplate.anterior)
    offset = endplate.points - endplate.centre
    inwards = -1.0 if endplate is body.upper else 1.0
    along = offset @ back
    inner = (np.abs(offset @ body.left) <= max(body.width / 6, 2.5)) & (np.abs(along) < 0.4 * endplate.length)
    depth = inwards * (offset[inner] @ endplate.normal)
    if len(depth) == 0:
        return 0.0, 0.0
    centre = np.abs(along[inner]) < 2.0
    middle = float(np.median(depth[centre])) if centre.any() else float(np.median(depth))
    return middle, float(np.percentile(depth, 98))


def _finding(anatomy: Anatomy, body: VertebralBody, confidence: float, measured: _Measured) -> Finding:
    error = standard_error(measured.feature, anatomy, confidence)
    return Finding(
        feature=measured.feature,
        level=number_name(body.label),
        status="assessed",
        value=round(measured.value, 3),
        unit=measured.unit,
        interval=interval_of(measured.value, error, least=None if measured.unit == "degrees" else 0),
        confidence=confidence,
        method=measured.method,
        series=anatomy.series.id,
        details=measured.details,
    )
