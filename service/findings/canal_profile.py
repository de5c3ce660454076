"""The canal along its whole centreline: diameter, area and the share of CSF, with the places of discs and vertebrae."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from service.anatomy.canal import STEP_MM, Canal, cross_section, find_canal
from service.anatomy.landmarks import Landmarks, number_name
from service.anatomy.model import Anatomy
from service.anatomy.regions import Points

_INNER = 0.8
"""Voxels with at least this much canal around them hold none of its wall."""
_NEAR_MM = 25.0
"""CSF is compared with the brightest of the canal this far up and down: the coil sees no farther evenly. Provenance: expert."""
_BRIGHT, _DARK = 95.0, 5.0
_ROOTS = (0.2, 0.5)
"""Signal of roots and cord relative to that of CSF on T2, within which the patient's own is looked for. Provenance: expert."""
_SPREAD_MM = 1.5
_LEAST_VOXELS = 6


@dataclass(frozen=True, eq=False)
class CanalProfile:
    """The canal, cut across its centreline every ``STEP_MM`` from its lowest point up.

    Attributes:
        distance_mm: (n,) along the centreline from its lowest point.
        diameter_mm: (n,) antero-posterior, mid-sagittal.
        area_mm2: (n,) of the cross-section, nan where the slices do not show the canal from side to side.
        csf_fraction: (n,) share of the cross-section that is CSF, 0 to 1; nan where too little is seen, and throughout without T2.
        levels: distance in mm of the mid-plane of every disc ("L4-L5") and of the middle of every vertebra ("L4") that it passes.
    """

    distance_mm: Points
    diameter_mm: Points
    area_mm2: Points
    csf_fraction: Points
    levels: Mapping[str, float]


def canal_profile(anatomy: Anatomy, landmarks: Landmarks) -> CanalProfile | None:
    """The profile of the canal of one series; none where too little of the canal was segmented."""
    canal = find_canal(anatomy)
    return None if canal is None else profile_of(canal, anatomy, landmarks)


def profile_of(canal: Canal, anatomy: Anatomy, landmarks: Landmarks) -> CanalProfile:
    """The profile of a canal that was already found."""
    sections = [cross_section(canal, point, up) for point, up in zip(canal.points, canal.up, strict=True)]
    diameters = [np.nan if s is None else s.diameter for s in sections]
    areas = [np.nan if s is None or s.area is None else s.area for s in sections]
    csf = csf_along(canal, anatomy)
    return CanalProfile(canal.length, np.array(diameters), np.array(areas), csf, _levels(canal, landmarks))


def _levels(canal: Canal, landmarks: Landmarks) -> dict[str, float]:
    """Where along the centreline the discs and vertebrae lie, from the lowest up."""
    planes = [(level.name, level.space.centre, level.space.normal) for level in landmarks.levels if level.space]
    planes += [
        (number_name(number), (body.upper.centre + body.lower.centre) / 2, body.up)
        for number, body in landmarks.bodies.items()
    ]
    places = {name: canal.place(centre, normal) for name, centre, normal in planes}
    return dict(sorted(((n, p) for n, p in places.items() if p is not None), key=lambda item: item[1]))


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
    return np.asarray(gaussian_filter1d(np.interp(np.arange(count), known, bright[known]), reach / 2, mode="nearest"))


def _mean_along(share: Points, step: NDArray[np.intp], count: int) -> Points:
    """(count,) mean of the voxels about each step; nan where there are hardly any."""
    total, number = np.bincount(step, share, count), np.bincount(step, minlength=count).astype(float)
    smooth = [gaussian_filter1d(x, _SPREAD_MM / STEP_MM, mode="constant") for x in (total, number)]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(number >= _LEAST_VOXELS, smooth[0] / smooth[1], np.nan))
