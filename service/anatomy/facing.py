"""Which way the vertebrae face, told from the rear walls of their bodies.

Front and back, left and right of what is measured at a vertebra or disc are those of the vertebrae, and not the table's: a patient may lie turned about his long axis,
with slices planned along his spine, and what bulges to the back would else bulge to a side.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from service.anatomy.endplates import VertebralBody, robust_fit
from service.anatomy.regions import Points

UP: Points = np.array([0.0, 0.0, 1.0])
ANY_TURN = 5.0
"""Standard deviation in degrees of how far vertebrae face to a side, before anything is seen. Provenance: expert; fifteen volunteers of vb2 and vb3
faced up to 4.5° to a side."""
_WALL_ERROR = 0.8
"""Standard error in degrees that many walls do not average out: walls are not quite alike on both sides. Provenance: phantoms turned by a known angle,
whose error was at most 1.1°."""
_CENTRAL = 0.65
"""Part of the half-width of a body within which its rear wall is a parabola."""
_LEAST_SLICES, _LEAST_BODIES = 4, 3
_WIDE = 1.2
"""Least width of a body as a part of its depth: nineteen of twenty whole ones are wider. Provenance: phantoms; four slices of fifteen missing at a
side left 1.08 to 1.19."""
_PASSES, _STILL = 10, 1e-4


@dataclass(frozen=True)
class Facing:
    """Where the back of the vertebrae is.

    Attributes:
        degrees: by which they face to the left (their back to the right): about the upward axis, counter-clockwise seen from above.
        error: standard error of that in degrees.
    """

    degrees: float = 0.0
    error: float = ANY_TURN

    @property
    def back(self) -> Points:
        """(3,) horizontal unit vector to their back."""
        turn = np.radians(self.degrees)
        return np.array([-np.sin(turn), np.cos(turn), 0.0])

    @property
    def left(self) -> Points:
        """(3,) horizontal unit vector to their left."""
        return np.array([self.back[1], -self.back[0], 0.0])


UNTOLD = Facing()
"""As the table stands: nothing tells where they face."""


def facing_of(bodies: Iterable[VertebralBody]) -> Facing:
    """The direction that most bodies face: the median of their turns, drawn to the table as far as it is uncertain.

    A rear wall, where it meets an endplate, is a parabola across the slices, and the body faces where both sides of it are alike. That needs bodies
    shown nearly whole, no canal, and no other part of a mask. S1 has wings, and no say.
    """
    vertebrae = [body for body in bodies if body.bottom is not None and _whole(body)]
    seen = np.array([turn for body in vertebrae if (turn := _turn_of(body)) is not None])
    if len(seen) < _LEAST_BODIES:
        return UNTOLD
    middle = float(np.median(seen))
    spread = 1.4826 * float(np.median(np.abs(seen - middle)))
    error = float(np.hypot(1.2533 * spread / np.sqrt(len(seen)), _WALL_ERROR))
    share = ANY_TURN**2 / (ANY_TURN**2 + error**2)
    return Facing(share * middle, float(np.sqrt(share)) * error)


def _whole(body: VertebralBody) -> bool:
    """Whether it is shown nearly from side to side: a wall that is cut at one side looks turned."""
    return body.width > _WIDE * body.upper.length


def _turn_of(body: VertebralBody) -> float | None:
    """Degrees by which its walls are turned on average, each in the plane of its endplate; none where they cannot tell."""
    plane = np.column_stack([body.left, body.back])
    turns = [_turn((end.rim[:, 1] - body.middle) @ plane, body.width / 2) for end in (body.upper, body.lower)]
    told = [turn for turn in turns if turn is not None]
    return float(np.mean(told)) if told else None


def _turn(wall: Points, half: float) -> float | None:
    """Degrees, from (n, 2) points of a rear wall, mm to the left and back of the middle of the body; none from too few.

    The axes are turned until the wall is alike on both sides.
    """
    turn = 0.0
    for _ in range(_PASSES):
        left, back = wall @ [np.cos(turn), np.sin(turn)], wall @ [-np.sin(turn), np.cos(turn)]
        central = np.abs(left) < _CENTRAL * half
        if central.sum() < _LEAST_SLICES:
            return None
        design = np.column_stack([np.ones(central.sum()), left[central], left[central] ** 2])
        step = float(np.arctan(robust_fit(design, back[central])[0][1]))
        turn += step
        if abs(step) < _STILL:
            break
    return float(np.degrees(turn))
