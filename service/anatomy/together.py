"""Series of one examination that lie on the same planes: the first is read together with what the network said of the others.

Each contrast shows borders that the other hides: on T2 the fat beside the sac is nearly as bright as its fluid, on T1 the ligament in front of it
is as dark. The others keep readings of their own, so that what the series differ by can still be told (``findings/agreement.py``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from service.anatomy.blending import SliceProbabilities, Voice, blended, share
from service.anatomy.preprocess import PIXEL_MM, network_size
from service.anatomy.tissue import Tissue
from service.study.geometry import Geometry

WEIGHT = 0.67
"""Of all other series together in a slice's very plane, where the series itself weighs 1. Between 0 and 1, on fourteen phantoms that no benchmark uses, 1 gave
the smallest errors of canal areas and disc heights, less weight those of bulges and of narrow canals; 0.67 the smallest of ten training patients' canals against
manual outlines. Chosen with one other series; that several share it is expert."""
SAME_PLANE_MM = 1.0
"""Planes that turn away from each other by more than this within the image are not parallel. Provenance: expert."""
MOVED_MM = 3.0
"""How far a patient may have moved in the plane between two series; the bodies tell. Provenance: expert."""
LEAST_OVERLAP = 0.9
"""Dice of the bodies in the two series, where both were read, below which they are not read together. Provenance: expert; 77 pairs of SPIDER's
slices on one grid overlapped by 0.91 or more, and by 0.96 on average, as earlier versions of the segmenter outlined them."""
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
        series: which.
        places: (slices of the one,) the fractional slice of the other that lies in the plane of each.
        slice_mm: from slice to slice of the other.
        slices: what the network said of the other's slices, moved onto the grid of the one.
    """

    series: str
    places: NDArray[np.float64]
    slice_mm: float
    slices: Mapping[int, SliceProbabilities]

    def voices(self, k: int, weight: float = 1.0) -> list[Voice]:
        """The other's slices that have a say in slice ``k``: all of them together ``weight`` at most, however thin they are."""
        shares = {n: share(abs(n - float(self.places[k])) * self.slice_mm) for n in self.slices}
        most = max(1.0, sum(shares.values()))
        return [(weight * part / most, self.slices[n]) for n, part in shares.items() if part]


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
        None where its planes are not parallel, or its bodies do not overlap with those that were seen.
    """
    corners = np.array(list(product(*((0, n - 1) for n in grid.shape))), float)
    step = grid.spacing / other.grid.spacing
    shifts = other.grid.to_index(grid.to_patient(corners)) - corners * step
    if float((np.ptp(shifts, axis=0) * other.grid.spacing).max()) > SAME_PLANE_MM:
        return None
    first, rows, columns = (float(s) for s in shifts.mean(axis=0))
    places = first + step[0] * np.arange(grid.shape[0])

    def at(shift: Shift) -> Beside:
        slices = {n: moved(said, shift) for n, said in other.slices.items()}
        return Beside(other.series, places, float(other.grid.spacing[0]), slices)

    move = _best_move(at((rows, columns)), seen)
    return None if move is None else at((rows + move[0], columns + move[1]))


def _best_move(one: Beside, seen: Mapping[int, SliceProbabilities]) -> Shift | None:
    """By how much further, in pixels, the bodies of the slices that were seen overlap best; none where too little or too far away."""
    pairs = [_bodies(own, _mean(voices)) for k, own in seen.items() if (voices := one.voices(k))]
    reach = MOVED_MM / PIXEL_MM
    span = range(-int(reach) - 1, int(reach) + 2)
    moves = sorted(product(span, span), key=lambda move: np.hypot(*move))
    overlaps = [_overlap(pairs, move) for move in moves]
    best = int(np.argmax(overlaps))
    return None if overlaps[best] < LEAST_OVERLAP or np.hypot(*moves[best]) > reach else moves[best]


def _mean(voices: list[Voice]) -> SliceProbabilities:
    """What the slices beside one say of it together, where the first of them was read."""
    (weight, first), *others = voices
    return SliceProbabilities(first.window, blended(first, [(part / weight, other) for part, other in others]))


def _bodies(*two: SliceProbabilities) -> tuple[Mask, ...]:
    """(rows, columns) of what is likelier a body than not in each, where both were read."""
    start = [max(span.start for span in spans) for spans in zip(*(said.window for said in two), strict=True)]
    stop = [min(span.stop for span in spans) for spans in zip(*(said.window for said in two), strict=True)]
    found = []
    for said in two:
        rows, columns = (
            slice(a - span.start, max(a, b) - span.start) for a, b, span in zip(start, stop, said.window, strict=True)
        )
        found.append(np.asarray(said.values[Tissue.BODY, rows, columns] > 0.5))
    return tuple(found)


def _overlap(pairs: list[tuple[Mask, ...]], move: tuple[int, int]) -> float:
    """Dice over all pairs, the second of each looked up ``move`` further on."""
    both = sum(int((own & np.roll(theirs, (-move[0], -move[1]), (0, 1))).sum()) for own, theirs in pairs)
    total = sum(int(own.sum() + theirs.sum()) for own, theirs in pairs)
    return 2 * both / total if total else 0.0


def moved(said: SliceProbabilities, shift: Shift) -> SliceProbabilities:
    """The same on a grid whose row ``r`` and column ``c`` lie at ``r + shift[0]`` and ``c + shift[1]`` of this one; linear between pixels."""
    values, window = said.values, []
    for axis, (pixels, span) in enumerate(zip(shift, said.window, strict=True), 1):
        whole = int(np.floor(pixels + _STILL))
        part = np.float32(pixels - whole)
        if part > _STILL:
            values = (1 - part) * _from(values, axis, 0, -1) + part * _from(values, axis, 1, None)
        start = span.start - whole
        values = _from(values, axis, min(max(-start, 0), values.shape[axis]), None)
        window.append(slice(max(start, 0), max(start, 0) + values.shape[axis]))
    return SliceProbabilities((window[0], window[1]), values.astype(said.values.dtype, copy=False))


def _from(values: NDArray[np.floating], axis: int, start: int, stop: int | None) -> NDArray[np.floating]:
    return values[(slice(None),) * axis + (slice(start, stop),)]
