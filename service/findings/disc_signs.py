"""Hand-made signs of a disc, which the trained grader reads beside the picture: shape, signal, and the marrow at its endplates.

Ratios of signal are logarithms. The step between two vertebrae is the mean over the series, each on its own outlines; all else is measured
on those of the first. Sources: Pfirrmann et al., Spine 2001;26:1873 (signal against cerebrospinal fluid, structure, height);
Modic et al., Radiology 1988;166:193 (T1 and T2 signal of the marrow at an endplate against that of normal marrow).
"""

from collections.abc import Callable, Mapping, Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from service.findings.disc_view import BACK, HEAD, LEAST_PIXELS, PIXEL_MM, DiscView, Picture

Signs = dict[str, float]
STRIP_MM, CORE_MM = (1.0, 6.0), (8.0, 15.0)
"""How deep under an endplate its own marrow lies, and that of the middle of the vertebra. Provenance: expert."""
_INNER, _NUCLEUS, _CENTRE, _ANNULUS = 0.85, 0.6, 0.35, 0.65
_CLEFT, _BESIDE_CLEFT = 0.12, (0.2, 0.35)
"""How far from half-way between the endplates, in parts of the gap, a cleft of the nucleus lies, and what it is compared with."""
_NEAR_RIM = (0.3, 0.9)
_WALL_MM, _LEAST_ROWS, _REACH_MM, _LEAN = (1.5, 8.0), 5, 10.0, 0.6
"""The stretch of wall beneath the rim that is carried on to the disc, and limits of what is believed of it."""
_BEHIND_MM = 5.0
USUAL_STEP_MM = (
    ((-1.0, 2.6), (-0.8, 1.9), (-0.9, 1.8), (-0.7, 1.2), (-0.8, 1.0), (-0.2, 0.9)),
    ((-1.3, 2.3), (-0.3, 2.3), (-0.6, 1.9), (-0.9, 1.4), (-1.1, 1.2), (-0.8, 1.3)),
)
"""Of the rear and of the front walls, from L5-S1 up: the median step, and half of the range that holds the middle 68 %, over the 928 discs of
SPIDER's training patients (outlines of segmenter 0.5.0). Above T12-L1 as there."""
NAN = float("nan")


def signs_of(views: Mapping[int, DiscView]) -> dict[int, Signs]:
    """Every sign of every disc of one examination; nan for what cannot be told."""
    own = {n: {**_shape(view), **_signal(view), **_endplates(view)} for n, view in views.items()}
    height, length, step = (_of_all(own, key, median) for key in ("height_mm", "length_mm", "step_mm"))
    bright = {key: _of_all(own, key, max) for key in ("t2_nucleus", "t2_disc")}
    for number, signs in own.items():
        signs["level"] = float(number)
        signs["height_share"] = signs["height_mm"] / height
        signs["length_share"] = signs["length_mm"] / length
        signs["step_apart"] = abs(signs["step_mm"] - step)
        signs.update(_slips(number, signs["step_mm"], signs["front_step_mm"]))
        signs.update({f"{key}_share": signs[key] - bright[key] for key in bright})
    return own


def inner(view: DiscView, part: float = _INNER) -> NDArray[np.bool_]:
    """(SIZE, SIZE) the columns within the middle ``part`` of the disc's length."""
    return np.asarray(np.abs(BACK) < part * view.frame.half)


def beneath(view: DiscView, depth: tuple[float, float], *, upper: bool) -> NDArray[np.bool_]:
    """(SIZE, SIZE) the marrow of the vertebra above (``upper``) or below, between two depths in mm under its endplate."""
    deep = HEAD - view.roof if upper else view.floor - HEAD
    return np.asarray(inner(view) & (deep >= depth[0]) & (deep < depth[1]) & (view.bodies > 0.5))


def _of_all(own: Mapping[int, Signs], key: str, pick: Callable[[Sequence[float]], float]) -> float:
    values = [signs[key] for signs in own.values() if np.isfinite(signs[key])]
    return float(pick(values)) if values else NAN


def _shape(view: DiscView) -> Signs:
    gap, length = view.roof - view.floor, 2 * view.frame.half
    place = BACK[0] / view.frame.half
    rear = [_wall(view, upper=upper, rear=True) for upper in (True, False)]
    step, front_step = (
        _mean(np.array([_step(one, rear=side) for one in (view, *view.others)])) for side in (True, False)
    )
    solid = view.disc > 0.5
    disc_rear = float(np.percentile(BACK[solid], 99)) if solid.any() else NAN
    return {
        "length_mm": length,
        "area_mm2": float(solid.sum()) * PIXEL_MM**2,
        "height_mm": _mean(gap[np.abs(place) < _INNER]),
        "height_front": _mean(gap[(place > -_INNER) & (place < -_INNER / 3)]) / length,
        "height_middle": _mean(gap[np.abs(place) < _INNER / 3]) / length,
        "height_rear": _mean(gap[(place < _INNER) & (place > _INNER / 3)]) / length,
        "beyond_mm": disc_rear - float(np.max(rear)),
        "beyond_mean_mm": disc_rear - sum(rear) / 2,
        "step_mm": step,
        "step_size": abs(step),
        "front_step_mm": front_step,
        "body_share": float(((view.bodies > 0.5) & inner(view)).mean()),
    }


def _step(view: DiscView, *, rear: bool) -> float:
    """How far back the lower vertebra's wall lies behind the upper one's at the disc, mm; nan if either is not seen."""
    return _wall(view, upper=False, rear=rear) - _wall(view, upper=True, rear=rear)


def _slips(number: int, rear_mm: float, front_mm: float) -> Signs:
    """How unusual for its level a step is, in spreads, of the rear wall and of both walls alike: the upper vertebra forward, or back."""
    usual = (levels[min(number, len(levels)) - 1] for levels in USUAL_STEP_MM)
    rear, front = ((step - middle) / spread for step, (middle, spread) in zip((rear_mm, front_mm), usual, strict=True))
    both = (min(rear, front), min(-rear, -front)) if np.isfinite([rear, front]).all() else (NAN, NAN)
    found = {"antero": rear, "retro": -rear, "antero_both": both[0], "retro_both": both[1]}
    return {name: float(np.maximum(value, 0)) for name, value in found.items()}


def _wall(view: DiscView, *, upper: bool, rear: bool) -> float:
    """Where the posterior or anterior wall of a vertebra, carried on, meets the mid-plane, mm to the back; nan if it is not seen."""
    edge, up = (view.roof, 1.0) if upper else (-view.floor, -1.0)
    place = BACK[0] / view.frame.half * (1 if rear else -1)
    under = edge[(place > _NEAR_RIM[0]) & (place < _NEAR_RIM[1]) & np.isfinite(edge)]
    if len(under) < _LEAST_ROWS:
        return NAN
    solid = (view.bodies > 0.5) & (np.abs(BACK) < view.frame.half + _REACH_MM)
    deep = up * HEAD[:, 0] - np.median(under)
    rows = (deep > _WALL_MM[0]) & (deep < _WALL_MM[1]) & solid.any(axis=1)
    if rows.sum() < _LEAST_ROWS:
        return NAN
    far = np.where(solid, BACK, -np.inf).max(axis=1) if rear else np.where(solid, BACK, np.inf).min(axis=1)
    return _carried_on(HEAD[rows, 0], far[rows])


def _carried_on(height: NDArray[np.float64], wall: NDArray[np.float64]) -> float:
    """A line through a wall, without its outliers and not leaning too far, at height 0."""
    rest = np.abs(wall - np.polyval(np.polyfit(height, wall, 1), height))
    kept = rest <= 2 * np.median(rest) + 0.3
    slope = np.clip(np.polyfit(height[kept], wall[kept], 1)[0], -_LEAN, _LEAN)
    return float(np.median(wall[kept]) - slope * np.median(height[kept]))


def _mean(values: NDArray[np.float64]) -> float:
    seen = values[np.isfinite(values)]
    return float(seen.mean()) if len(seen) else NAN


def _signal(view: DiscView) -> Signs:
    found: Signs = {}
    disc = view.disc > 0.5
    beyond = BACK - view.frame.half
    behind = (np.abs(HEAD) < _BEHIND_MM) & (beyond > 0) & (beyond < _BEHIND_MM)
    for name, picture in (("t1", view.t1), ("t2", view.t2)):
        low, half, high = _spread(picture, disc & inner(view))
        found |= {f"{name}_disc": half, f"{name}_disc_dark": low, f"{name}_disc_bright": high}
        found[f"{name}_nucleus"] = _spread(picture, disc & inner(view, _NUCLEUS))[1]
        found[f"{name}_behind_dark"], found[f"{name}_behind"], _ = _spread(picture, behind)
        found |= {f"{name}_{key}": value for key, value in _structure(view, picture).items()}
    csf = NAN if view.csf is None else float(np.log(max(view.csf, 0.02)))
    found |= {"csf": csf, "disc_csf": found["t2_disc_bright"] - csf}
    return found


def _structure(view: DiscView, picture: Picture | None) -> Signs:
    """How uneven the disc is: annulus before and behind against the centre, brightest part of the rear, spread, and cleft."""
    disc, place = view.disc > 0.5, BACK / view.frame.half
    centre = _spread(picture, disc & (np.abs(place) < _CENTRE))[1]
    front, rear = (_spread(picture, disc & (side > _ANNULUS)) for side in (-place, place))
    middle, gap = (view.roof + view.floor) / 2, np.maximum(view.roof - view.floor, 1.0)
    apart, nucleus = np.abs(HEAD - middle) / gap, disc & inner(view, _NUCLEUS)
    low, high = _BESIDE_CLEFT
    cleft, beside = (_spread(picture, nucleus & part)[1] for part in (apart < _CLEFT, (apart > low) & (apart < high)))
    whole = disc & inner(view)
    uneven = NAN if picture is None or whole.sum() < LEAST_PIXELS else _log(picture[whole]).std()
    return {
        "annulus_front": front[1] - centre,
        "annulus_rear": rear[1] - centre,
        "rear_bright": rear[2] - centre,
        "uneven": float(uneven),
        "cleft": cleft - beside,
    }


def _endplates(view: DiscView) -> Signs:
    found: Signs = {}
    for side, upper in (("up", True), ("low", False)):
        strip, core = beneath(view, STRIP_MM, upper=upper), beneath(view, CORE_MM, upper=upper)
        for name, picture in (("t1", view.t1), ("t2", view.t2)):
            usual = _spread(picture, core)[1]
            low, half, high = _spread(picture, strip)
            found |= {f"{name}_{side}": half - usual, f"{name}_{side}_dark": low - usual}
            found |= {f"{name}_{side}_bright": high - usual, f"{name}_{side}_core": usual}
        found |= _roughness(view, side, view.roof if upper else -view.floor)
    return found


def _roughness(view: DiscView, side: str, profile: NDArray[np.float64]) -> Signs:
    """How far an endplate leaves a parabola, and how deep it is dished, in mm."""
    seen = np.isfinite(profile) & inner(view)[0]
    if seen.sum() < LEAST_PIXELS:
        return {f"rough_{side}": NAN, f"pit_{side}": NAN, f"dish_{side}": NAN}
    x, y = BACK[0][seen], profile[seen]
    rest = y - np.polyval(np.polyfit(x, y, 2), x)
    chord = np.interp(x, [x[0], x[-1]], [y[0], y[-1]])
    return {
        f"rough_{side}": float(rest.std()),
        f"pit_{side}": float(rest.max()),
        f"dish_{side}": float((y - chord).max()),
    }


def _spread(picture: Picture | None, where: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Logarithms of the 10th, 50th and 90th percentile; nan where there is too little to tell."""
    if picture is None or where.sum() < LEAST_PIXELS:
        return NAN, NAN, NAN
    low, half, high = _log(np.percentile(picture[where], (10, 50, 90)))
    return float(low), float(half), float(high)


def _log(signal: NDArray[np.floating]) -> NDArray[np.floating]:
    """The logarithm, of what is as good as black not without limit."""
    return np.asarray(np.log(np.maximum(signal, 0.02)))
