"""The canal along its whole centreline: diameter, area and the share of CSF, with the places of discs and vertebrae."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from service.anatomy.canal import Canal, cross_section, find_canal
from service.anatomy.landmarks import Landmarks, number_name
from service.anatomy.model import Anatomy
from service.anatomy.regions import Points
from service.findings.canal_csf import csf_along


@dataclass(frozen=True, eq=False)
class CanalProfile:
    """The canal, cut across its centreline every ``STEP_MM`` from its lowest point up; the first and last cuts may be partial.

    Attributes:
        distance_mm: (n,) along the centreline from its lowest point.
        diameter_mm: (n,) antero-posterior, mid-sagittal; nan where the slices miss the canal's middle.
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
    diameters = [np.nan if s is None or s.middle is False else s.diameter for s in sections]
    areas = [np.nan if s is None or s.area is None else s.area for s in sections]
    csf = csf_along(canal, anatomy)
    return CanalProfile(canal.length, np.array(diameters), np.array(areas), csf, _levels(canal, landmarks))


def _levels(canal: Canal, landmarks: Landmarks) -> dict[str, float]:
    """Where along the centreline the discs and vertebrae lie, from the lowest up."""
    planes = [(level.name, level.space.centre, level.space.normal) for level in landmarks.levels if level.space]
    planes += [(number_name(number), body.middle, body.up) for number, body in landmarks.bodies.items()]
    places = {name: canal.place(centre, normal) for name, centre, normal in planes}
    return dict(sorted(((n, p) for n, p in places.items() if p is not None), key=lambda item: item[1]))
