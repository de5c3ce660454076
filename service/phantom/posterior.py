"""The back of a vertebra: pedicles, laminae, articular, transverse and spinous processes, as smooth tubes and plates."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.phantom.vertebra import Vertebra

Array = NDArray[np.floating]

REACH_MM = (44.0, 62.0, 40.0)
"""No posterior element goes farther than this from the body's centre: to the side, to the back, up or down."""
CORTEX_MM = 0.65


@dataclass(frozen=True)
class Limb:
    """A tapering tube of elliptic section between two points of the vertebra's frame, mm.

    ``flat`` scales its radius in the direction of the frame's three axes.
    """

    start: tuple[float, float, float]
    end: tuple[float, float, float]
    radius: float
    end_radius: float
    flat: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def bounds(self) -> tuple[Array, Array]:
        """(3,) lowest and highest u, v, w with a margin."""
        ends = np.array([self.start, self.end])
        reach = max(self.radius, self.end_radius) * np.array(self.flat) + 2.5
        return ends.min(0) - reach, ends.max(0) + reach

    def distance(self, u: Array, v: Array, w: Array) -> Array:
        """Approximate signed distance in mm, negative inside."""
        squeeze = np.array(self.flat, np.float32)
        start, end = np.array(self.start, np.float32) / squeeze, np.array(self.end, np.float32) / squeeze
        axis = end - start
        length = float(axis @ axis) or 1.0
        x, y, z = u / squeeze[0] - start[0], v / squeeze[1] - start[1], w / squeeze[2] - start[2]
        part = np.clip((x * axis[0] + y * axis[1] + z * axis[2]) / length, 0, 1)
        away = np.sqrt((x - part * axis[0]) ** 2 + (y - part * axis[1]) ** 2 + (z - part * axis[2]) ** 2)
        return np.asarray((away - (self.radius + (self.end_radius - self.radius) * part)) * float(squeeze.min()))


def _mirrored(limb: Limb) -> list[Limb]:
    def other(p: tuple[float, float, float]) -> tuple[float, float, float]:
        return (-p[0], p[1], p[2])

    return [limb, Limb(other(limb.start), other(limb.end), limb.radius, limb.end_radius, limb.flat)]


def arch_depth(vertebra: Vertebra, canal_mm: float) -> float:
    """How far behind the body's posterior wall the lamina begins, mm, so that the sac and fat have room."""
    return float(np.clip(canal_mm + 4.5, 15.0, 24.0))


def limbs(vertebra: Vertebra, arch: float) -> list[Limb]:
    """The posterior elements of a lumbar or thoracic vertebra, ``arch`` being the depth of its bony canal in mm."""
    if vertebra.label < 1:
        return _sacral(vertebra, arch)
    r = vertebra.variation
    wall, h = vertebra.half_depth, vertebra.height
    low = max(0, 4 - vertebra.label)
    side = (13.0 + 1.3 * low) * vertebra.half_width / 23
    thick = 3.8 + 0.9 * low
    back = wall + arch
    top = h * 0.20
    parts = [
        Limb((side, wall - 5, top), (side + 1, wall + 8, top - 1), thick, thick, (1, 1, 1.75 - 0.12 * low)),
        Limb((side + 1, wall + 8, top - 1), (side + 3, wall + 11.5, h * 0.64), 5.4, 4.2, (1.2, 1, 1)),
        Limb((side, wall + 9, top - 3), (side - 1.5, back, -h * 0.2), 5.2, 5.0, (1.15, 0.95, 1.2)),
        Limb((side - 2, back, -h * 0.2), (side + 0.5, wall + 16.5, -h * 0.78), 5.2, 4.4, (1.2, 1, 1)),
        Limb((side - 3, back + 1.0, -h * 0.22), (2.0, back + 6, -h * 0.34), 3.1, 3.2, (1.0, 1.0, 2.9)),
    ]
    reach = side + (8 if vertebra.rib else 22 + 2 * r[0])
    parts.append(Limb((side + 2, wall + 7, top - 1), (reach, wall + 12, top + r[1]), 4.0, 3.2, (1, 0.9, 1.1)))
    spine = _spinous(vertebra, back, h)
    return [p for limb in parts for p in _mirrored(limb)] + spine


def _spinous(vertebra: Vertebra, back: float, h: float) -> list[Limb]:
    r = vertebra.variation
    long = (27 + 2.5 * r[2]) * (0.72 if vertebra.label == 1 else 1.0) * vertebra.height / 26
    drop = (0.28 + 0.05 * r[3]) * h + (0.35 * h if vertebra.rib else 0)
    tall = (3.3 + 0.3 * r[4]) * (0.75 if vertebra.label == 1 or vertebra.rib else 1.0)
    start, end = (0.0, back + 6, -h * 0.28), (0.3 * float(r[5]), back + 5 + long, -h * 0.28 - drop)
    heel = (end[0], end[1] - 3, end[2] - 3)
    return [
        Limb(start, end, 3.0, 3.2, (0.95, 1.0, tall)),
        Limb((0.0, back + long * 0.7, start[2] - drop * 0.8), heel, 3.2, 3.6, (1.05, 1, 2.1)),
    ]


def _sacral(vertebra: Vertebra, arch: float) -> list[Limb]:
    """The wings of the sacrum beside a segment, and the plate behind its canal."""
    half, h = vertebra.half_depth, vertebra.height
    back = half + arch * (1.0 if vertebra.label == 0 else 0.8)
    shrink = 1 + 0.22 * vertebra.label
    plate = Limb((0, back + 4, -h * 0.35), (0, back + 9 * shrink, -h * 0.45), 3.0, 3.5, (1.0, 1, 2.2))
    parts = [
        Limb((17, back + 3, -h * 0.3), (2, back + 5, -h * 0.4), 3.0, 3.0, (1, 1, 3.0)),
        Limb((20 * shrink, half, 0), (18, back + 3, -h * 0.2), 5.0, 4.0, (1.2, 1, 1.6)),
    ]
    if vertebra.label == 0:
        parts.append(Limb((34, half * 0.35, -h * 0.1), (27, half + 14, -h * 1.9), 14.5, 9.0, (1.25, 1.0, 1.0)))
        parts.append(Limb((17, half + 8, 2), (19, half + 11, h * 0.5 + 9), 5.6, 4.4, (1.2, 1, 1)))
    return [p for limb in parts for p in _mirrored(limb)] + [plate]


def nerve(vertebra: Vertebra) -> list[Limb]:
    """The two nerve roots that leave under the pedicles of this vertebra."""
    wall, h = vertebra.half_depth, vertebra.height
    side = 13.0 * vertebra.half_width / 23
    parts = [
        Limb((7, wall + 6, h * 0.1), (side, wall + 3.5, -h * 0.22), 1.5, 2.3),
        Limb((side, wall + 3.5, -h * 0.22), (side + 9, wall - 1, -h * 0.5), 2.9, 2.4, (1, 1, 1.15)),
        Limb((side + 9, wall - 1, -h * 0.5), (side + 18, wall - 6, -h * 0.95), 2.4, 2.2),
    ]
    return [p for limb in parts for p in _mirrored(limb)]
