"""Fat in the muscle behind the lumbar spine, by its signal between the patient's own muscle and subcutaneous fat.

Fat is bright and muscle dark on T1 and on turbo spin-echo T2, so the mean signal of the muscle region, placed between pure muscle (the
mode of its dark voxels) and subcutaneous fat, estimates the fraction of fat: the idea of two-point thresholding, as in Elliott
et al., Clin Radiol 2005;60:355 (muscle against intermuscular fat on T1). It is no Goutallier grade, which needs axial images, and no
chemical-shift fat fraction: relaxation weighs water and fat differently, and strands finer than a voxel pass for muscle, so that
much fat is underestimated and the interval is wide.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from service.anatomy.landmarks import Landmarks
from service.anatomy.model import CANAL, Anatomy
from service.anatomy.regions import Mask
from service.findings.model import Finding, not_assessable
from service.findings.uncertainty import interval_of, standard_error

FEATURE = "muscle_fat_infiltration"
METHOD = (
    "mean signal of the muscle behind the lumbar laminae on {weighting}, between the mode of its dark voxels and subcutaneous fat, the "
    "fall of the coil's sensitivity with depth taken out"
)
NO_SERIES = "muscle and fat are told apart on sagittal T1 or T2 without fat suppression, which is missing"
NO_MUSCLE = "the slices do not show enough muscle beside the spinous processes"
NO_FAT = "no subcutaneous fat is seen behind the muscle to compare with"
_UNLIKE = frozenset({"fat_suppressed", "gradient_echo", "water", "fat", "out_of_phase", "in_phase", "contrast_agent"})
_BESIDE_MM = (8.0, 30.0)
"""Distance from the middle of the canal, sideways, at which slices show muscle rather than processes. Provenance: expert."""
_BEHIND_CANAL_MM = 12.0
_CLEAR_MM = 2.0
"""Kept away from bone, fascia and skin."""
_SKIN_MM = 4.0
_FASCIA = 0.65
"""Of the signal of fat: what is darker for some millimetres is the fascia and the muscle under it. Provenance: expert."""
_FASCIA_MM = 4.0
_SKIN = 0.25
_LEAST_MUSCLE, _LEAST_FAT = 400, 60
_LAYER_MM, _DEEP_MM, _PURE = 4.0, (8.0, 40.0), 10.0
"""The coil's fall is read from the tenth percentile of layers this deep: below the fascia, above the bone. Provenance: expert."""
_STEEPEST = 0.03
"""Greatest fall of the signal for each mm of depth. Provenance: expert."""

Values = NDArray[np.float64]
_LUMBAR = (1, 2, 3, 4, 5)
"""Labels of the whole lumbar vertebrae."""


@dataclass(frozen=True, eq=False)
class Tissue:
    """Muscle of one side and the fat behind it: signals, and depths in mm in front of the fascia (fat lies behind: negative)."""

    muscle: Values
    muscle_depth: Values
    fat: Values
    fat_depth: Values

    def joined(self, other: "Tissue") -> "Tissue":
        """Both sides as one."""
        return Tissue(*(np.concatenate(pair) for pair in zip(_parts(self), _parts(other), strict=True)))


@dataclass(frozen=True)
class FatFraction:
    """0 to 1, and the signal of pure muscle relative to that of fat, beside the fall of both for each mm of depth."""

    value: float
    contrast: float
    fall: float


def measure_muscle_fat(anatomies: Sequence[Anatomy], landmarks: Landmarks) -> list[Finding]:
    """``muscle_fat_infiltration``, the fraction of fat in the paraspinal muscle from L1 to L5, on T1 or else on T2."""
    del landmarks  # of the first series; every series has its own grid
    reason = NO_SERIES
    for weighting in ("T1", "T2"):
        for anatomy in anatomies:
            if anatomy.series.weighting == weighting and not _UNLIKE & anatomy.series.traits:
                found = _measured(anatomy)
                if isinstance(found, Finding):
                    return [found]
                reason = found
    return [not_assessable(FEATURE, reason, series=anatomies[0].series.id)]


def _measured(anatomy: Anatomy) -> Finding | str:
    """The finding of one series, or why there is none."""
    sides = tissue_of(anatomy)
    shown = {side: tissue for side, tissue in sides.items() if len(tissue.muscle) >= _LEAST_MUSCLE}
    if not shown:
        return NO_MUSCLE
    both = next(iter(shown.values())) if len(shown) == 1 else sides["left"].joined(sides["right"])
    if len(both.fat) < _LEAST_FAT:
        return NO_FAT
    whole = fat_fraction(both)
    details: dict[str, float | str] = {"muscle_over_fat": round(whole.contrast, 3)}
    details |= {s: round(fat_fraction(t).value, 3) for s, t in shown.items() if len(t.fat) >= _LEAST_FAT}
    lumbar = [vertebra for vertebra in anatomy.of("vertebra") if vertebra.label in _LUMBAR]
    sure = min(s.confidence for s in (*anatomy.of("canal"), *lumbar))
    error = standard_error(FEATURE, anatomy, sure)
    return Finding(
        feature=FEATURE,
        status="assessed",
        value=round(whole.value, 3),
        unit="fraction",
        interval=(interval_of(whole.value, error, least=0)[0], min(interval_of(whole.value, error)[1], 1.0)),
        confidence=sure,
        method=METHOD.format(weighting=anatomy.series.weighting),
        series=anatomy.series.id,
        details=details,
    )


def fat_fraction(tissue: Tissue) -> FatFraction:
    """Where the mean signal of muscle lies between pure muscle and fat, all brought to the depth of the fascia."""
    fall = _fall(tissue)
    fat = float(np.percentile(tissue.fat * np.exp(fall * tissue.fat_depth), 60))
    level = tissue.muscle * np.exp(fall * tissue.muscle_depth)
    dark = level[level < _FASCIA * fat]
    if len(dark) < _LEAST_FAT:
        return FatFraction(1.0, 1.0, fall)
    pure = _mode(dark)
    return FatFraction(float(np.clip((level.mean() - pure) / (fat - pure), 0, 1)), pure / fat, fall)


def _fall(tissue: Tissue) -> float:
    """How steeply the log of muscle's signal falls with depth: a line through a low percentile of each layer, which holds no fat."""
    layer = np.floor(tissue.muscle_depth / _LAYER_MM).astype(int)
    counts = np.bincount(layer)
    deep = (np.arange(len(counts)) * _LAYER_MM >= _DEEP_MM[0]) & (np.arange(len(counts)) * _LAYER_MM < _DEEP_MM[1])
    used = np.flatnonzero(deep & (counts >= max(_LEAST_FAT, 0.05 * counts.max())))
    if len(used) < 3:
        return 0.0
    low = [np.log(max(float(np.percentile(tissue.muscle[layer == k], _PURE)), 1e-6)) for k in used]
    slope = np.polyfit((used + 0.5) * _LAYER_MM, low, 1, w=np.sqrt(counts[used]))[0]
    return float(np.clip(-slope, 0, _STEEPEST))


def _mode(values: Values) -> float:
    """The value around which most others lie, by a smoothed histogram."""
    counts, edges = np.histogram(values, bins=200)
    smooth = ndimage.gaussian_filter1d(counts.astype(float), 8.0)
    return float((edges[:-1] + edges[1:])[int(np.argmax(smooth))] / 2)


def tissue_of(anatomy: Anatomy) -> dict[str, Tissue]:
    """What the slices show of muscle and fat behind the lumbar spine, by side of the patient."""
    found = {"right": _nothing(), "left": _nothing()}
    rows = _lumbar_rows(anatomy)
    canal = anatomy.labels[:, rows] == CANAL
    posterior = (anatomy.labels[:, rows] % 100 > 0) & (anatomy.labels[:, rows] < 200) & ~anatomy.bodies[:, rows]
    posterior &= anatomy.labels[:, rows] != 26
    if not canal.any() or not posterior.any():
        return found
    slice_mm, _, column_mm = (float(mm) for mm in anatomy.series.geometry.spacing)
    middle, behind = _middle_of(canal), _rear_of(canal) + _BEHIND_CANAL_MM / column_mm
    for k, pixels in enumerate(anatomy.series.pixels[:, rows]):
        aside = (k - middle) * slice_mm
        here = (np.abs(aside) >= _BESIDE_MM[0]) & (np.abs(aside) <= _BESIDE_MM[1])
        if here.any():
            start = np.maximum(behind, _start(posterior[k]) + _CLEAR_MM / column_mm)
            side = "right" if float(np.median(aside[here])) < 0 else "left"
            found[side] = found[side].joined(_of_slice(np.asarray(pixels, float), start, here, anatomy))
    return found


def _lumbar_rows(anatomy: Anatomy) -> slice:
    """Rows from the top of the highest lumbar body seen to the bottom of the lowest."""
    lumbar: Mask = np.asarray(np.isin(anatomy.labels, _LUMBAR) & anatomy.bodies)
    seen = np.flatnonzero(lumbar.any((0, 2)))
    return slice(int(seen[0]), int(seen[-1]) + 1) if len(seen) else slice(0, 0)


def _filled(values: Values) -> Values:
    """(rows,) with gaps interpolated and smoothed."""
    known = np.isfinite(values)
    return np.interp(np.arange(len(values)), np.flatnonzero(known), values[known]) if known.any() else values


def _middle_of(canal: Mask) -> Values:
    """(rows,) the slice, with fractions, in which the middle of the canal lies."""
    per_slice = canal.sum(2)
    with np.errstate(invalid="ignore"):
        middle = (np.arange(len(canal))[:, None] * per_slice).sum(0) / per_slice.sum(0)
    return ndimage.gaussian_filter1d(_filled(middle), 10.0, mode="nearest")


def _rear_of(canal: Mask) -> Values:
    """(rows,) the last column of the canal."""
    seen: Mask = np.asarray(canal.any(0))
    last = np.where(seen.any(1), seen.shape[1] - 1 - seen[:, ::-1].argmax(1), np.nan)
    return _filled(last)


def _start(posterior: Mask) -> Values:
    """(rows,) the last column of bone in a slice; where there is none, between those of the rows above and below."""
    last = np.where(posterior.any(1), posterior.shape[1] - 1 - posterior[:, ::-1].argmax(1), np.nan)
    return _filled(last) if posterior.any() else np.zeros(len(posterior))


def _of_slice(pixels: Values, start: Values, here: NDArray[np.bool_], anatomy: Anatomy) -> Tissue:
    """Muscle and fat of one slice (rows, columns), ``here`` being the rows where it lies beside the spinous processes."""
    _, row_mm, column_mm = (float(mm) for mm in anatomy.series.geometry.spacing)
    smooth = ndimage.gaussian_filter(pixels, (3.0 / row_mm, 0.8 / column_mm))
    columns = np.arange(pixels.shape[1])
    behind = columns > start[:, None]
    if not behind.any():
        return _nothing()
    bright = float(np.percentile(smooth[behind], 90))
    skin, fascia = _skin_and_fascia(smooth, start, bright, column_mm)
    depth = (fascia[:, None] - columns) * column_mm
    under = (skin[:, None] - columns) * column_mm
    usable = here[:, None] & np.isfinite(fascia)[:, None]
    muscle = usable & behind & (depth > _CLEAR_MM)
    fat = usable & (depth < -_CLEAR_MM) & (under > _SKIN_MM)
    return Tissue(pixels[muscle], depth[muscle], pixels[fat], depth[fat])


def _skin_and_fascia(smooth: Values, start: Values, bright: float, column_mm: float) -> tuple[Values, Values]:
    """(rows,) columns of the skin and of the front of the subcutaneous fat; nan where no fat lies between them."""
    body = smooth > _SKIN * bright
    skin = body.shape[1] - 1 - body[:, ::-1].argmax(1).astype(float)
    run = max(int(_FASCIA_MM / column_mm), 2)
    fascia = np.full(len(smooth), np.nan)
    for r, line in enumerate(smooth):
        inner = line[int(max(start[r], 0)) : int(skin[r] - 2 / column_mm)][::-1]
        if len(inner) < run:
            continue
        fat = inner >= _FASCIA * bright
        first = int(fat.argmax())
        dark = np.convolve(~fat[first:], np.ones(run), "valid") == run if len(fat) - first >= run else np.zeros(0, bool)
        if fat.any() and dark.any():
            fascia[r] = skin[r] - 2 / column_mm - first - int(dark.argmax())
    known = np.isfinite(fascia)
    if known.sum() < 10:
        return skin, np.full(len(smooth), np.nan)
    return skin, ndimage.median_filter(_filled(fascia), size=15, mode="nearest")


def _nothing() -> Tissue:
    empty: Values = np.empty(0)
    return Tissue(empty, empty, empty, empty)


def _parts(tissue: Tissue) -> tuple[Values, ...]:
    return tissue.muscle, tissue.muscle_depth, tissue.fat, tissue.fat_depth
