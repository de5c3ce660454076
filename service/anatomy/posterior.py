"""To which vertebra a voxel of the posterior elements belongs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from service.anatomy.discs import back_of
from service.anatomy.regions import Mask, Points, where
from service.study.geometry import Geometry

_PEDICLE_RISE = 0.20
_PEDICLE_BACK = 0.55
_FALL = 0.55
"""The line on which a vertebra's posterior elements lie: at the pedicle (0.55 body depths behind the body's centre) 0.20 body
heights above it, falling 0.55 body heights for each body depth further back (laminae, then the spinous process). Provenance: expert."""
_REACH = 1.3
"""Farthest from that line, in body heights."""
_IN_PLANE: NDArray[np.bool_] = np.array([[[0, 0, 0]] * 3, [[1, 1, 1]] * 3, [[0, 0, 0]] * 3], bool)


@dataclass(frozen=True, eq=False)
class Frame:
    """A vertebral body as a ruler for what hangs behind it: label, centre and up in patient mm, height and depth in mm."""

    label: int
    centre: Points
    up: Points
    height: float
    depth: float

    def misfit(self, points: Points) -> Points:
        """(n, 3) points to (n,) distances from where this vertebra's posterior elements lie, in body heights."""
        offset = points - self.centre
        back = offset @ back_of(self.up) / self.depth
        line = _PEDICLE_RISE - _FALL * (back - _PEDICLE_BACK)
        return np.asarray(np.abs(offset @ self.up / self.height - line))


def assign_posterior(mask: Mask, geometry: Geometry, frames: tuple[Frame, ...]) -> NDArray[np.uint8]:
    """Give each voxel of ``mask`` (slices, rows, columns) the label of a frame; 0 where none is near.

    A piece that stands alone in its slice, as a spinous process does, goes as a whole to the vertebra that most of it fits.
    """
    labels = np.zeros(mask.shape, np.uint8)
    index = where(mask)
    if len(index) == 0 or not frames:
        return labels
    points = geometry.to_patient(index)
    owner, misfit = _nearest(points, frames)
    pieces = ndimage.label(mask, structure=_IN_PLANE)[0][tuple(index.T)] - 1
    owner = _by_majority(owner, pieces, points, frames)
    names = np.array([f.label for f in frames], np.uint8)
    labels[tuple(index.T)] = np.where(misfit < _REACH, names[owner], 0)
    return labels


def _nearest(points: Points, frames: tuple[Frame, ...]) -> tuple[NDArray[np.intp], Points]:
    owner = np.zeros(len(points), np.intp)
    best = np.full(len(points), np.inf)
    for k, frame in enumerate(frames):
        misfit = frame.misfit(points)
        better = misfit < best
        owner[better], best[better] = k, misfit[better]
    return owner, best


def _by_majority(
    owner: NDArray[np.intp], pieces: NDArray[np.integer], points: Points, frames: tuple[Frame, ...]
) -> NDArray[np.intp]:
    """Whole pieces to one vertebra, where most of the piece agrees and it is no longer than a vertebra's share."""
    count = int(pieces.max()) + 1
    votes = np.zeros((count, len(frames)))
    np.add.at(votes, (pieces, owner), 1)
    winner = votes.argmax(axis=1)
    share = votes.max(axis=1) / votes.sum(axis=1)
    heights = np.zeros(len(points))
    for k, frame in enumerate(frames):
        mine = winner[pieces] == k
        heights[mine] = (points[mine] - frame.centre) @ frame.up / frame.height
    low = ndimage.minimum(heights, pieces, np.arange(count))
    high = ndimage.maximum(heights, pieces, np.arange(count))
    whole = (share > 0.6) & (np.asarray(high) - np.asarray(low) < 1.5)
    return np.where(whole[pieces], winner[pieces], owner)
