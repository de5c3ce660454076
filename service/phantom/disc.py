"""The closed form of an intervertebral disc: its margin, its bulge, its herniation and what is inside."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from service.phantom.parameters import DiscLevel
from service.phantom.vertebra import Vertebra

Array = NDArray[np.floating]

_SIDE = {"left": 1.0, "right": -1.0, "central": 0.0}
PARACENTRAL_MM = 7.0
"""How far a herniation to one side lies from the middle."""


@dataclass(frozen=True, eq=False)
class Disc:
    """A disc between two vertebrae, as the level's parameters say."""

    lower: Vertebra
    upper: Vertebra
    level: DiscLevel
    sag: float = 0.0
    """How far the blended posterior margin would fall short of the straight line between the corners, mm."""

    def straightened(self) -> "Disc":
        """The same disc, its margin straight between the posterior corners where it does not bulge."""
        ends = [self.lower.corner(self.lower.upper, 1.0), self.upper.corner(self.upper.lower, 1.0)]
        return replace(self, sag=float(self.coordinates((ends[0] + ends[1]) / 2)[4]))

    @property
    def label(self) -> int:
        """SPIDER label, 201 for L5-S1."""
        return 200 + self.upper.label

    @property
    def herniation_offset(self) -> float:
        """Where the herniation's middle lies, mm to the left."""
        return _SIDE[self.level.herniation_side] * PARACENTRAL_MM

    def coordinates(self, points: Array) -> tuple[Array, Array, Array, Array, Array]:
        """Of (…, 3) patient points: left, back (mm, between the two vertebrae's own), part of the way up from the lower
        to the upper endplate, signed distance from the endplates and from the straight margin, both negative inside.
        """
        low, up = (
            (points - v.center.astype(points.dtype)) @ v.rotation.astype(points.dtype) for v in (self.lower, self.upper)
        )
        floor = low[..., 2] - self.lower.surface(self.lower.upper, low[..., 0], low[..., 1])
        roof = self.upper.surface(self.upper.lower, up[..., 0], up[..., 1]) - up[..., 2]
        part = np.clip(floor / np.where(np.abs(floor + roof) < 1e-3, 1e-3, floor + roof), 0, 1)
        margin = (1 - part) * self.lower.outline(low[..., 0], low[..., 1]) + part * self.upper.outline(
            up[..., 0], up[..., 1]
        )
        left = (1 - part) * low[..., 0] + part * up[..., 0]
        back = (1 - part) * low[..., 1] + part * up[..., 1]
        return left, back, part, -np.minimum(floor, roof), margin

    def _herniation(self, left: Array, margin: Array, middle: Array) -> Array:
        """Signed distance from the herniated part: an ellipsoid that stands out of the posterior margin."""
        depth = self.level.herniation_mm
        inside = 3.0
        across, long = 4.5 + 0.55 * depth, max(0.42 * self.level.height_mm, 0.75 * depth) + 0.5
        radial = (margin - (depth - inside) / 2) / ((depth + inside) / 2)
        relative = np.sqrt(((left - self.herniation_offset) / across) ** 2 + radial**2 + (middle / long) ** 2)
        return np.asarray((relative - 1) * (depth + inside) / 2)

    def distance(self, points: Array) -> Array:
        """Signed distance in mm of (…, 3) patient points from the disc, negative inside."""
        return self.shape(points)[0]

    def shape(self, points: Array) -> tuple[Array, Array, Array, Array, Array]:
        """Signed distance of (…, 3) patient points from the disc; left, back, part of the way up, and from the margin."""
        left, back, part, plates, margin = self.coordinates(points)
        rear = np.clip(back / self.lower.half_depth, 0, 1)
        bulge = (self.level.bulge_mm + self.sag * rear) * 4 * part * (1 - part)
        distance = np.maximum(plates, margin - bulge)
        if self.level.herniation_mm > 0:
            middle = (part - 0.5) * self.level.height_mm + np.sign(part - 0.5) * np.maximum(plates, 0)
            lump = np.where(back > 0, self._herniation(left, margin, middle), 10.0)
            distance = np.minimum(distance, lump)
        return distance, left, back, part, margin
