"""The landmarks of a whole segmented spine: every body measured, every disc space between two bodies."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import ndimage

from service.anatomy.endplates import Endplate, VertebralBody, measure_body
from service.anatomy.facing import UNTOLD, Facing, facing_of
from service.anatomy.memory import remembered
from service.anatomy.model import DISC, PARTIAL, SACRUM, Anatomy, Structure, disc_name, vertebra_name
from service.anatomy.regions import Mask, Points, bounding_box, cropped, unit, where
from service.study.geometry import Geometry

SPUR_MM, _CORNER_MM = 2.0, 1.0
"""Half the thickness under which a part of a body is a spur, and how far the corners reach beyond what is thicker: 0.83 mm where
they are right angles. Chosen on thirteen phantoms of the benchmark, ten of them with slips. Provenance: expert."""

_LUMBAR, _NARROW = range(1, 6), 0.75
"""A lumbar body outlined narrower than this part of the usual one ends short at a side. Provenance: expert."""
_S1_HEIGHT, _DISC_HEIGHT = 1.0, 0.4
"""Heights of S1 and of the disc on it as parts of that of a usual body of this spine. What lies deeper is S2, which some outlines run on into.
Provenance: expert."""
_S1_LEAN_DEGREES, _S1_LENGTH = 45.0, 0.6
"""Most angle of S1's upper endplate to the lower one of the body above, and its least length as a part of that one's: else something else was
measured, such as the front of a sacrum or a piece of L5 that was called sacrum. Provenance: expert."""


@dataclass(frozen=True, eq=False)
class DiscSpace:
    """The mid-plane half-way between the endplates of two bodies, in patient mm.

    Attributes:
        upper, lower: the bodies on both sides.
        centre: (3,) its middle.
        normal, back, left: (3,) unit vectors; the normal points to the head.
        anterior, posterior: where the space begins and ends along ``back``, mm from the centre.
    """

    upper: VertebralBody
    lower: VertebralBody
    centre: Points
    normal: Points
    back: Points
    anterior: float
    posterior: float

    @property
    def left(self) -> Points:
        """(3,) unit vector to the patient's left."""
        return np.asarray(np.cross(self.back, self.normal))

    @property
    def length(self) -> float:
        """From front to back in mm."""
        return self.posterior - self.anterior

    def local(self, points: Points) -> Points:
        """(n, 3) patient coordinates to (n, 3) mm to the left, the back and the head of the centre."""
        return np.asarray((points - self.centre) @ np.column_stack([self.left, self.back, self.normal]))


@dataclass(frozen=True, eq=False)
class Level:
    """A disc level: what stands above and below it, as far as it was seen.

    Attributes:
        number: 1 for L5-S1, counting up.
        disc: the segmented disc, if there is one.
        upper, lower: the bodies on both sides, none where not seen or cut by the field of view.
        missing: why a measurement that needs both bodies cannot be made; empty if it can.
    """

    number: int
    disc: Structure | None
    upper: VertebralBody | None
    lower: VertebralBody | None
    missing: str
    confidence: float

    @property
    def name(self) -> str:
        """Such as L4-L5."""
        return disc_name(DISC + self.number)

    @cached_property
    def space(self) -> DiscSpace | None:
        """The mid-plane of the disc, if both bodies were seen."""
        return None if self.upper is None or self.lower is None else disc_space(self.upper, self.lower)


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Bodies by number (0 for S1, 1 for L5, counting up), disc levels from the lowest up, and where the vertebrae face."""

    bodies: dict[int, VertebralBody]
    structures: dict[int, Structure]
    levels: tuple[Level, ...]
    facing: Facing = UNTOLD

    def confidence(self, number: int) -> float:
        """How well the vertebra of this number is outlined."""
        return self.structures[number].confidence

    def unseen(self, level: int) -> str:
        """Which vertebrae beside a disc level were not segmented or are cut by the field of view, in words; empty if both are there."""
        beside = {number: self.structures.get(number) for number in (level, level - 1)}
        return " and ".join(_absence(n, self.structures) for n, one in beside.items() if one is None or one.partial)

    def ends_short(self, number: int) -> bool:
        """Whether a lumbar body is outlined much narrower than the others, so that an outline that ends at a side makes it seem tilted."""
        usual = [body.width for n, body in self.bodies.items() if n in _LUMBAR and body.covered]
        return bool(usual and number in _LUMBAR and self.bodies[number].width < _NARROW * np.median(usual))


def number_name(number: int) -> str:
    """The name of vertebra ``number``: 0 is S1, 1 is L5."""
    return "S1" if number == 0 else vertebra_name(number)


def disc_space(upper: VertebralBody, lower: VertebralBody) -> DiscSpace:
    """The mid-plane between the lower endplate of ``upper`` and the upper endplate of ``lower``."""
    above, below = upper.lower, lower.upper
    normal = unit(above.normal + below.normal)
    front, rear = (above.anterior + below.anterior) / 2, (above.posterior + below.posterior) / 2
    centre = (front + rear) / 2
    back = unit((rear - front) - ((rear - front) @ normal) * normal)
    anterior, posterior = float((front - centre) @ back), float((rear - centre) @ back)
    return DiscSpace(upper, lower, centre, normal, back, anterior, posterior)


@remembered
def find_landmarks(anatomy: Anatomy) -> Landmarks:
    """Measure every whole body of ``anatomy`` and pair them into disc levels."""
    structures = {_number(s): s for s in (*anatomy.of("vertebra"), *anatomy.of("sacrum"))}
    masks = {n: _body_of(anatomy, s) for n, s in structures.items()}
    masks = {n: mask for n, mask in masks.items() if mask.any()}
    centres = {n: anatomy.series.geometry.to_patient(where(mask)).mean(axis=0) for n, mask in masks.items()}
    numbers = [n for n in sorted(masks, reverse=True) if not structures[n].partial]
    parts = {n: masks[n] for n in numbers}
    ups = {n: _upwards(n, centres) for n in numbers}
    bodies = _bodies(anatomy, parts, ups, UNTOLD)
    facing = facing_of(bodies.values())
    if facing != UNTOLD:
        bodies = _bodies(anatomy, parts, ups, facing)
    return Landmarks(bodies, structures, _levels(anatomy, bodies, structures), facing)


def _bodies(
    anatomy: Anatomy, masks: dict[int, Mask], ups: dict[int, Points], facing: Facing
) -> dict[int, VertebralBody]:
    """What can be measured of the masks, by number, from the highest down; ``ups`` says roughly how each stands."""
    bodies: dict[int, VertebralBody] = {}
    for number, mask in masks.items():
        if number == 0 and bodies:
            body = _sacral(anatomy, mask, bodies, ups[number], facing)
        else:
            body = _measured(anatomy, mask, number, ups[number], facing)
        if body is not None:
            bodies[number] = body
    return bodies


def _body_of(anatomy: Anatomy, structure: Structure) -> Mask:
    mask = anatomy.mask(structure.label)
    whole = mask if structure.kind == "sacrum" else mask & anatomy.bodies
    return without_spurs(whole, anatomy.series.geometry.spacing[1:])


def without_spurs(mask: Mask, pixel_mm: Points) -> Mask:
    """A body (slices, rows, columns) without what is thinner than ``2 * SPUR_MM`` in its slice, such as an osteophyte or a tongue of the
    outline along the wall, which would be taken for its corner; right-angled corners stay.

    Args:
        pixel_mm: (2,) in-plane spacing.
    """
    box = bounding_box(mask, margin=1)
    kept = np.zeros_like(mask)
    if box is None:
        return kept
    for whole, out in zip(mask[box], kept[box], strict=True):
        if whole.any():
            core = ndimage.distance_transform_edt(np.pad(whole, 1), sampling=pixel_mm)[1:-1, 1:-1] > SPUR_MM
            away = ndimage.distance_transform_edt(~core, sampling=pixel_mm) if core.any() else np.inf
            out[...] = whole & (away <= SPUR_MM + _CORNER_MM)
    return kept


def _number(structure: Structure) -> int:
    if structure.label == SACRUM:
        return 0
    return structure.label - PARTIAL * structure.partial


def _upwards(number: int, centres: dict[int, Points]) -> Points:
    """(3,) the direction of the line through a body's neighbours."""
    above = next((centres[n] for n in sorted(centres) if n > number), centres[number])
    below = next((centres[n] for n in sorted(centres, reverse=True) if n < number), centres[number])
    return unit(above - below) if np.any(above != below) else np.array([0.0, 0.0, 1.0])


def _sacral(
    anatomy: Anatomy, mask: Mask, bodies: dict[int, VertebralBody], up: Points, facing: Facing
) -> VertebralBody | None:
    """S1, sought from how L5 stands: the wings and S2 pull its centre down and back, and the line through the centres of a steep
    sacrum leads to its front instead of its endplate. ``up`` is that line, for where L5 was not measured.
    """
    above, geometry = bodies[min(bodies)], anatomy.series.geometry
    high = float(np.median([body.height for body in bodies.values()]))
    near = _down_to((_DISC_HEIGHT + _S1_HEIGHT) * high, above.lower, mask, geometry) if 1 in bodies else mask
    body = _measured(anatomy, near, 0, above.lower.normal if 1 in bodies else up, facing)
    if body is not None:
        near = _down_to(_S1_HEIGHT * high, body.upper, mask, geometry)
        body = _measured(anatomy, near, 0, body.upper.normal, facing)
    return body if body is not None and _is_sacral(body.upper, above.lower) else None


def _is_sacral(endplate: Endplate, above: Endplate) -> bool:
    """Whether an endplate can be S1's upper one, beneath the lower endplate ``above``."""
    leans = endplate.normal @ above.normal < np.cos(np.radians(_S1_LEAN_DEGREES))
    return bool(not leans and endplate.length > _S1_LENGTH * above.length)


def _down_to(reach: float, over: Endplate, mask: Mask, geometry: Geometry) -> Mask:
    """What of a mask (slices, rows, columns) lies no deeper than ``reach`` mm beneath an endplate."""
    index = where(mask)
    kept = np.zeros_like(mask)
    kept[tuple(index[(over.centre - geometry.to_patient(index)) @ over.normal < reach].T)] = True
    return kept


def _measured(anatomy: Anatomy, mask: Mask, number: int, up: Points, facing: Facing) -> VertebralBody | None:
    """Measure one body, ``up`` being the first guess of how it stands."""
    tight = bounding_box(mask, margin=3)
    if tight is None:
        return None
    box = (slice(0, len(mask)), *tight[1:])  # all slices, so that they are numbered alike in every body
    grid = cropped(anatomy.series.geometry, box)
    return measure_body(mask[box], grid, up, number, lowest=number == 0, facing=facing.back)


def _levels(anatomy: Anatomy, bodies: dict[int, VertebralBody], structures: dict[int, Structure]) -> tuple[Level, ...]:
    discs = {s.label - DISC: s for s in anatomy.of("disc")}
    whole = [n for n in structures if n + 1 in structures]
    levels = []
    for number in sorted(set(discs) | {n + 1 for n in whole}):
        upper, lower = bodies.get(number), bodies.get(number - 1)
        parts = [s for s in (discs.get(number), structures.get(number), structures.get(number - 1)) if s is not None]
        missing = " and ".join(
            _absence(n, structures) for n, body in ((number, upper), (number - 1, lower)) if body is None
        )
        confidence = min(s.confidence for s in parts)
        levels.append(Level(number, discs.get(number), upper, lower, missing, confidence))
    return tuple(levels)


def _absence(number: int, structures: dict[int, Structure]) -> str:
    structure = structures.get(number)
    if structure is None:
        return f"{number_name(number)} was not segmented"
    if structure.partial:
        return f"{number_name(number)} is cut by the field of view"
    if structure.kind == "sacrum":
        return f"the upper endplate of {number_name(number)} was not found"
    return f"too little of {number_name(number)} was segmented to find its endplates"
