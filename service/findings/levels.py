"""Findings per disc level or per vertebra, with the reasons that hold for all of them when one cannot be made."""

from collections.abc import Callable
from functools import partial
from typing import Literal, Protocol

from service.anatomy.endplates import VertebralBody
from service.anatomy.landmarks import DiscSpace, Landmarks, Level, number_name
from service.anatomy.model import DISC, Anatomy, disc_name
from service.findings.model import Finding, not_assessable
from service.findings.uncertainty import LEAST_CONFIDENCE

Side = Literal["left", "right"]
SIDES: tuple[Side, ...] = ("left", "right")


class MeasureSide(Protocol):
    """Measures one side of a level."""

    def __call__(self, level: Level, space: DiscSpace, side: Side) -> Finding: ...


LUMBAR = (1, 2, 3, 4, 5)
NOT_SHOWN = "the level lies outside the field of view or was not segmented"
UNSURE = "the outline is too uncertain to measure"


def disc_numbers(landmarks: Landmarks) -> tuple[int, ...]:
    """The five lumbar disc levels and whatever was seen above them; 1 is L5-S1."""
    return tuple(sorted({*LUMBAR, *(level.number for level in landmarks.levels)}))


def vertebra_numbers(landmarks: Landmarks) -> tuple[int, ...]:
    """The five lumbar vertebrae and whatever was seen above them; 1 is L5."""
    return tuple(sorted({*LUMBAR, *(number for number in landmarks.structures if number > 0)}))


def per_disc(
    feature: str, anatomy: Anatomy, landmarks: Landmarks, measure: Callable[[Level, DiscSpace], Finding]
) -> list[Finding]:
    """``measure`` at every level whose two bodies were found; the reason why not at the others."""
    levels = {level.number: level for level in landmarks.levels}
    findings = []
    for number in disc_numbers(landmarks):
        level = levels.get(number)
        space = level.space if level else None
        reason = NOT_SHOWN if level is None else level.missing or (UNSURE if _unsure(level.confidence) else "")
        if reason or level is None or space is None:
            name = disc_name(DISC + number)
            findings.append(not_assessable(feature, reason or NOT_SHOWN, level=name, series=anatomy.series.id))
        else:
            findings.append(measure(level, space))
    return findings


def per_side(feature: str, anatomy: Anatomy, landmarks: Landmarks, measure: MeasureSide) -> list[Finding]:
    """``measure`` at every level and side, as ``per_disc``."""
    found = []
    for side in SIDES:
        one_side = per_disc(feature, anatomy, landmarks, partial(measure, side=side))
        found += [finding.model_copy(update={"side": side}) for finding in one_side]
    return found


def per_vertebra(
    feature: str, anatomy: Anatomy, landmarks: Landmarks, measure: Callable[[VertebralBody, float], Finding]
) -> list[Finding]:
    """``measure`` (body, confidence) at every whole vertebra; the reason why not at the others."""
    findings = []
    for number in vertebra_numbers(landmarks):
        body, structure = landmarks.bodies.get(number), landmarks.structures.get(number)
        if structure is None:
            reason = "the vertebra lies outside the field of view or was not segmented"
        elif structure.partial:
            reason = "the vertebra is cut by the field of view"
        elif body is None:
            reason = "too little of the vertebral body was segmented to find its endplates"
        else:
            reason = UNSURE if _unsure(structure.confidence) else ""
        if reason or body is None or structure is None:
            findings.append(not_assessable(feature, reason, level=number_name(number), series=anatomy.series.id))
        else:
            findings.append(measure(body, structure.confidence))
    return findings


def _unsure(confidence: float) -> bool:
    return confidence < LEAST_CONFIDENCE
