"""Modic changes: the marrow beside an endplate against that of the middle of the same vertebra, on T1 and T2.

Type 1 (oedema) is dark on T1 and bright on T2; type 2 (fat) is bright on T1 and not dark on T2; type 3 (sclerosis) is dark on both:
Modic et al., Radiology 1988;166:193. Type 2 is graded by a model that was trained on it. Types 1 and 3 are too rare in the gradings to
be learnt, and follow from signal alone; so does the volume of every type.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from service.findings.disc_reading import METHOD, NO_T1, DiscReading
from service.findings.disc_signs import CORE_MM, beneath
from service.findings.disc_view import LEAST_PIXELS, PIXEL_MM, DiscView, Frame, Picture, view_of
from service.findings.model import Finding
from service.study.model import Trait

FEATURE = "modic_type"
BY_SIGNAL = "T1 and T2 signal within 12 mm of the endplate against the middle of the same vertebra (Modic et al., Radiology 1988;166:193)"
ZONE_MM, TOUCHES_MM = (2.5, 12.0), 4.5
"""Where changes are sought, beyond the endplate's own bone, and how near to it they must begin. Provenance: expert."""
DARK, BRIGHT, NOT_DARK, BLACK = 0.8, 1.2, 0.9, 0.65
"""Signal over that of the middle of the vertebra. Provenance: expert, chosen on training patients so that few are called 1 or 3."""
LEAST_MM2 = {1: 20.0, 3: 90.0}
"""Least area in the mid-sagittal plane that makes a type 1 or 3. Provenance: as above."""
NO_MARROW = "too little of the vertebrae beside this disc is seen to compare their marrow with"
CONTRAST = "T1 was taken after contrast agent, which makes inflamed marrow as bright as fat"
FAT_SUPPRESSED = "the signal of fat was suppressed, by which the types of Modic change are told"
_WITHOUT_FAT: frozenset[Trait] = frozenset({"fat_suppressed", "water"})
_SMOOTH_MM = 0.9
Areas = dict[int, float]


def grade_modic(disc: DiscReading) -> Finding:
    """``modic_type`` 0 to 3; ``probability`` is that of type 2, and absent where signal alone speaks for type 1 or 3."""
    reason = disc.missing or (NO_T1 if disc.view is None or disc.view.t1 is None else "") or _altered(disc)
    areas = None if reason or disc.view is None else areas_of(disc.view)
    if areas is None:
        return disc.refused(FEATURE, reason or NO_MARROW)
    fatty = disc.said["modic"]
    grade = type_of(areas, fatty)
    found = Finding(
        feature=FEATURE,
        level=disc.level,
        status="assessed",
        grade=str(grade),
        probability=round(fatty, 4) if grade in (0, 2) else None,
        confidence=disc.confidence,
        method=METHOD if grade in (0, 2) else BY_SIGNAL,
        series=disc.series,
        details={
            "probability_2": round(fatty, 4),
            **{f"area_{k}_mm2": round(area, 1) for k, area in areas.items()},
            **(
                {f"volume_{grade}_mm3": round(volume_of(disc, grade), 1)}
                if grade and len(disc.anatomies[0].labels) > 1
                else {}
            ),
        },
    )
    return disc.unless_half_seen(found)


def _altered(disc: DiscReading) -> str:
    """Why the signal of marrow does not mean what it does on plain T1 and T2; empty if it does."""
    traits = {weighting: one.series.traits for one in reversed(disc.anatomies) if (weighting := one.series.weighting)}
    if "contrast_agent" in traits.get("T1", ()):
        return CONTRAST
    return FAT_SUPPRESSED if any(_WITHOUT_FAT & traits.get(w, frozenset()) for w in ("T1", "T2")) else ""


def type_of(areas: Areas, fatty: float) -> int:
    """The type with the largest area among 1 and 3, if that is large enough and not outweighed by type 2; else what the model says."""
    seen = [k for k, least in LEAST_MM2.items() if areas[k] >= least and areas[k] > areas[2]]
    return max(seen, key=lambda k: areas[k], default=2 if fatty >= 0.5 else 0)


def areas_of(view: DiscView) -> Areas | None:
    """mm² of the marrow at both endplates that looks like each type; none without both series or without marrow to compare."""
    sides = [_zones(view, upper) for upper in (True, False)]
    seen = [zones for zones in sides if zones is not None]
    if not seen:
        return None
    return {k: sum(float(zones[k].sum()) for zones in seen) * PIXEL_MM**2 for k in (1, 2, 3)}


def volume_of(disc: DiscReading, grade: int) -> float:
    """mm³ of marrow that looks like one type, over all slices that show the disc."""
    apart = float(disc.anatomies[0].series.geometry.spacing[0])
    areas = (areas_of(view) for view in _slices(disc))
    return apart * sum(found[grade] for found in areas if found is not None)


def _slices(disc: DiscReading) -> Iterator[DiscView]:
    """The disc in every slice of the first series that shows it."""
    first = disc.anatomies[0]
    if disc.view is None:
        return
    frame, (middle, *_) = disc.view.frame, first.series.geometry.to_index(disc.view.frame.centre)
    step = first.series.geometry.affine[:3, 0]
    for k in np.flatnonzero((first.labels == disc.label).any(axis=(1, 2))):
        yield view_of(disc.anatomies, disc.label, _moved(frame, (k - round(float(middle))) * step))


def _moved(frame: Frame, offset: NDArray[np.float64]) -> Frame:
    return replace(frame, centre=frame.centre + offset)


def _zones(view: DiscView, upper: bool) -> dict[int, NDArray[np.bool_]] | None:
    """(SIZE, SIZE) for each type, where the marrow at one endplate looks like it."""
    core = beneath(view, CORE_MM, upper=upper)
    if view.t1 is None or view.t2 is None or core.sum() < LEAST_PIXELS:
        return None
    zone, near = beneath(view, ZONE_MM, upper=upper), beneath(view, (0, TOUCHES_MM), upper=upper)
    t1, t2 = (_share(picture, core) for picture in (view.t1, view.t2))
    looks = {1: (t1 < DARK) & (t2 > BRIGHT), 2: (t1 > BRIGHT) & (t2 > NOT_DARK), 3: (t1 < BLACK) & (t2 < BLACK)}
    return {k: _touching(zone & where, near) for k, where in looks.items()}


def _share(picture: Picture, core: NDArray[np.bool_]) -> Picture:
    usual = max(float(np.median(picture[core])), 1e-3)
    return np.asarray(ndimage.gaussian_filter(picture, _SMOOTH_MM / PIXEL_MM) / usual)


def _touching(where: NDArray[np.bool_], near: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The pieces, not of a few pixels only, that reach the marrow next to the endplate."""
    pieces, _ = ndimage.label(where)
    sizes = np.bincount(pieces.ravel())
    kept = [n for n in np.unique(pieces[where & near]) if n and sizes[n] >= LEAST_PIXELS]
    return np.asarray(np.isin(pieces, kept))
