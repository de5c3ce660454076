"""Slices near to each other share what the network said of them: each outline then rests on several readings, whose errors are not the same.

The network reads a slice between its two neighbours and answers for that slice alone, so answers for slices a millimetre or two apart
differ more than the patient does; so do those for one place in series of different contrast (``together.py``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count, takewhile

import numpy as np
from numpy.typing import NDArray

SHARED_MM = 1.6
"""Standard deviation of the Gaussian over the distance between slices by which they weigh; chosen on training patients between 0 and 2.4:
Dice of bodies, discs and canals rose by 0.001 to 0.003 up to 1.4 to 1.8, and that of vertebrae fell beyond."""
LEAST_SHARE = 0.05
"""What would weigh less beside the slice itself is left out: slices of one series 3.9 mm apart and more share nothing."""

Window = tuple[slice, slice]


@dataclass(frozen=True, eq=False)
class SliceProbabilities:
    """What the network said of one slice: (6, rows, columns) probabilities within a window of its own grid."""

    window: Window
    values: NDArray[np.floating]

    def halved(self) -> "SliceProbabilities":
        """The same in half precision, for as long as it waits to be shared: for thin slices, of which there are many, since to round takes time."""
        return SliceProbabilities(self.window, self.values.astype(np.float16))


Voice = tuple[float, SliceProbabilities]
"""Another slice, on the same grid, and how much it weighs where the slice itself weighs 1."""


def share(distance_mm: float) -> float:
    """How much a slice at this distance weighs; nothing where that is little."""
    weight = float(np.exp(-0.5 * (distance_mm / SHARED_MM) ** 2))
    return weight if weight >= LEAST_SHARE else 0.0


def shares(slice_mm: float) -> list[float]:
    """How much the first, second, … slice to either side weighs; nothing where slices lie far apart."""
    return list(takewhile(bool, (share(n * slice_mm) for n in count(1))))


def neighbours(found: Mapping[int, SliceProbabilities], k: int, near: Sequence[float]) -> list[Voice]:
    """The slices to either side of ``k`` that were read, the nearest first."""
    places = ((weight, n) for d, weight in enumerate(near, 1) for n in (k - d, k + d))
    return [(weight, found[n]) for weight, n in places if n in found]


def blended(own: SliceProbabilities, voices: Sequence[Voice]) -> NDArray[np.float32]:
    """(6, rows, columns) probabilities of a slice in its window, shared with the others wherever those were read."""
    if not voices:
        return np.asarray(own.values, np.float32)
    total = own.values.astype(np.float32)
    weight = np.ones(total.shape[1:], np.float32)
    for part, other in voices:
        rows, columns = _within(own.window, other.window)
        theirs = other.values[:, *_within(other.window, own.window)]
        total[:, rows, columns] += np.float32(part) * theirs.astype(np.float32)
        weight[rows, columns] += part
    return np.asarray(total / weight, np.float32)


def _within(window: Window, other: Window) -> Window:
    """The rows and columns that two windows share, counted from the corner of the first."""
    rows, columns = (
        slice(max(b.start - a.start, 0), max(min(a.stop, b.stop) - a.start, 0))
        for a, b in zip(window, other, strict=True)
    )
    return rows, columns
