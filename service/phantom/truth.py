"""What a perfect reader would measure: every quantity from the analytic surfaces, none from voxels."""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from service.anatomy.model import DISC, disc_name, vertebra_name
from service.findings.model import Finding
from service.phantom.canal import Canal
from service.phantom.disc import Disc
from service.phantom.gap import Midplane, disc_height, midplane
from service.phantom.scene import Scene
from service.phantom.truth_foramen import foramen
from service.phantom.vertebra import Vertebra, rounded

Array = NDArray[np.floating]

METHOD = "exact, from the surfaces of the phantom"
LUMBAR = range(1, 6)
LEAST_SLIP_MM = 3.0


def measure(scene: Scene) -> tuple[Finding, ...]:
    """All exact measurements of the lumbar spine, whole-spine ones first, then level by level from L5-S1 up."""
    found = [cobb(scene), lordosis(scene), _muscle(scene)]
    for disc in scene.discs[: len(LUMBAR)]:
        found += [
            _height(disc),
            _listhesis(disc),
            *_canal(scene, disc),
            *_foramina(scene, disc),
            _bulging(disc),
            _herniation(disc),
            *_grades(disc),
        ]
    return tuple(found)


def _finding(feature: str, value: float, unit: str, **rest: object) -> Finding:
    return Finding.model_validate(
        {"feature": feature, "status": "assessed", "value": float(value), "unit": unit, "method": METHOD, **rest}
    )


def _level(disc: Disc) -> str:
    return disc_name(DISC + disc.upper.label)


def cobb(scene: Scene) -> Finding:
    """Largest angle in the patient's coronal plane between any two endplates from L5's lower to L1's upper one."""
    tilts = []
    for label in LUMBAR:
        vertebra = scene.spine.vertebrae[label]
        for endplate in (vertebra.lower, vertebra.upper):
            normal = vertebra.normal(endplate)
            tilts.append((np.degrees(np.arctan2(normal[0], normal[2])), label))
    low, high = max(combinations(tilts, 2), key=lambda pair: abs(pair[0][0] - pair[1][0]))
    ends = {"upper": vertebra_name(high[1]), "lower": vertebra_name(low[1])}
    return _finding("cobb_angle", abs(low[0] - high[0]), "degrees", details=ends)


def lordosis(scene: Scene) -> Finding:
    """Sagittal angle between the upper endplates of L1 and S1."""
    angles = []
    for label in (0, 5):
        vertebra = scene.spine.vertebrae[label]
        normal = vertebra.normal(vertebra.upper)
        angles.append(np.degrees(np.arctan2(-normal[1], normal[2])))
    return _finding("lumbar_lordosis", angles[0] - angles[1], "degrees", details={"upper": "L1", "lower": "S1"})


def _muscle(scene: Scene) -> Finding:
    return _finding("muscle_fat_infiltration", scene.parameters.muscle_fat_fraction, "fraction")


def _height(disc: Disc) -> Finding:
    height = disc_height(disc.lower, disc.upper)
    details = {"anterior_mm": height.anterior, "middle_mm": height.middle, "posterior_mm": height.posterior}
    return _finding("disc_height", height.mean, "mm", level=_level(disc), details=details)


def meyerding(slip: float, percent: float) -> str:
    """Grade of a slip by its per cent of the lower endplate's length: 0 below 3 mm, then quarters, V beyond the endplate.

    Source: Meyerding, Surg Gynecol Obstet 1932; the floor is the usual cut-off of studies of degenerative slips.
    """
    if abs(slip) < LEAST_SLIP_MM:
        return "0"
    return ("I", "II", "III", "IV", "V")[min(int(abs(percent) // 25.0001), 4)]


def _listhesis(disc: Disc) -> Finding:
    front, back = (disc.lower.corner(disc.lower.upper, end) for end in (-1.0, 1.0))
    length = float(np.linalg.norm(back - front))
    slip = float((back - disc.upper.corner(disc.upper.lower, 1.0)) @ (back - front) / length)
    percent = 100 * slip / length
    grade = meyerding(slip, percent)
    direction = "none" if grade == "0" else "anterior" if slip > 0 else "posterior"
    details: dict[str, float | str] = {"percent": percent, "direction": direction}
    return _finding("spondylolisthesis", slip, "mm", level=_level(disc), grade=grade, details=details)


def _free(canal: Canal, disc: Disc, points: Array) -> NDArray[np.bool_]:
    """Whether (…, 3) points near a disc lie in the sac, and neither in the disc nor in its vertebrae."""
    free = canal.inside(points) & (disc.distance(points) >= 0)
    for vertebra in (disc.lower, disc.upper):
        free &= _body_distance(vertebra, points) >= 0
    return free


def _body_distance(vertebra: Vertebra, points: Array) -> Array:
    local = vertebra.to_local(points)
    return rounded(*vertebra.distances(local[..., 0], local[..., 1], local[..., 2]))


def _crossing(canal: Canal, plane: Midplane) -> tuple[Array, Array, Array]:
    """Centre, direction to the left and to the back of the canal's cross-section at a disc's mid-plane."""
    heights = (canal.center - plane.center) @ plane.normal
    k = int(np.argmin(np.abs(heights)))
    center = canal.center[k] - heights[k] / (canal.along[k] @ plane.normal) * canal.along[k]
    return center, canal.left[k], canal.back[k]


def _canal(scene: Scene, disc: Disc) -> tuple[Finding, ...]:
    center, left, back = _crossing(scene.canal, midplane(disc.lower, disc.upper))
    fine, step = np.linspace(-14, 14, 1401), 0.2
    diameter = float(_free(scene.canal, disc, center + fine[:, None] * back).sum() * (fine[1] - fine[0]))
    across = np.arange(-13, 13, step)
    points = center + across[:, None, None] * left + across[:, None] * back
    free = points[_free(scene.canal, disc, points)]
    level = _level(disc)
    return (
        _finding("canal_ap_diameter", diameter, "mm", level=level),
        _finding("canal_area", len(free) * step**2, "mm2", level=level),
        _finding("canal_csf", _csf(scene, free), "fraction", level=level),
    )


def _csf(scene: Scene, points: Array) -> float:
    """Share of (n, 3) points in the sac that neither cord nor roots fill."""
    if not len(points):
        return 0.0
    at = scene.canal.coordinates(points)
    cord = scene.contents.cord(*at)
    return float(((1 - cord) * (1 - scene.contents.roots(*at, soft_mm=0.6))).mean())


def _foramina(scene: Scene, disc: Disc) -> list[Finding]:
    rows = []
    for side in ("left", "right"):
        found = foramen(scene, disc, side)
        rows += (
            [] if found is None else [("foraminal_height", side, found.height), ("foraminal_width", side, found.width)]
        )
    return [_finding(key, value, "mm", level=_level(disc), side=side) for key, side, value in rows if value is not None]


def _bulging(disc: Disc) -> Finding:
    lower, upper = disc.lower.corner(disc.lower.upper, 1.0), disc.upper.corner(disc.upper.lower, 1.0)
    line = upper - lower
    plane = midplane(disc.lower, disc.upper)
    out = plane.back - (plane.back @ line) / (line @ line) * line
    out /= np.linalg.norm(out)
    rise, depth = np.linspace(-0.3, 1.3, 81), np.arange(-3, 16, 0.05)
    points = lower + rise[:, None, None] * line + depth[:, None] * out
    inside = disc.distance(points) < 0
    return _finding("disc_bulging", max(float(depth[inside.any(0)].max()), 0.0), "mm", level=_level(disc))


def _herniation(disc: Disc) -> Finding:
    level = disc.level
    present = level.herniation_mm > 0
    side = level.herniation_side if present and level.herniation_side != "central" else None
    details = {"position": level.herniation_side} if present else {}
    return _finding(
        "disc_herniation",
        level.herniation_mm,
        "mm",
        level=_level(disc),
        side=side,
        grade="present" if present else "absent",
        probability=float(present),
        details=details,
    )


def _grades(disc: Disc) -> tuple[Finding, ...]:
    level, name = disc.level, _level(disc)
    modic = {"grade": str(level.modic), "probability": float(level.modic > 0)}
    defect = {"value": level.endplate_defect_mm, "unit": "mm", "probability": float(level.endplate_defect_mm > 0)}
    rows: tuple[dict[str, object], ...] = (
        {"feature": "modic_type", **modic},
        {"feature": "pfirrmann_grade", "grade": str(level.pfirrmann)},
        {"feature": "endplate_defect", **defect},
    )
    return tuple(Finding.model_validate({"status": "assessed", "level": name, "method": METHOD, **r}) for r in rows)
