"""One vertebra: where it stands and the closed form of its body and endplates."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating]

RIM = 0.88
"""Part of the radius within which an endplate is dished; the ring apophysis outside is flat."""
ROUNDING_MM = 1.2


@dataclass(frozen=True)
class Pit:
    """A Schmorl node: a dent of Gaussian profile in an endplate. Lengths in mm, place in the vertebra's own frame."""

    depth: float
    u: float
    v: float
    radius: float


@dataclass(frozen=True)
class Endplate:
    """A dished surface over the plane of its rim.

    Attributes:
        offset: height of the rim's plane above the vertebra's centre, mm; negative for the lower endplate.
        slope: (2,) rise of that plane per mm to the left and to the back.
        dish: depth of the concavity in mm, its deepest point at ``shift`` of the half depth to the back.
        scale: radius of this endplate relative to the vertebra's own.
    """

    offset: float
    slope: tuple[float, float]
    dish: float
    shift: float = 0.0
    scale: float = 1.0
    pit: Pit | None = None

    @property
    def inwards(self) -> float:
        """Sign of the direction from the endplate into the body, along the vertebra's axis."""
        return -1.0 if self.offset > 0 else 1.0

    def rim(self, u: Array, v: Array) -> Array:
        """Height of the rim's plane."""
        return self.offset + self.slope[0] * u + self.slope[1] * v


@dataclass(frozen=True, eq=False)
class Vertebra:
    """A vertebra, its own frame being u to the left, v to the back and w up, with the centre of its body as origin.

    Attributes:
        label: SPIDER label, 1 for the lowest lumbar vertebra, counting up; 0, -1, -2 … for S1, S2, S3 ….
        center: (3,) patient coordinates in mm.
        rotation: (3, 3), columns are the directions u, v, w in the patient.
        half_width, half_depth, height: mm, at the rims.
        roundness: exponent of the superellipse that the body's outline is; 2 is an ellipse.
        hollow: how far the middle of the posterior wall lies before its sides, mm.
        waist: relative narrowing half-way between the endplates.
        rib: it carries ribs instead of transverse processes.
        lips: how far osteophytes stand out of the front of the upper and the lower rim, mm.
    """

    label: int
    center: NDArray[np.float64]
    rotation: NDArray[np.float64]
    half_width: float
    half_depth: float
    height: float
    upper: Endplate
    lower: Endplate
    roundness: float = 2.5
    hollow: float = 2.0
    waist: float = 0.08
    rib: bool = False
    lips: tuple[float, float] = (0.0, 0.0)
    variation: NDArray[np.float64] = field(default_factory=lambda: np.zeros(16))

    def to_local(self, points: ArrayLike) -> NDArray[np.float64]:
        """(…, 3) patient coordinates to (…, 3) coordinates u, v, w."""
        return (np.asarray(points, float) - self.center) @ self.rotation

    def to_patient(self, local: ArrayLike) -> NDArray[np.float64]:
        """(…, 3) coordinates u, v, w to (…, 3) patient coordinates."""
        return np.asarray(local, float) @ self.rotation.T + self.center

    def corner(self, endplate: Endplate, end: float) -> NDArray[np.float64]:
        """(3,) where the mid-sagittal rim of an endplate ends, in the patient: ``end`` +1 at the back, -1 in front."""
        v = self.half_depth * (1 - endplate.scale) + end * endplate.scale * self.half_depth
        return self.to_patient([0.0, v, endplate.offset + endplate.slope[1] * v])

    def normal(self, endplate: Endplate) -> NDArray[np.float64]:
        """(3,) unit normal of the plane of an endplate's rim, pointing up, in the patient."""
        local = np.array([-endplate.slope[0], -endplate.slope[1], 1.0])
        return np.asarray(self.rotation @ (local / np.linalg.norm(local)))

    def _radius(self, u: Array, v: Array, scale: float | Array = 1.0) -> tuple[Array, Array]:
        """Radius relative to the outline of that scale, and length from its centre. The posterior wall stays in place."""
        back = np.asarray(v - self.half_depth * (1 - scale))
        back = back - self.hollow * (u / self.half_width) ** 2 * np.clip(back / self.half_depth, 0, 1)
        a, b = np.abs(u) / self.half_width, np.abs(back) / self.half_depth
        power = self.roundness
        relative = (a**power + b**power) ** (1 / power)
        return relative / scale, np.hypot(u, back)

    def outline(self, u: Array, v: Array, scale: float | Array = 1.0) -> Array:
        """Signed distance in mm from the body's outline seen from above, negative inside, approximate off the axes."""
        relative, length = self._radius(u, v, scale)
        return np.asarray(length * (1 - 1 / np.maximum(relative, 1e-3)))

    def surface(self, endplate: Endplate, u: Array, v: Array) -> Array:
        """Height w of an endplate over the place (u, v)."""
        relative, _ = self._radius(u, v - endplate.shift * self.half_depth * endplate.scale, endplate.scale)
        dish = endplate.dish * np.maximum(1 - (relative / RIM) ** 2, 0)
        if endplate.pit is not None:
            pit = endplate.pit
            away = ((u - pit.u) ** 2 + (v - pit.v) ** 2) / pit.radius**2
            dish = dish + pit.depth * np.exp(-(away**2))
        return np.asarray(endplate.rim(u, v) + endplate.inwards * dish)

    def distances(self, u: Array, v: Array, w: Array) -> tuple[Array, Array]:
        """Signed distances in mm from the side wall and from the nearer endplate of the body, negative inside."""
        top, bottom = self.surface(self.upper, u, v), self.surface(self.lower, u, v)
        height = np.clip((w - bottom) / np.maximum(top - bottom, 1e-3), 0, 1)
        taper = self.lower.scale + (self.upper.scale - self.lower.scale) * height
        side = self.outline(u, v, taper) + self.waist * self.half_depth * (4 * height * (1 - height)) ** 1.5
        front = np.clip(-v / self.half_depth, 0, 1) ** 2
        for lip, rim in zip(self.lips, (top, bottom), strict=True):
            if lip > 0:
                side = side - lip * front * np.exp(-(((w - rim) / 3.5) ** 2))
        return side, np.maximum(w - top, bottom - w)


def rounded(first: Array, second: Array, radius: float = ROUNDING_MM) -> Array:
    """Signed distance of the intersection of two solids, its edge rounded (polynomial smooth maximum)."""
    blend = np.maximum(radius - np.abs(first - second), 0) / radius
    return np.maximum(first, second) + blend**2 * (radius * 0.25)
