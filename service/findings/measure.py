"""From segmented series to findings: every feature of the catalogue at every level it applies to, exactly once."""

from collections.abc import Callable, Sequence
from typing import Literal

from service.anatomy.landmarks import Landmarks, find_landmarks, number_name
from service.anatomy.model import DISC, Anatomy, disc_name
from service.findings.agreement import Reading, agreed
from service.findings.bulging import measure_bulging
from service.findings.canal import measure_canal
from service.findings.canal_csf import measure_canal_csf
from service.findings.catalogue import FEATURES
from service.findings.cobb import measure_cobb
from service.findings.disc_height import measure_disc_height
from service.findings.feature import Feature, Needs
from service.findings.foramina import measure_foramina
from service.findings.foraminal_stenosis import measure_foraminal_stenosis
from service.findings.joined import joined
from service.findings.levels import SIDES, disc_numbers, vertebra_numbers
from service.findings.listhesis import measure_listhesis
from service.findings.lordosis import measure_lordosis
from service.findings.marrow import measure_marrow
from service.findings.model import Finding
from service.findings.muscle_fat import measure_muscle_fat
from service.findings.nerve_compression import measure_nerve_compression
from service.findings.schmorl import measure_schmorl
from service.findings.vertebra import measure_vertebrae

Measurer = Callable[[Anatomy, Landmarks], list[Finding]]
Grader = Callable[[Sequence[Anatomy], Landmarks], list[Finding]]
Side = Literal["left", "right"] | None

MEASURERS: tuple[Measurer, ...] = (
    measure_cobb,
    measure_lordosis,
    measure_disc_height,
    measure_listhesis,
    measure_canal,
    measure_canal_csf,
    measure_bulging,
    measure_foramina,
    measure_foraminal_stenosis,
    measure_nerve_compression,
    measure_vertebrae,
    measure_schmorl,
)
GRADERS: tuple[Grader, ...] = (measure_muscle_fat, measure_marrow)
"""What reads the signal of one or more series rather than the shape of one and needs no model; ``graders.py`` has the others."""

WHY_NOT: dict[Needs, str] = {
    "sagittal": "no method for this feature is installed",
    "sagittal T1": "no grader for this feature is installed",
    "sagittal T2": "no grader for this feature is installed",
    "sagittal T1 and T2": "no grader for this feature is installed",
    "axial": "sagittal images do not show this; it needs axial images",
    "CT or axial": "sagittal MR images do not show this reliably; it needs CT or axial images",
    "contrast or laboratory": "this diagnosis is not made by this software; it needs contrast, laboratory and clinical findings",
}


def measure(
    anatomies: Sequence[Anatomy],
    measurers: Sequence[Measurer] = MEASURERS,
    graders: Sequence[Grader] = GRADERS,
) -> tuple[Finding, ...]:
    """All findings of one examination.

    Args:
        anatomies: the segmented series, the one to measure on first; ``agreement`` makes one of what all of them give.
        measurers: read the shape of a series.
        graders: read the signal of all series; what they say of something that was measured is joined to it.

    Raises:
        ValueError: there is no anatomy.
    """
    if not anatomies:
        raise ValueError("there is nothing to measure: no series was segmented")
    readings = [_read(anatomy, measurers) for anatomy in anatomies if anatomy is anatomies[0] or not anatomy.given]
    landmarks = readings[0][1]
    graded = [finding for grader in graders for finding in grader(anatomies, landmarks)]
    found = joined((*agreed(readings), *graded))
    return (*_as_sure_as_named(found, anatomies[0]), *_missing(found, anatomies, landmarks))


def _as_sure_as_named(found: Sequence[Finding], anatomy: Anatomy) -> list[Finding]:
    """What is said of a level is no surer than that it is this level."""
    most = anatomy.numbering_confidence
    named = {"confidence": most}
    return [
        f.model_copy(update=named) if f.level is not None and f.confidence is not None and f.confidence > most else f
        for f in found
    ]


def _read(anatomy: Anatomy, measurers: Sequence[Measurer]) -> Reading:
    landmarks = find_landmarks(anatomy)
    return anatomy, landmarks, [finding for measurer in measurers for finding in measurer(anatomy, landmarks)]


def _missing(found: Sequence[Finding], anatomies: Sequence[Anatomy], landmarks: Landmarks) -> list[Finding]:
    """A finding that says why, for every feature and level that nothing has reported on."""
    reported = {(f.feature, f.level, f.side) for f in found}
    missing = []
    for feature in FEATURES:
        for level, side in _places(feature, landmarks):
            if (feature.finding, level, side) not in reported:
                reported.add((feature.finding, level, side))
                missing.append(_not_assessed(feature, level, side, anatomies))
    return missing


def _places(feature: Feature, landmarks: Landmarks) -> list[tuple[str | None, Side]]:
    discs = [disc_name(DISC + number) for number in disc_numbers(landmarks)]
    if feature.applies == "disc level":
        return [(level, None) for level in discs]
    if feature.applies == "disc level and side":
        return [(level, side) for level in discs for side in SIDES]
    if feature.applies == "vertebra":
        return [(number_name(number), None) for number in vertebra_numbers(landmarks)]
    return [(None, None)]


def _not_assessed(feature: Feature, level: str | None, side: Side, anatomies: Sequence[Anatomy]) -> Finding:
    return Finding.model_validate(
        {
            "feature": feature.finding,
            "level": level,
            "side": side,
            "status": "not_assessable",
            "reason": no_series(feature.needs, anatomies) or WHY_NOT[feature.needs],
            "series": anatomies[0].series.id,
        }
    )


def no_series(needs: Needs, anatomies: Sequence[Anatomy]) -> str | None:
    """Which weighting is missing for what a feature needs, in words; none if all are there."""
    known = {anatomy.series.weighting for anatomy in anatomies}
    missing = [weighting for weighting in ("T1", "T2") if weighting in needs.split() and weighting not in known]
    return f"no sagittal {' and no sagittal '.join(missing)} series was read" if missing else None
