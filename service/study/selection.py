"""Which series are read: the sagittal T2, T1 and STIR that cover the lumbar spine, each choice with its reason."""

from collections.abc import Collection, Sequence

import numpy as np

from service.errors import UnsupportedStudyError
from service.study.model import Selection, Series, Study, Trait, Weighting

UNREADABLE = "rejected: no lumbar spine could be read in it"
_WANTED: tuple[Weighting, ...] = ("T2", "T1", "STIR")
_LEAST_HEIGHT_MM = 120.0
"""Three lumbar levels; less cannot be numbered or judged as a lumbar spine. expert"""
_COARSEST_MM = 2.0
"""Pixels larger than this show neither endplates nor the wall of the canal well enough to measure between them. expert"""
_FEWEST_SLICES = 5
_OTHER_STATION_MM = 100.0
"""Centres further apart than this along the body belong to different stations of a whole-spine examination. expert"""
_UNFIT: dict[Trait, str] = {
    "localizer": "a localizer",
    "projection": "a projection",
    "not_magnitude": "a computed map or not a magnitude image",
    "diffusion": "diffusion-weighted",
    "fat": "a fat image",
    "incomplete": "slices are missing, and less than half of them lie together",
}
_FLAWS: dict[Trait, tuple[float, str]] = {
    "contrast_agent": (4, "contrast agent given"),
    "out_of_phase": (4, "out of phase"),
    "fat_suppressed": (3, "fat suppressed"),
    "gradient_echo": (2, "gradient echo"),
    "reformatted": (1, "reformatted"),
}
"""What makes another series of the same weighting preferable, with weights that rank them. expert"""


def select(study: Study) -> Selection:
    """The sagittal series to read, at most one for each weighting, T2 first.

    Series of unknown weighting are taken only when no other is there.

    Raises:
        UnsupportedStudyError: another part of the body, no sagittal series, only axial ones, or none that shows enough.
    """
    reasons = {series.id: _unfit(series) for series in study.series}
    fit = [series for series in study.series if reasons[series.id] is None]
    if not fit:
        raise _refusal(study)
    chosen: list[Series] = []
    for weighting in _WANTED:
        rivals = [series for series in fit if series.weighting == weighting]
        if rivals:
            chosen.append(_best(rivals, chosen))
    if not chosen:
        chosen = [_best(fit, [])]
    told = {series.id: reasons[series.id] or _reason(series, chosen) for series in study.series}
    return Selection(tuple(chosen), told, tuple(w for w in _WANTED if w not in {s.weighting for s in chosen}))


def without(selection: Selection, read: Collection[str]) -> Selection:
    """The selection of which only the series with these ids could be read."""
    chosen = tuple(series for series in selection.chosen if series.id in read)
    left_out = [series for series in selection.chosen if series.id not in read]
    missing = {*selection.missing, *(series.weighting for series in left_out)} - {one.weighting for one in chosen}
    reasons = selection.reasons | dict.fromkeys((series.id for series in left_out), UNREADABLE)
    return Selection(chosen, reasons, tuple(weighting for weighting in _WANTED if weighting in missing))


def _unfit(series: Series) -> str | None:
    """Why a series cannot be read at all."""
    if series.plane != "sagittal":
        return f"rejected: {series.plane}, not sagittal"
    if series.region == "other":
        return "rejected: its header names another part of the body"
    unfit = [word for trait, word in _UNFIT.items() if trait in series.traits]
    return f"rejected: {unfit[0]}" if unfit else _too_little(series)


def _too_little(series: Series) -> str | None:
    """Why a series shows too little to be read."""
    coarsest = float(series.geometry.spacing[1:].max())
    if coarsest > _COARSEST_MM:
        return f"rejected: pixels of {coarsest:.1f} mm are too coarse to measure on"
    if _height(series) < _LEAST_HEIGHT_MM:
        return f"rejected: shows {_height(series):.0f} mm from head to feet, too little of the lumbar spine"
    return None


def _refusal(study: Study) -> UnsupportedStudyError:
    series = [s for s in study.series if "localizer" not in s.traits] or study.series
    sagittal = [s for s in series if s.plane == "sagittal" and "localizer" not in s.traits]
    if all(s.region == "other" for s in sagittal or series):
        return UnsupportedStudyError(
            "The study shows another part of the body than the lumbar spine. Send a lumbar MRI.",
            code="wrong_body_region",
        )
    if not sagittal and all(s.plane == "axial" for s in series):
        return UnsupportedStudyError(
            "The study has only axial series. Send the sagittal T2 and T1 series too.", code="only_axial"
        )
    if not sagittal:
        return UnsupportedStudyError(
            "The study has no sagittal series. Send the sagittal T2 and T1 series.", code="no_sagittal_series"
        )
    if any("incomplete" in s.traits for s in sagittal):
        return UnsupportedStudyError(
            "Slices are missing from the sagittal series. Send all slices of the sagittal T2 and T1 series.",
            code="slices_missing",
        )
    return UnsupportedStudyError(
        "No sagittal series shows enough of the lumbar spine in enough detail.", code="insufficient_coverage"
    )


def _best(rivals: Sequence[Series], chosen: Sequence[Series]) -> Series:
    return max(_lowest_station(rivals), key=lambda series: _merit(series, chosen))


def _merit(series: Series, chosen: Sequence[Series]) -> tuple[float, ...]:
    """Larger is better, the first difference decides: region, flaws and slices, overlap with what is chosen, detail."""
    flaws = sum(weight for trait, (weight, _) in _FLAWS.items() if trait in series.traits)
    few = 3.0 if series.pixels.shape[0] < _FEWEST_SLICES else 0.0
    overlap = round(_overlap(series, chosen[0]), 1) if chosen else 0.0
    covered = min(_height(series), 250.0)
    return (
        series.region == "lumbar",
        -flaws - few,
        overlap,
        round(covered, -1),
        -float(series.geometry.spacing[1:].max()),
    )


def _lowest_station(rivals: Sequence[Series]) -> list[Series]:
    """Of the stations of a whole spine, the lowest is the lumbar one; series whose header says so outrank position."""
    named = [series for series in rivals if series.region == "lumbar"] or list(rivals)
    lowest = min(_centre(series) for series in named)
    return [series for series in named if _centre(series) <= lowest + _OTHER_STATION_MM]


def _reason(series: Series, chosen: Sequence[Series]) -> str:
    flaws = [word for trait, (_, word) in _FLAWS.items() if trait in series.traits]
    if series.pixels.shape[0] < _FEWEST_SLICES:
        flaws.append(f"only {series.pixels.shape[0]} slices")
    besides = f" ({', '.join(flaws)})" if flaws else ""
    size = f"{series.pixels.shape[0]} slices, {_height(series):.0f} mm from head to feet"
    if any(series is one for one in chosen):
        return f"chosen: sagittal {series.weighting}, {size}{besides}"
    rival = next((one for one in chosen if one.weighting == series.weighting), None)
    if rival is None:
        return f"rejected: weighting unknown{besides}"
    return f"rejected: {rival.id} is the better sagittal {series.weighting}{besides}"


def _z(series: Series) -> tuple[float, float]:
    rows = series.pixels.shape[1]
    middle = (np.array(series.pixels.shape) - 1) / 2
    ends = series.geometry.to_patient([[middle[0], row, middle[2]] for row in (-0.5, rows - 0.5)])
    return float(ends[:, 2].min()), float(ends[:, 2].max())


def _height(series: Series) -> float:
    """Extent of the rows in mm."""
    return float(series.geometry.spacing[1] * series.pixels.shape[1])


def _centre(series: Series) -> float:
    return sum(_z(series)) / 2


def _overlap(series: Series, other: Series) -> float:
    """0 to 1: the part of the other's extent along the body that this one covers."""
    (low, high), (other_low, other_high) = _z(series), _z(other)
    return max(min(high, other_high) - max(low, other_low), 0.0) / max(other_high - other_low, 1e-6)
