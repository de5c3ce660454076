"""How much CSF is left around the roots at every disc level, on T2."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from service.anatomy.canal import STEP_MM, Canal, find_canal
from service.anatomy.landmarks import DiscSpace, Landmarks, Level
from service.anatomy.model import Anatomy
from service.anatomy.regions import Points
from service.findings.canal import NO_CANAL, NO_MIDDLE, canal_at, canal_confidence
from service.findings.levels import per_disc
from service.findings.model import Finding, not_assessable
from service.findings.uncertainty import interval_of, standard_error

CSF = "canal_csf"
NO_T2 = "CSF is told from roots on T2 only, and this series is not known to be T2"
_INNER = 0.8
"""Voxels with at least this much canal around them hold none of its wall."""
_NEAR_MM = 25.0
"""CSF is compared with that of the canal this far up and down: the coil sees no farther evenly. Provenance: expert."""
_BRIGHT, _DARK = 90.0, 5.0
"""Percentiles of the signal that stand for CSF and for roots. Provenance: expert."""
_EVEN = 0.92
"""Pure CSF on the mean, relative to that percentile, which noise and flow lift. Provenance: expert."""
_ROOTS = (0.2, 0.5)
"""Signal of roots and cord relative to that of CSF on T2, within which the patient's own is looked for. Provenance: expert."""
_SPREAD_MM = 1.5
_LEAST_VOXELS = 3


@dataclass(frozen=True)
class LevelCsf:
    """Share of CSF in the canal, 0 to 1: at a disc's mid-plane, and half-way up the vertebra above it where that is seen."""

    at_disc: float
    at_vertebra: float | None


def measure_canal_csf(anatomy: Anatomy, landmarks: Landmarks) -> list[Finding]:
    """``canal_csf`` (fraction of the canal's cross-section) at every disc level of a T2 series.

    Narrowing squeezes out CSF before it bundles the roots, which is what the classes of central stenosis describe: Lee et al.,
    Skeletal Radiol 2011;40:1033. The measure itself is this project's own.
    """
    told = anatomy.series.weighting == "T2"
    canal = find_canal(anatomy) if told else None
    along = None if canal is None else csf_along(canal, anatomy)

    def csf(level: Level, space: DiscSpace) -> Finding:
        found = None if canal is None or along is None else csf_at(canal, along, space)
        if found is None or canal is None:
            return not_assessable(CSF, NO_CANAL if told else NO_T2, level=level.name, series=anatomy.series.id)
        cut = canal_at(canal, space)
        if cut is None or cut.beside_middle:
            return not_assessable(CSF, NO_MIDDLE, level=level.name, series=anatomy.series.id)
        return _finding(anatomy, level, found)

    return per_disc(CSF, anatomy, landmarks, csf)


def csf_at(canal: Canal, along: Points, space: DiscSpace) -> LevelCsf | None:
    """Read the (n,) shares of ``csf_along`` at a disc and at the vertebra above it; none where too little is seen."""
    body = space.upper
    at_disc = _read(canal, along, space.centre, space.normal)
    if at_disc is None:
        return None
    return LevelCsf(at_disc, _read(canal, along, body.middle, body.up))


def _read(canal: Canal, along: Points, centre: Points, normal: Points) -> float | None:
    place = canal.place(centre, normal)
    if place is None:
        return None
    share = float(np.interp(place, canal.length, along))
    return share if np.isfinite(share) else None


def _finding(anatomy: Anatomy, level: Level, found: LevelCsf) -> Finding:
    details: dict[str, float | str] = {}
    if found.at_vertebra:
        details["mid_vertebral_ratio"] = round(found.at_disc / found.at_vertebra, 4)
    sure = canal_confidence(anatomy, level)
    low, high = interval_of(found.at_disc, standard_error(CSF, anatomy, sure), least=0)
    return Finding(
        feature=CSF,
        level=level.name,
        status="assessed",
        value=round(found.at_disc, 4),
        unit="fraction",
        interval=(low, min(high, 1.0)),
        confidence=sure,
        method="T2 signal across the canal between that of the patient's own roots and cord and that of the brightest CSF near by",
        series=anatomy.series.id,
        details=details,
    )


def csf_along(canal: Canal, anatomy: Anatomy) -> Points:
    """(n,) share of CSF in the canal's cross-section at each point of the centreline, 0 to 1; nan without T2.

    T2 signal between that of the patient's own roots and cord (0) and that of the brightest CSF near by (1), averaged over the
    cross-section: a voxel half of roots counts half, however thick the slices.
    """
    nothing = np.full(len(canal.points), np.nan)
    if anatomy.series.weighting != "T2":
        return nothing
    index, along = canal.voxels()
    inner = canal.solid[tuple(index.T)] >= _INNER
    signal = anatomy.series.pixels[tuple(_index_of(canal, anatomy, index[inner]).T)].astype(float)
    step = np.clip(np.rint(along[inner] / STEP_MM).astype(int), 0, len(nothing) - 1)
    if len(signal) < _LEAST_VOXELS:
        return nothing
    relative = signal / np.maximum(_bright(signal, step, len(nothing)), 1e-6)[step]
    roots = float(np.clip(np.percentile(relative, _DARK), *_ROOTS))
    return _mean_along(np.clip((relative - roots) / (1 - roots), 0, 1), step, len(nothing))


def _index_of(canal: Canal, anatomy: Anatomy, index: NDArray[np.intp]) -> NDArray[np.intp]:
    """Indices of the canal's crop as indices of the whole series."""
    start = np.rint(anatomy.series.geometry.to_index(canal.geometry.to_patient([0, 0, 0]))).astype(np.intp)
    return np.asarray(index + start)


def _bright(signal: Points, step: NDArray[np.intp], count: int) -> Points:
    """(count,) signal of CSF about each step of the centreline."""
    reach = round(_NEAR_MM / STEP_MM)
    near = [signal[np.abs(step - k) <= reach] for k in range(count)]
    bright = np.array([np.percentile(n, _BRIGHT) if len(n) else np.nan for n in near])
    known = np.flatnonzero(np.isfinite(bright))
    return np.asarray(
        _EVEN * gaussian_filter1d(np.interp(np.arange(count), known, bright[known]), reach / 2, mode="nearest")
    )


def _mean_along(share: Points, step: NDArray[np.intp], count: int) -> Points:
    """(count,) mean of the voxels about each step; nan where there are hardly any."""
    total, number = np.bincount(step, share, count), np.bincount(step, minlength=count).astype(float)
    smooth = [gaussian_filter1d(x, _SPREAD_MM / STEP_MM, mode="constant") for x in (total, number)]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(number >= _LEAST_VOXELS, smooth[0] / smooth[1], np.nan))
