"""The intervertebral foramina, cut by the slices that show the pedicles above and below them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from service.anatomy.landmarks import DiscSpace
from service.anatomy.memory import remembered
from service.anatomy.model import DISC, Anatomy
from service.anatomy.regions import Points, unit

Side = Literal["left", "right"]

STEP_MM = 0.5
BACK_MM = np.arange(-8.0, 24.0, STEP_MM)
"""Columns of the picture of a foramen: mm behind the posterior end of the disc space."""
RISE_MM = np.arange(-32.0, 32.0, STEP_MM)
"""Rows of it: mm above the disc's mid-plane."""
_PEDICLE_MM = (1.0, 5.0)
"""Columns in which bone behind the bodies is pedicle: the articular processes lie farther back. Provenance: expert."""
_BESIDE_MM = (8.0, 26.0)
"""How far from the middle of the disc a slice through the pedicles may lie. Provenance: expert."""
_ROOT_MM = (-1.0, 3.0)
"""Rows in which the width is read: about the lower rim of the upper body, where the root passes. Provenance: expert."""
_TOP_MM = 4.0
"""No pedicle of the lower vertebra rises farther above the mid-plane, however flat the disc: what does is a process. Provenance: expert."""
_SEEN = 0.6
_LOWEST = 2

Picture = NDArray[np.bool_]


@dataclass(frozen=True)
class Foramen:
    """One foramen, in mm.

    Attributes:
        height: from the lower border of the pedicle above to the upper border of the one below, each where it is thickest.
        width: least gap between the back of bodies and disc and the bone behind; none where that bone is not seen.
    """

    height: float
    width: float | None


@dataclass(frozen=True)
class View:
    """What one slice shows of a foramen; heights are mm above the disc's mid-plane.

    Attributes:
        above, below: area of the pedicle above and of the one below, mm².
        roof: lower border of the pedicle above.
        floor: upper border of the pedicle below.
        width: as of the foramen.
    """

    above: float
    below: float
    roof: float
    floor: float
    width: float | None


@remembered
def foramen(anatomy: Anatomy, number: int, space: DiscSpace, side: Side) -> Foramen | None:
    """The foramen of a side at disc level ``number`` (2 for L4-L5); none if no slice shows both pedicles.

    That is always so at L5-S1, where the sacrum's posterior elements are not segmented, and on a given segmentation, whose bodies and pedicles
    are told apart by where the canal runs: too coarse for this.
    """
    if number < _LOWEST or anatomy.given:
        return None
    sign = 1.0 if side == "left" else -1.0
    views = []
    for k in range(anatomy.labels.shape[0]):
        points = _slice_points(anatomy, space, k)
        lateral = sign * float(space.local(points.reshape(-1, 3)).mean(axis=0)[0])
        if _between(lateral, *_BESIDE_MM):
            views.append(_in_slice(anatomy, number, space, k, points))
    return together([view for view in views if view is not None])


def together(views: Sequence[View]) -> Foramen | None:
    """One foramen from the slices that show it; none from no slice."""
    if not views:
        return None
    roof = max(views, key=lambda view: view.above).roof
    floor = max(views, key=lambda view: view.below).floor
    widths = [view.width for view in views if view.width is not None]
    return Foramen(roof - floor, min(widths, default=None))


def _slice_points(anatomy: Anatomy, space: DiscSpace, k: int) -> Points:
    """(rows, columns, 3) points of slice ``k`` behind a disc space."""
    geometry = anatomy.series.geometry
    plane = unit(np.cross(geometry.directions[:, 1], geometry.directions[:, 2]))
    grid = space.centre + RISE_MM[:, None, None] * space.normal + (space.posterior + BACK_MM)[:, None] * space.back
    away = (geometry.to_patient([k, 0, 0]) - grid) @ plane / (space.left @ plane)
    return np.asarray(grid + away[..., None] * space.left)


def _in_slice(anatomy: Anatomy, number: int, space: DiscSpace, k: int, points: Points) -> View | None:
    rows, columns = np.moveaxis(anatomy.series.geometry.to_index(points)[..., 1:], -1, 0)
    corner = max(int(rows.min()), 0), max(int(columns.min()), 0)
    window = slice(corner[0], int(rows.max()) + 2), slice(corner[1], int(columns.max()) + 2)
    labels, bodies = anatomy.labels[k][window], anatomy.bodies[k][window]

    def picture(mask: NDArray[np.bool_]) -> Picture:
        place = [rows - corner[0], columns - corner[1]]
        seen = ndimage.map_coordinates(mask.astype(np.float32), place, order=1, mode="constant")
        return np.asarray(seen >= 0.5)

    upper, lower = (picture((labels == vertebra) & ~bodies) for vertebra in (number, number - 1))
    front = picture(bodies | (labels == DISC + number))
    return read(upper, lower, front, float(space.local(space.upper.lower.posterior[None])[0, 2]))


def read(upper: Picture, lower: Picture, front: Picture, rim: float) -> View | None:
    """Measure the picture of a foramen, (``RISE_MM``, ``BACK_MM``); none if it does not show both pedicles.

    Args:
        upper, lower: the posterior elements of both vertebrae.
        front: bodies and disc.
        rim: height of the upper body's lower posterior corner above the mid-plane, in mm.
    """
    behind = _between(BACK_MM, *_PEDICLE_MM)
    above, below = upper[:, behind] & (RISE_MM > 0)[:, None], lower[:, behind] & (RISE_MM < _TOP_MM)[:, None]
    roofed, floored = above.any(axis=0), below.any(axis=0)
    if roofed.mean() < _SEEN or floored.mean() < _SEEN:
        return None
    roof = RISE_MM[above.argmax(axis=0)][roofed] - STEP_MM / 2
    floor = RISE_MM[len(RISE_MM) - 1 - below[::-1].argmax(axis=0)][floored] + STEP_MM / 2
    width = _width(upper | lower, front, rim)
    return View(_area(above), _area(below), float(np.median(roof)), float(np.median(floor)), width)


def _area(part: Picture) -> float:
    return float(part.sum()) * STEP_MM**2


def _width(bone: Picture, front: Picture, rim: float) -> float | None:
    """Median over the rows about the rim of the gap between what lies in front and the bone behind it; rows in which bone joins both are pedicle."""
    gaps = []
    rows = np.flatnonzero(_between(RISE_MM - rim, *_ROOT_MM))
    for row in rows:
        wall = np.flatnonzero(front[row])
        if len(wall):
            behind = np.flatnonzero(bone[row, wall[-1] + 1 :])
            gaps += [behind[0] * STEP_MM] if len(behind) and behind[0] > 0 else []
    return float(np.median(gaps)) if len(gaps) >= _SEEN * len(rows) else None


def _between(values: Points | float, low: float, high: float) -> Picture:
    return np.asarray((values >= low) & (values <= high))
