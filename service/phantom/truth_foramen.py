"""The exact size of the foramina: read like a slice through both pedicles, but from the analytic surfaces."""

import numpy as np
from numpy.typing import NDArray

from service.anatomy.foramen import BACK_MM, RISE_MM, Foramen, read, together
from service.phantom.disc import Disc
from service.phantom.gap import midplane
from service.phantom.posterior import Limb
from service.phantom.scene import Scene
from service.phantom.vertebra import Vertebra, rounded

Array = NDArray[np.floating]


def foramen(scene: Scene, disc: Disc, side: str) -> Foramen | None:
    """The foramen in the planes through the axes of both pedicles and half-way between; none at the sacrum."""
    if disc.upper.label < 2:
        return None
    limbs = {bone.vertebra.label: bone.limbs for bone in scene.bones}
    plane = midplane(disc.lower, disc.upper)
    ends = [(_pedicle(v, limbs[v.label], side) - plane.center) @ plane.left for v in (disc.upper, disc.lower)]
    corner = disc.upper.corner(disc.upper.lower, 1.0)
    views = []
    for lateral in (ends[0], sum(ends) / 2, ends[1]):
        rows = RISE_MM[:, None, None] * plane.normal
        points = plane.center + lateral * plane.left + rows + (plane.posterior + BACK_MM)[:, None] * plane.back
        upper, lower = (_bone(v, limbs[v.label], points) for v in (disc.upper, disc.lower))
        front = (disc.distance(points) < 0) | _body(disc.upper, points) | _body(disc.lower, points)
        views.append(read(upper & ~front, lower & ~front, front, float((corner - plane.center) @ plane.normal)))
    return together([view for view in views if view is not None])


def _pedicle(vertebra: Vertebra, limbs: list[Limb], side: str) -> Array:
    """(3,) where the pedicle leaves the body; the first limb is the left one, the second its mirror image."""
    limb = limbs[0 if side == "left" else 1]
    return np.asarray(vertebra.to_patient((np.array(limb.start) + np.array(limb.end)) / 2))


def _bone(vertebra: Vertebra, limbs: list[Limb], points: Array) -> NDArray[np.bool_]:
    local = np.moveaxis(vertebra.to_local(points), -1, 0)
    return np.asarray(np.any([limb.distance(*local) < 0 for limb in limbs], axis=0))


def _body(vertebra: Vertebra, points: Array) -> NDArray[np.bool_]:
    return np.asarray(rounded(*vertebra.distances(*np.moveaxis(vertebra.to_local(points), -1, 0))) < 0)
