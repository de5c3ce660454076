"""Discs that cannot be what they seem, judged by the bodies around them: one in two pieces, a stray one, one inside a body."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from service.anatomy.axis import SpineAxis
from service.anatomy.bodies import AS_ONE, Body
from service.anatomy.discs import Disc, interval_of, join
from service.anatomy.regions import Labels, Points, sizes_of
from service.study.geometry import Geometry

_LEAST_PITCH_MM = 20.0
"""Two discs nearer than this, with no body between them, are one."""
_LEAST_TO_COMPARE = 3
_STRAY_DEPTH = 0.55
"""A disc at an end of the column with no body on its inner side is stray if it is shallower than this part of the usual."""
_INNER_DEPTH, _AS_ONE_WITH_DISC = 0.75, 1.15
"""A disc shallower than the first part of the usual, between two pieces that with it reach no farther than ``bodies.AS_ONE``, lies inside one body; so
does a deeper one if they reach no farther than the second, unless it is the highest or the lowest, which may lie beside a body that the image cuts.
Provenance of all these: expert."""
_WELL_SEEN, _OVER_SACRUM_MM, _SMALL = 1.5, 5.0, 0.4
"""A sacrum is well seen if it is so many times a usual disc's size; what centres lower than so far above its own centre, and is
smaller than that part of a usual disc, is no lumbar disc. Provenance: expert."""

_SLIVER, _SPLINTER = 0.3, 0.05
"""Less than the first part of a usual disc at the edge of the image, or than the second anywhere, is no disc: its plane means nothing, and would
cut a body in two. Provenance: expert."""


@dataclass(frozen=True)
class Fault:
    """Disc ``index`` is one with the next (``broken``), is none, or lies inside a body (``inside``)."""

    index: int
    kind: Literal["broken", "none", "inside"]


def find_fault(discs: tuple[Disc, ...], bodies: tuple[Body, ...], sacral: Points) -> Fault | None:
    """The first disc that cannot be right; none if all can.

    Args:
        sacral: (n, 3) points that were recognised as sacrum, in patient mm.
    """
    filled = {b.interval for b in bodies}
    if len(sacral):
        filled.add(int(np.median(interval_of(sacral, discs))))
    for k, (lower, upper) in enumerate(pairwise(discs)):
        if k + 1 not in filled and upper.centre[2] - lower.centre[2] < _LEAST_PITCH_MM:
            return Fault(k, "broken")
    if len(discs) < _LEAST_TO_COMPARE:
        return None
    for k in range(len(discs)):
        if _is_stray(k, discs, filled):
            return Fault(k, "none")
        if _is_inside(k, discs, bodies):
            return Fault(k, "inside")
    return None


def mended(
    fault: Fault, discs: tuple[Disc, ...], disc_ids: Labels, geometry: Geometry, axis: SpineAxis
) -> tuple[Disc, ...]:
    """The discs without the fault; ``disc_ids`` (slices, rows, columns) is changed in place."""
    k = fault.index
    if fault.kind == "broken":
        return (*discs[:k], join(disc_ids, discs[k].id, discs[k + 1].id, geometry, axis), *discs[k + 2 :])
    disc_ids[disc_ids == discs[k].id] = 0
    return (*discs[:k], *discs[k + 1 :])


def _usual_depth(discs: tuple[Disc, ...]) -> float:
    return float(np.median([d.extent.depth for d in discs]))


def _is_stray(k: int, discs: tuple[Disc, ...], filled: set[int]) -> bool:
    """At an end of the column, with nothing between it and the next disc."""
    inner = {0: 1, len(discs) - 1: len(discs) - 1}.get(k)
    return inner is not None and inner not in filled and discs[k].extent.depth < _STRAY_DEPTH * _usual_depth(discs)


def _is_inside(k: int, discs: tuple[Disc, ...], bodies: tuple[Body, ...]) -> bool:
    """Between two halves of one body, as a cleft with fluid or gas in it is."""
    halves = [b for b in bodies if b.interval in (k, k + 1)]
    others = [b.extent.height for b in bodies if b.interval not in (k, k + 1)]
    if [b.interval for b in halves] != [k, k + 1] or len(others) < 2:
        return False
    lower, upper = halves
    reach = (lower.extent.height + upper.extent.height) / 2 + float(np.linalg.norm(upper.centre - lower.centre))
    closed = 0 < k < len(discs) - 1
    shallow = discs[k].extent.depth < _INNER_DEPTH * _usual_depth(discs)
    most = AS_ONE if shallow else _AS_ONE_WITH_DISC
    return reach < most * float(np.median(others)) and (closed or shallow)


def without_sacral(
    discs: tuple[Disc, ...], disc_ids: Labels, sacrum: Points, geometry: Geometry
) -> tuple[Labels, tuple[Disc, ...]]:
    """Drop what is called disc in or under a well-seen first sacral body and is too small for a lumbar disc.

    Args:
        discs: from the lowest to the highest.
        disc_ids: (slices, rows, columns), the id of each voxel's disc.
        sacrum: (n, 3) points in mm of everything recognised as sacrum.
        geometry: of ``disc_ids``.
    """
    sizes = sizes_of(disc_ids, max((d.id for d in discs), default=0))
    usual = float(np.median([sizes[d.id] for d in discs])) if discs else 0.0
    if not discs or len(sacrum) < _WELL_SEEN * usual:
        return disc_ids, discs
    top = float(np.median(sacrum[:, 2])) + _OVER_SACRUM_MM
    stray = [d.id for d in discs if d.centre[2] < top and sizes[d.id] < _SMALL * usual]
    kept = tuple(d for d in discs if d.id not in stray)
    return np.where(np.isin(disc_ids, stray), 0, disc_ids).astype(np.int32), kept


def without_slivers(
    discs: tuple[Disc, ...], disc_ids: Labels, edge: NDArray[np.bool_]
) -> tuple[Labels, tuple[Disc, ...]]:
    """Drop what is too little for a disc: splinters, and what the edge of the image leaves where it may as well be a body that is cut.

    Args:
        disc_ids: (slices, rows, columns), the id of each voxel's disc.
        edge: (rows,), whether a row lies at the edge of the image.
    """
    if len(discs) < 2:
        return disc_ids, discs
    sizes = sizes_of(disc_ids, max(d.id for d in discs))
    usual = float(np.median([sizes[d.id] for d in discs]))
    at_edge = set(np.unique(disc_ids[:, edge]).tolist())
    cut = [d.id for d in discs if sizes[d.id] < (_SLIVER if d.id in at_edge else _SPLINTER) * usual]
    kept = tuple(d for d in discs if d.id not in cut)
    return np.where(np.isin(disc_ids, cut), 0, disc_ids).astype(np.int32), kept
