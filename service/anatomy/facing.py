"""How far a patient lies turned about his long axis, told from the rear walls of his vertebral bodies.

Left and right, front and back are the patient's own. A patient who lies turned by 10° with a lordosis of 40° would else show a curve of
7° where there is none: what leans forward seems to lean sideways.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from service.anatomy.endplates import VertebralBody, robust_fit
from service.anatomy.regions import Points
from service.study.geometry import Geometry

UP: Points = np.array([0.0, 0.0, 1.0])
ANY_TURN = 5.0
"""Standard deviation in degrees of how far patients lie turned, before anything is seen. Provenance: expert; fifteen volunteers of vb2 and vb3
lay turned by up to 5°."""
_WALL_ERROR = 0.8
"""Standard error in degrees that many walls do not average out: walls are not quite alike on both sides. Provenance: phantoms turned by a known angle,
whose error was at most 1.3°."""
_CENTRAL = 0.65
"""Part of the half-width of a body within which its rear wall is a parabola."""
_LEAST_SLICES, _LEAST_WALLS = 4, 4
_LARGEST = 30.0
_PASSES, _STILL = 10, 1e-4


@dataclass(frozen=True)
class Facing:
    """Where the patient's back is.

    Attributes:
        degrees: by which the patient lies turned to his left (the back to his right): about the upward axis, counter-clockwise seen from above.
        error: standard error of that in degrees.
    """

    degrees: float = 0.0
    error: float = ANY_TURN

    @property
    def back(self) -> Points:
        """(3,) horizontal unit vector to the patient's back."""
        turn = np.radians(self.degrees)
        return np.array([-np.sin(turn), np.cos(turn), 0.0])

    @property
    def left(self) -> Points:
        """(3,) horizontal unit vector to the patient's left."""
        return np.array([self.back[1], -self.back[0], 0.0])

    def seen(self, geometry: Geometry) -> Geometry:
        """The same grid in coordinates of the patient: mm to his own left, to his back and upwards."""
        turn = np.eye(4)
        turn[:3, :3] = [self.left, self.back, UP]
        return Geometry(turn @ geometry.affine, geometry.shape)


UNTOLD = Facing()
"""As the table stands: nothing tells how the patient lies on it."""


def facing_of(bodies: Iterable[VertebralBody]) -> Facing:
    """How the patient lies: the median over the ends of all bodies, drawn to the table as far as it is uncertain.

    Each rear wall, where it meets an endplate, is a parabola across the slices, and the patient's back is where both of its sides are alike.
    As it was told where the table's back was, so it is with bodies of every mask, the canal of which may not be known.
    """
    turns = [turn for body in bodies if body.covered for turn in _turns_of(body)]
    seen = np.array([turn for turn in turns if abs(turn) < _LARGEST])
    if len(seen) < _LEAST_WALLS:
        return UNTOLD
    middle = float(np.median(seen))
    spread = 1.4826 * float(np.median(np.abs(seen - middle)))
    error = float(np.hypot(1.2533 * spread / np.sqrt(len(seen)), _WALL_ERROR))
    share = ANY_TURN**2 / (ANY_TURN**2 + error**2)
    return Facing(share * middle, float(np.sqrt(share)) * error)


def _turns_of(body: VertebralBody) -> list[float]:
    """Degrees by which the wall at each of its endplates is turned, in the plane of that endplate."""
    ends = (body.upper,) if body.bottom is None else (body.upper, body.bottom)
    plane = np.column_stack([body.left, body.back])
    found = (_turn((end.rim[:, 1] - body.middle) @ plane, body.width / 2) for end in ends)
    return [turn for turn in found if turn is not None]


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
