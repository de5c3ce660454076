"""Which disc is L5-S1, which body is S1, and what stands above: the column as a ladder, before it gets names."""

from dataclasses import dataclass

import numpy as np

from service.anatomy.bodies import FRAGMENT, Body
from service.anatomy.discs import Disc
from service.anatomy.gaps import with_gaps
from service.anatomy.levels import Ladder, Rung

SACRAL_LEAN_DEG = 20.0
"""A disc that leans forward more than this is taken for L5-S1 where no sacrum was recognised. Provenance: expert."""
_SACRAL_DISC_DEPTH = 0.7
"""A disc shallower than this fraction of the others, with sacrum above it, is S1-S2. Provenance: expert."""
_APART_MM = 12.0
"""Least distance between the centres of two neighbouring bodies; parts of one body lie nearer. Provenance: expert."""
_SACRUM_TOO_TALL, _TO_COMPARE = 1.5, 3
"""A piece of sacrum taller than so many times the median of at least so many bodies may hold L5 and its disc. In 140 images of backspine it is
1.10 times as tall (median), at most 1.28 where S1 is outlined alone; in 122 midsagittal T2 slices of training patients 1.10 and 1.45. Provenance: expert."""
_ROOM_MM = 20.0
"""Less image than this under the lowest disc's centre cannot show that nothing follows."""


@dataclass(frozen=True, eq=False)
class Column:
    """What was found, from the lowest to the highest.

    Attributes:
        sacrum: what was recognised as the first sacral body, if it is large enough to be believed.
        sacrum_height: mm from foot to top of the largest connected piece of what was recognised as sacrum; S1 and S2 are often two.
        room_below: mm of image under the lowest structure of the column, along the rows.
        disc_dropped: something called disc in or under the sacrum was left out.
        reclaimed: a body that was called sacrum is taken for lumbar, for it stands on a disc.
        cleft: something called disc was left out, for it lies inside a body.
    """

    discs: tuple[Disc, ...]
    bodies: tuple[Body, ...]
    sacrum: Body | None
    room_below: float
    disc_dropped: bool = False
    reclaimed: bool = False
    cleft: bool = False
    sacrum_height: float = 0.0

    def within(self, interval: int) -> tuple[Body, ...]:
        """The bodies between disc ``interval - 1`` and disc ``interval``, from the lowest up."""
        return tuple(b for b in self.bodies if b.interval == interval)


@dataclass(frozen=True)
class Base:
    """Where the lumbar spine begins.

    Attributes:
        first_disc: index of the L5-S1 disc; the number of discs where there is none.
        lowest: lumbar bodies under that disc's place, whose own lower disc was not seen.
        sacral: ids of bodies that belong to S1.
        doubts: keys of ``levels.WEIGHT``.
    """

    first_disc: int
    lowest: tuple[int, ...] = ()
    sacral: tuple[int, ...] = ()
    sacrum: bool = False
    doubts: tuple[str, ...] = ()


def lean_of(disc: Disc) -> float:
    """Degrees by which a disc's mid-plane slopes down to the front in the sagittal plane (sacral slope)."""
    return float(np.degrees(np.arctan2(-disc.normal[1], disc.normal[2])))


def build_ladder(column: Column) -> tuple[Ladder, tuple[int, ...]]:
    """Stack the column from L5 upwards.

    Returns:
        The ladder, and the ids of the bodies that belong to S1.
    """
    base = _base(column)
    rungs = [Rung(body, None) for body in base.lowest]
    doubts = [*base.doubts, *(("sacral_disc_dropped",) * column.disc_dropped)]
    doubts += ["sacrum_conflict"] * column.reclaimed + ["body_cleft"] * column.cleft
    top_disc = None
    for k in range(base.first_disc, len(column.discs)):
        above = [b for b in column.within(k + 1) if b.id not in base.sacral]
        if not above and k + 1 == len(column.discs):
            top_disc = column.discs[k].id
            break
        rungs.append(Rung(above[0].id if above else None, column.discs[k].id))
        rungs += [Rung(b.id, None) for b in above[1:]]
        doubts += ["body_missing"] if not above else ["disc_missing"] * (len(above) > 1)
    if not column.discs:
        doubts.append("no_discs")
    elif len(base.lowest) + base.sacrum > 1:
        doubts.append("disc_missing")
    standing = column.sacrum if base.sacrum and not base.sacral else None
    filled = with_gaps(tuple(rungs), column.bodies, column.discs, standing)
    doubts += ["vertebra_unseen"] * (len(filled) > len(rungs))
    return Ladder(filled, top_disc, base.sacrum, tuple(doubts)), base.sacral


def _base(column: Column) -> Base:
    if column.sacrum is not None:
        return _base_on_sacrum(column, column.sacrum)
    if not column.discs:
        cut = ("bottom_cut",) if column.room_below < _ROOM_MM else ()
        return Base(0, tuple(b.id for b in column.bodies), doubts=("sacrum_unseen", *cut))
    if column.within(0):
        return _base_on_lean(column)
    if _is_sacral_disc(column) and lean_of(column.discs[0]) > 2 * SACRAL_LEAN_DEG and column.within(1):
        sacral = tuple(b.id for b in column.within(1))
        return Base(1, sacral=sacral, sacrum=True, doubts=("sacral_disc_dropped", "lowest_is_guess"))
    cut = ("bottom_cut",) if column.room_below < _ROOM_MM else ()
    return Base(0, doubts=("sacrum_unseen", *cut))


def _base_on_sacrum(column: Column, sacrum: Body) -> Base:
    """The sacrum was recognised: the lumbar spine stands on it."""
    least = FRAGMENT * float(np.median([b.size for b in column.bodies] or [0]))
    here = column.within(sacrum.interval)
    lumbar = tuple(b.id for b in here if b.size >= least and _stands_on(b, sacrum))
    merged = tuple(b.id for b in here if b.id not in lumbar)
    below = tuple(b.id for b in column.bodies if b.interval < sacrum.interval)
    conflict = any(
        (b.size >= least and b.extent.height > 10) or _stands_on(b, sacrum) for b in here if b.id in merged
    ) or _too_tall(column)
    doubts = ("sacrum_conflict",) * conflict
    if sacrum.interval == 0:
        return Base(0, lumbar, merged, True, doubts)
    if sacrum.interval == 1 and _is_sacral_disc(column):
        return Base(1, lumbar, (*below, *merged), True, ("sacral_disc_dropped", *doubts))
    return Base(0, sacral=below, sacrum=bool(below), doubts=("sacrum_conflict",))


def _base_on_lean(column: Column) -> Base:
    """Bodies under the lowest disc, none recognised as sacrum: the tilt of that disc decides."""
    below = column.within(0)
    cut = ("bottom_cut",) if column.room_below < _ROOM_MM else ()
    if lean_of(column.discs[0]) >= SACRAL_LEAN_DEG:
        return Base(0, sacral=tuple(b.id for b in below), sacrum=True, doubts=("lowest_is_guess",))
    return Base(0, tuple(b.id for b in below), doubts=("sacrum_unseen", "lowest_is_guess", *cut))


def _too_tall(column: Column) -> bool:
    """Whether a piece of sacrum is too tall for one body alone."""
    heights = [b.extent.height for b in column.bodies]
    return len(heights) >= _TO_COMPARE and column.sacrum_height > _SACRUM_TOO_TALL * float(np.median(heights))


def _stands_on(body: Body, sacrum: Body) -> bool:
    """Whether a body in the sacrum's own interval is a whole vertebra above it rather than a part of it."""
    offset = body.centre - sacrum.centre
    whole = body.extent.height > 15 and body.extent.depth > 20
    return whole and float(offset @ body.up) > 0 and float(np.linalg.norm(offset)) > _APART_MM


def _is_sacral_disc(column: Column) -> bool:
    """Whether the lowest disc is much shallower from front to back than the others, as S1-S2 is."""
    others = [d.extent.depth for d in column.discs[1:]]
    return bool(others) and column.discs[0].extent.depth < _SACRAL_DISC_DEPTH * float(np.median(others))
