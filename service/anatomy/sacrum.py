"""Which of what was called sacrum is a lumbar body: one that stands on a lumbar disc, with another sacral body beneath that."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.anatomy.discs import Disc, back_of
from service.anatomy.regions import Points, components, extent_of, points_of, sizes_of, unit
from service.anatomy.tissue import Tissue
from service.study.geometry import Geometry

_LEAST_PIECE = 0.3
"""The smaller of the two pieces, as a fraction of the larger."""
_PITCH_MM = (18.0, 50.0)
"""Distance of the centres of two neighbouring bodies."""
_AROUND_MM = 30.0
_MIXED = 0.2
"""Least share of the upper body that was called lumbar."""
_DISC_DEPTH, _DISC_SIZE = 0.65, 0.3
"""Least depth and size of a disc beneath a body that was called partly lumbar, as a fraction of the discs above. The remnant
between S1 and S2 is shallower and thin, and lies beneath a body that was called sacrum throughout."""
_WHOLE_DEPTH, _WHOLE_SIZE = 0.85, 0.6
"""The same where the upper body was called sacrum throughout. Provenance of all these: expert."""


@dataclass(frozen=True, eq=False)
class _Pair:
    """Two stacked pieces of sacrum: centres in mm, and the direction and distance from the lower to the upper."""

    upper: int
    centre: Points
    foot: Points

    @property
    def pitch(self) -> float:
        return float(np.linalg.norm(self.centre - self.foot))

    @property
    def up(self) -> Points:
        return unit(self.centre - self.foot)

    def between(self, points: Points) -> Points:
        """Those of (n, 3) points that lie between the two centres, a sixth of the way from either."""
        height = (points - self.foot) @ self.up / self.pitch
        aside = np.linalg.norm(points - self.foot - np.outer(height * self.pitch, self.up), axis=1)
        return np.asarray(points[(height > 1 / 6) & (height < 5 / 6) & (aside < _AROUND_MM)])

    def beside(self, points: Points) -> Points:
        """Those of (n, 3) points that lie at the height of the upper piece and around it."""
        offset = points - self.centre
        return np.asarray(
            points[(np.abs(offset @ self.up) < self.pitch / 2) & (np.linalg.norm(offset, axis=1) < _AROUND_MM)]
        )


def lumbar_among_sacrum(
    tissue: NDArray[np.uint8], geometry: Geometry, discs: tuple[Disc, ...], disc_sizes: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """The voxels (slices, rows, columns) called sacrum that are a lumbar body.

    Args:
        tissue: values of Tissue.
        discs: from the lowest to the highest.
        disc_sizes: voxels of each disc, by its id.
    """
    labels, count = components(tissue == Tissue.SACRUM)
    pair = _stacked(labels, count, geometry)
    above = [d for d in discs if pair is not None and d.centre[2] > pair.centre[2]]
    if pair is None or not above:
        return np.zeros(tissue.shape, bool)
    disc = pair.between(points_of(tissue == Tissue.DISC, geometry))
    if len(disc) < 2:
        return np.zeros(tissue.shape, bool)
    depth = extent_of(disc, pair.up, back_of(pair.up)).depth / float(np.median([d.extent.depth for d in above]))
    size = len(disc) / float(np.median([disc_sizes[d.id] for d in above]))
    called_lumbar = len(pair.beside(points_of(tissue == Tissue.BODY, geometry)))
    mixed = called_lumbar > _MIXED * (called_lumbar + int((labels == pair.upper).sum()))
    least_depth, least_size = (_DISC_DEPTH, _DISC_SIZE) if mixed else (_WHOLE_DEPTH, _WHOLE_SIZE)
    return np.asarray((labels == pair.upper) & (depth >= least_depth) & (size >= least_size))


def _stacked(labels: NDArray[np.int32], count: int, geometry: Geometry) -> _Pair | None:
    """The two largest pieces, if they are alike in size and as far apart as two neighbouring bodies."""
    if count < 2:
        return None
    sizes = sizes_of(labels, count)
    larger, smaller = np.argsort(sizes[1:])[:-3:-1] + 1
    if sizes[smaller] < _LEAST_PIECE * sizes[larger]:
        return None
    centres = {int(n): points_of(labels == n, geometry).mean(axis=0) for n in (larger, smaller)}
    upper, lower = sorted(centres, key=lambda n: -centres[n][2])
    pair = _Pair(upper, centres[upper], centres[lower])
    return pair if _PITCH_MM[0] < pair.pitch < _PITCH_MM[1] else None
