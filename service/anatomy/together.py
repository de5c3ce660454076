"""Series of one examination that lie on the same planes: the first is read together with what the network said of the others.

Each contrast shows borders that the other hides: on T2 the fat beside the sac is nearly as bright as its fluid, on T1 the ligament in front of it
is as dark. The others keep readings of their own, so that what the series differ by can still be told (``findings/agreement.py``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from service.anatomy.blending import SliceProbabilities, Voice, blended, share
from service.anatomy.preprocess import PIXEL_MM, network_size
from service.anatomy.tissue import Tissue
from service.study.geometry import Geometry

WEIGHT = 0.67
"""Of another series' slice in the very same plane, where the slice itself weighs 1: of 0, 0.67 and 1 the one with the smallest errors on fourteen
phantoms that no benchmark uses, the bulges and narrow canals among them, and on ten training patients' canals against manual outlines."""
SAME_PLANE_MM = 1.0
"""Planes further apart than this anywhere in the image are not the same. Provenance: expert."""
MOVED_MM = 3.0
"""How far a patient may have moved in the plane between two series; the bodies tell. Provenance: expert."""
LEAST_OVERLAP = 0.9
"""Dice of the bodies in the two series below which they are not read together. Provenance: expert; 77 pairs of SPIDER's slices on one
grid overlapped by 0.91 or more, and by 0.96 on average."""
_STILL = 0.02

Mask = NDArray[np.bool_]
Shift = tuple[float, float]


@dataclass(frozen=True, eq=False)
class SeriesProbabilities:
    """What the network said of a series: its own grid (slices, rows, columns of ``PIXEL_MM``), and what it said of each slice."""

    series: str
    grid: Geometry
    slices: Mapping[int, SliceProbabilities]


@dataclass(frozen=True, eq=False)
class Beside:
    """Another series as it lies beside the slices of one.

    Attributes:
        places: for every slice of the one, which (fractional) slice of the other lies in its plane.
        shift: rows and columns to add to a place in the one to get to the other.
    """

    other: SeriesProbabilities
    places: NDArray[np.float64]
    shift: Shift

    def voices(self, k: int) -> list[Voice]:
        """The other's slices that have a say in slice ``k``, on its grid."""
        spacing = float(self.other.grid.spacing[0])
        weights = {n: WEIGHT * share(abs(n - float(self.places[k])) * spacing) for n in self.other.slices}
        return [(weight, moved(self.other.slices[n], self.shift)) for n, weight in weights.items() if weight]


def network_grid(geometry: Geometry) -> Geometry:
    """The grid that the network reads a series on: the same slices and middle, rows and columns of ``PIXEL_MM``."""
    _, height, width = geometry.shape
    _, row, column = geometry.spacing
    shape = (geometry.shape[0], network_size(height, row), network_size(width, column))
    change = np.diag([1.0, PIXEL_MM / row, PIXEL_MM / column, 1.0])
    change[1:3, 3] = [
        (n - 1) / 2 - (m - 1) / 2 * change[i, i] for i, n, m in ((1, height, shape[1]), (2, width, shape[2]))
    ]
    return Geometry(geometry.affine @ change, shape)


def beside(grid: Geometry, seen: Mapping[int, SliceProbabilities], other: SeriesProbabilities) -> Beside | None:
    """How another series lies beside one on ``grid``, some slices of which were ``seen``.

    Returns:
        None where its planes are not the same, or its bodies do not overlap with those that were seen.
    """
    corners = np.array(list(product(*((0, n - 1) for n in grid.shape))), float)
    step = grid.spacing / other.grid.spacing
    shifts = other.grid.to_index(grid.to_patient(corners)) - corners * step
    if float((np.ptp(shifts, axis=0) * other.grid.spacing).max()) > SAME_PLANE_MM:
        return None
    first, rows, columns = (float(s) for s in shifts.mean(axis=0))
    return _best_move(Beside(other, first + step[0] * np.arange(grid.shape[0]), (rows, columns)), grid, seen)


def _best_move(one: Beside, grid: Geometry, seen: Mapping[int, SliceProbabilities]) -> Beside | None:
    """The same, moved in the plane so that the bodies of the slices that were seen overlap best."""
    heard = [(own, voices) for k, own in seen.items() if (voices := one.voices(k))]
    pairs = [(_bodies(own, grid), _bodies(_mean(voices), grid)) for own, voices in heard]
    reach = round(MOVED_MM / PIXEL_MM)
    span = range(-reach, reach + 1)
    moves = sorted(product(span, span), key=lambda move: abs(move[0]) + abs(move[1]))
    overlaps = [_overlap(pairs, move) for move in moves]
    best = int(np.argmax(overlaps))
    if overlaps[best] < LEAST_OVERLAP:
        return None
    return replace(one, shift=(one.shift[0] + moves[best][0], one.shift[1] + moves[best][1]))


def _mean(voices: list[Voice]) -> SliceProbabilities:
    """What the slices beside one say of it together, where the first of them was read."""
    (weight, first), *others = voices
    return SliceProbabilities(first.window, blended(first, [(part / weight, other) for part, other in others]))


def _bodies(said: SliceProbabilities, grid: Geometry) -> Mask:
    """(rows, columns) of the grid: what is likelier a body than not."""
    found = np.zeros(grid.shape[1:], bool)
    here = found[said.window]
    here[:] = said.values[Tissue.BODY][: here.shape[0], : here.shape[1]] > 0.5
    return found


def _overlap(pairs: list[tuple[Mask, Mask]], move: tuple[int, int]) -> float:
    """Dice over all pairs, the second of each looked up ``move`` further on."""
    both = sum(int((own & np.roll(theirs, (-move[0], -move[1]), (0, 1))).sum()) for own, theirs in pairs)
    total = sum(int(own.sum() + theirs.sum()) for own, theirs in pairs)
    return 2 * both / total if total else 0.0


def moved(said: SliceProbabilities, shift: Shift) -> SliceProbabilities:
    """The same on a grid whose row ``r`` and column ``c`` lie at ``r + shift[0]`` and ``c + shift[1]`` of this one; linear between pixels."""
    whole = [int(np.floor(s + _STILL)) for s in shift]
    part = [s - n for s, n in zip(shift, whole, strict=True)]
    values = np.asarray(said.values, np.float32)
    if max(np.abs(part)) > _STILL:
        values = ndimage.shift(values, (0, -part[0], -part[1]), order=1, mode="nearest")
    start = [span.start - n for span, n in zip(said.window, whole, strict=True)]
    cut = [max(0, -s) for s in start]
    stop = [span.stop - n for span, n in zip(said.window, whole, strict=True)]
    window = (slice(start[0] + cut[0], stop[0]), slice(start[1] + cut[1], stop[1]))
    return SliceProbabilities(window, values[:, cut[0] :, cut[1] :])
