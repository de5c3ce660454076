"""From the steps' own values to the parts of the report that describe them."""

import numpy as np

from service.anatomy.model import Anatomy, Structure
from service.report.model import AnatomySummary, SeriesSummary, StructureSummary, StudySummary
from service.study.model import Selection, Series, Study

AXIAL = "the study has axial series, which are not read: what needs them is not assessed"
_FEWEST_AXIAL = 5
"""Fewer axial slices in a whole study are those of a localizer that does not say so. Counted over all stacks, for a series that is
angled along each disc makes a stack of a few slices for each. expert"""


def summarise_study(study: Study, selection: Selection) -> StudySummary:
    """Every series of the study, the ones that were read first."""
    chosen = {series.id for series in selection.chosen}
    others = [series for series in study.series if series.id not in chosen]
    return StudySummary(
        series=tuple(_series(s, s.id in chosen, selection.reasons.get(s.id)) for s in (*selection.chosen, *others)),
        missing=selection.missing,
        notes=(*study.notes, *_unread(study)),
    )


def _unread(study: Study) -> tuple[str, ...]:
    """What the study has and this software does not read."""
    axial = [series for series in study.series if series.plane == "axial" and "localizer" not in series.traits]
    return (AXIAL,) if sum(len(series.pixels) for series in axial) >= _FEWEST_AXIAL else ()


def _series(series: Series, chosen: bool, reason: str | None) -> SeriesSummary:
    between, row, column = (round(float(mm), 4) for mm in series.geometry.spacing)
    return SeriesSummary(
        id=series.id,
        plane=series.plane,
        weighting=series.weighting,
        shape=series.geometry.shape,
        spacing_mm=(between, row, column),
        field_strength_t=series.field_strength_t,
        manufacturer=series.manufacturer,
        chosen=chosen,
        reason=reason,
        notes=series.notes,
    )


def summarise_anatomy(anatomy: Anatomy) -> AnatomySummary:
    """Every structure with its volume."""
    voxels = np.bincount(anatomy.labels.ravel(), minlength=256)
    voxel_mm3 = anatomy.series.geometry.voxel_volume
    return AnatomySummary(
        series=anatomy.series.id,
        read_with=anatomy.read_with,
        structures=tuple(_structure(s, float(voxels[s.label]) * voxel_mm3) for s in anatomy.structures),
        numbering_confidence=anatomy.numbering_confidence,
        warnings=anatomy.warnings,
    )


def _structure(structure: Structure, volume_mm3: float) -> StructureSummary:
    return StructureSummary(
        label=structure.label,
        name=structure.name,
        kind=structure.kind,
        confidence=structure.confidence,
        volume_mm3=round(volume_mm3, 1),
        partial=structure.partial,
    )
