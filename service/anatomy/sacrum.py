"""Which of what was called sacrum is a lumbar body: one with another sacral body beneath it that it stands on by a lumbar disc, or
that is nearly as deep and as high as itself, as S2 would not be."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from service.anatomy.discs import Disc, back_of
from service.anatomy.regions import Labels, Mask, Points, bounding_box, components, extent_of, points_of, sizes_of, unit
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
"""The same where the upper body was called sacrum throughout."""
_ALIKE_DEPTH, _ALIKE_HEIGHT = 0.88, 0.8
"""Least depth and height of the lower body, as a fraction of those of the upper one. 394 series of training patients showed
22 such pairs, and all but one (1.42, partly called lumbar) lay at 0.84 or less in depth; the depth lies between that and 1. Provenance of all the others: expert."""
_NECKS_MM = 1.2, 3.0
"""Pieces that hang together by no more than twice this, up and down or front to back, are two; the wider where the narrower shows no two bodies."""


@dataclass(frozen=True, eq=False)
class _Pair:
    """Two stacked pieces of sacrum: centres in mm, and the direction and distance from the lower to the upper."""

    upper: int
    lower: int
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
    labels, pair = _bodies_of(tissue == Tissue.SACRUM, geometry)
    above = [d for d in discs if pair is not None and d.centre[2] > pair.centre[2]]
    if pair is None or not above:
        return np.zeros(tissue.shape, bool)
    called_lumbar = len(pair.beside(points_of(tissue == Tissue.BODY, geometry)))
    mixed = called_lumbar > _MIXED * (called_lumbar + int((labels == pair.upper).sum()))
    disc = pair.between(points_of(tissue == Tissue.DISC, geometry))
    size = len(disc) / float(np.median([disc_sizes[d.id] for d in above]))
    on_disc = _lumbar_disc(disc, size, pair, above, mixed)
    return np.asarray((labels == pair.upper) & (on_disc or _alike(labels, pair, geometry)))


def _lumbar_disc(disc: Points, size: float, pair: _Pair, above: list[Disc], mixed: bool) -> bool:
    """Whether what was called disc between the two is as deep and large as a lumbar one."""
    if len(disc) < 2:
        return False
    depth = extent_of(disc, pair.up, back_of(pair.up)).depth / float(np.median([d.extent.depth for d in above]))
    least_depth, least_size = (_DISC_DEPTH, _DISC_SIZE) if mixed else (_WHOLE_DEPTH, _WHOLE_SIZE)
    return depth >= least_depth and size >= least_size


def _alike(labels: NDArray[np.int32], pair: _Pair, geometry: Geometry) -> bool:
    """Whether the lower piece is nearly as deep and as high as the upper one."""
    upper, lower = (
        extent_of(points_of(labels == n, geometry), pair.up, back_of(pair.up)) for n in (pair.upper, pair.lower)
    )
    return lower.depth >= _ALIKE_DEPTH * upper.depth and lower.height >= _ALIKE_HEIGHT * upper.height


def _bodies_of(mask: Mask, geometry: Geometry) -> tuple[Labels, _Pair | None]:
    """The pieces of a mask (slices, rows, columns), and the two of them that are stacked bodies, if any cut shows such."""
    for neck in _NECKS_MM:
        labels, count = _separated(mask, geometry, neck)
        pair = _stacked(labels, count, geometry)
        if pair is not None:
            break
    return labels, pair


def _separated(mask: Mask, geometry: Geometry, neck_mm: float) -> tuple[Labels, int]:
    """The pieces of a mask (slices, rows, columns) when it is cut where it is thin; every voxel belongs to the nearest."""
    box = bounding_box(mask, margin=0)
    if box is None:
        return np.zeros(mask.shape, np.int32), 0
    times = max(1, round(neck_mm / float(geometry.spacing[1:].mean())))
    thick = ndimage.binary_erosion(mask[box], np.ones((1, 3, 3), bool), iterations=times)
    pieces, count = components(thick)
    if count < 2:
        return components(mask)
    nearest = ndimage.distance_transform_edt(
        ~thick, sampling=geometry.spacing, return_distances=False, return_indices=True
    )
    labels = np.zeros(mask.shape, np.int32)
    labels[box] = np.where(mask[box], pieces[tuple(nearest)], 0)
    return labels, count


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
    pair = _Pair(upper, lower, centres[upper], centres[lower])
    return pair if _PITCH_MM[0] < pair.pitch < _PITCH_MM[1] else None
