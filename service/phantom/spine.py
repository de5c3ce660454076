"""A chain of vertebrae from the sacrum up, posed so that the parameters hold exactly."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from service.phantom.gap import disc_height
from service.phantom.parameters import DiscLevel, PhantomParameters
from service.phantom.sizes import (
    DEPTH_MM,
    HEIGHT_MM,
    THORACIC_WEDGE,
    WIDTH_MM,
    share_coronal,
    share_lordosis,
)
from service.phantom.vertebra import Endplate, Pit, Vertebra

Array = NDArray[np.float64]

TOP = 10
"""Highest vertebra that is built (T8 of a common spine)."""
_APEX_STEPS = {"L4": (1, 6), "L3-L4": (1, 8), "L3": (1, 10), "L2-L3": (3, 10), "L2": (5, 10)}
"""Endplates between which the coronal curve runs: 1 is L5's lower one, 10 is L1's upper one."""


@dataclass(frozen=True, eq=False)
class Spine:
    """Vertebrae by label, from S4 (-3) over S1 (0) and L5 (1) to the highest."""

    vertebrae: dict[int, Vertebra]

    def pairs(self) -> list[tuple[Vertebra, Vertebra]]:
        """(lower, upper) vertebra of every disc from L5-S1 up."""
        return [(self.vertebrae[k - 1], self.vertebrae[k]) for k in range(1, max(self.vertebrae) + 1)]

    def shifted(self, offset: Array) -> "Spine":
        """The same spine elsewhere."""
        return Spine({k: replace(v, center=v.center + offset) for k, v in self.vertebrae.items()})


def tilt_matrix(coronal: float, sagittal: float) -> Array:
    """(3, 3) directions u, v, w of a body tilted forwards by ``sagittal`` and then to the left by ``coronal`` degrees."""
    c, s = np.cos(np.radians(coronal)), np.sin(np.radians(coronal))
    forwards, backwards = np.cos(np.radians(sagittal)), np.sin(np.radians(sagittal))
    turn = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    lean = np.array([[1, 0, 0], [0, forwards, -backwards], [0, backwards, forwards]])
    return np.asarray(turn @ lean)


def levels_of(parameters: PhantomParameters, rng: np.random.Generator) -> list[DiscLevel]:
    """The parameters of every disc up to the top: those given, then healthy thoracic ones."""
    thoracic = [
        DiscLevel(height_mm=float(7.6 - 0.35 * k + rng.normal(0, 0.4)), bulge_mm=0.2, canal_ap_mm=14.0)
        for k in range(TOP - 5)
    ]
    return [*parameters.levels, *thoracic]


def _room(levels: tuple[DiscLevel, ...], half_length: Array) -> Array:
    """Wedge in degrees at which the narrow end of each disc would still be about 3 mm high."""
    spare = np.array([level.height_mm for level in levels]) - 5.0
    return np.asarray(np.degrees(np.arctan(np.maximum(spare, 0.2) / half_length)))


def _angles(parameters: PhantomParameters) -> tuple[Array, Array]:
    """Coronal and sagittal tilt in degrees of all endplates: S1's upper, then the lower and upper one of label 1, 2 ….

    Sagittal tilt is positive where the endplate faces forwards.
    """
    size = parameters.size
    depth, width = np.array(DEPTH_MM[:5]) * size / 2, np.array(WIDTH_MM[:5]) * size / 2
    bodies, discs = share_lordosis(
        parameters.lordosis_degrees, _room(parameters.levels, depth), np.random.default_rng([parameters.seed, 14])
    )
    steps = np.column_stack([discs, bodies]).ravel()
    steps = np.concatenate([steps, np.tile(THORACIC_WEDGE, TOP - 5)])
    sagittal = parameters.sacral_slope_degrees - np.concatenate([[0], np.cumsum(steps)])
    first, last = _APEX_STEPS[parameters.cobb_apex]
    curve = share_coronal(parameters.cobb_degrees, first, last, _room(parameters.levels, width) * 0.8)
    above = curve[-1] * np.linspace(1, 0, 2 * (TOP - 5) + 1)[1:]
    sign = 1.0 if parameters.cobb_convexity == "left" else -1.0
    return sign * np.concatenate([curve, above]), sagittal


def _endplate(rotation: Array, tilt: tuple[float, float], offset: float, dish: float, shift: float) -> Endplate:
    normal = rotation.T @ tilt_matrix(*tilt)[:, 2]
    slope = (float(-normal[0] / normal[2]), float(-normal[1] / normal[2]))
    return Endplate(offset, slope, dish, shift)


def _lumbar(
    label: int, below: tuple[float, float], above: tuple[float, float], parameters: PhantomParameters
) -> Vertebra:
    """A vertebra at the origin, its endplates tilted (coronal, sagittal) in the patient as asked."""
    rng = np.random.default_rng([parameters.seed, 11, label])
    rotation = tilt_matrix((below[0] + above[0]) / 2, (below[1] + above[1]) / 2)
    size = parameters.size
    height = HEIGHT_MM[label - 1] * size * rng.normal(1, 0.015)
    lower = _endplate(rotation, below, -height / 2, rng.uniform(1.4, 3.0) * size, 0.16)
    upper = _endplate(rotation, above, height / 2, rng.uniform(0.7, 1.8) * size, 0.0)
    return Vertebra(
        label=label,
        center=np.zeros(3),
        rotation=rotation,
        half_width=WIDTH_MM[label - 1] * size / 2 * rng.normal(1, 0.01),
        half_depth=DEPTH_MM[label - 1] * size / 2 * rng.normal(1, 0.01),
        height=height,
        upper=upper,
        lower=_with_pit(lower, parameters, label, rng),
        roundness=rng.uniform(2.2, 2.7),
        hollow=rng.uniform(1.0, 2.5),
        waist=rng.uniform(0.07, 0.13),
        rib=label > parameters.lumbar_vertebrae,
        lips=(_lip(parameters, label + 1, rng), _lip(parameters, label, rng)),
        variation=rng.normal(0, 1, 16),
    )


def _lip(parameters: PhantomParameters, label: int, rng: np.random.Generator) -> float:
    """Size in mm of an osteophyte beside the disc of that number: worn discs have them."""
    drawn = rng.uniform(0, 1)
    if label > 5:
        return 0.0
    return float(drawn * {4: 1.8, 5: 3.5}.get(parameters.levels[label - 1].pfirrmann, 0.0))


def _with_pit(endplate: Endplate, parameters: PhantomParameters, label: int, rng: np.random.Generator) -> Endplate:
    u, v, radius = rng.uniform(-4, 4), rng.uniform(-4, 5), rng.uniform(4, 6.5)
    if label > 5 or parameters.levels[label - 1].endplate_defect_mm == 0:
        return endplate
    return replace(endplate, pit=Pit(parameters.levels[label - 1].endplate_defect_mm, u, v, radius))


_SACRAL = ((31.0, 1.0, 0.70), (25.0, 0.70, 0.50), (21.0, 0.50, 0.38), (18.0, 0.38, 0.3))
"""Height in mm and scale of the upper and lower end of S1 to S4."""
_SACRAL_TILT = (5.0, 3.0, 2.0, -2.0, -12.0, -4.0, -16.0)
"""Degrees by which the endplates turn, from S1's upper one down."""


def _sacrum(parameters: PhantomParameters, tilt: tuple[float, float]) -> list[Vertebra]:
    """S1 to S4, S1's upper endplate tilted as asked and its body at the origin."""
    rng = np.random.default_rng([parameters.seed, 12])
    turn = parameters.sacral_slope_degrees + np.concatenate(
        [[0], np.cumsum(np.array(_SACRAL_TILT) * rng.uniform(0.7, 1.4))]
    )
    made: list[Vertebra] = []
    for k, (height, top, bottom) in enumerate(_SACRAL):
        tall = height * parameters.size * rng.normal(1, 0.03)
        rotation = tilt_matrix(tilt[0], (turn[2 * k] + turn[2 * k + 1]) / 2)
        upper = _endplate(rotation, (tilt[0], turn[2 * k]), tall / 2, rng.uniform(0.3, 1.2) if k == 0 else 0.2, 0.0)
        lower = _endplate(rotation, (tilt[0], turn[2 * k + 1]), -tall / 2, 0.2, 0.0)
        segment = Vertebra(
            label=-k,
            center=np.zeros(3),
            rotation=rotation,
            half_width=25.0 * parameters.size,
            half_depth=17.0 * parameters.size * rng.normal(1, 0.02),
            height=tall,
            upper=replace(upper, scale=top),
            lower=replace(lower, scale=bottom),
            roundness=2.4,
            hollow=1.0,
            waist=0.05,
            variation=rng.normal(0, 1, 16),
        )
        made.append(segment if k == 0 else _hang(segment, made[-1], rng.uniform(1.5, 4.0) if k == 1 else 1.0))
    return made


def _hang(segment: Vertebra, above: Vertebra, gap: float) -> Vertebra:
    """A sacral segment with its posterior wall in line with that of the one above."""
    target = above.corner(above.lower, 1.0) - gap * above.normal(above.lower)
    return replace(segment, center=segment.center + target - segment.corner(segment.upper, 1.0))


def _stand(upper: Vertebra, lower: Vertebra, level: DiscLevel) -> Vertebra:
    """The upper vertebra on top of the lower one, with the listhesis and the disc height that the level asks for."""
    normal, back = lower.normal(lower.upper), lower.corner(lower.upper, 1.0)
    along = back - lower.corner(lower.upper, -1.0)
    foot = back - level.listhesis_mm * along / np.linalg.norm(along)
    gap = level.height_mm
    for _ in range(6):
        placed = replace(upper, center=upper.center + foot + gap * normal - upper.corner(upper.lower, 1.0))
        upper = placed
        gap += level.height_mm - disc_height(lower, placed).mean
    return upper


def build_spine(parameters: PhantomParameters) -> Spine:
    """The spine of these parameters, with the middle of S1's upper endplate near the origin."""
    coronal, sagittal = _angles(parameters)
    tilts = [(float(c), float(s)) for c, s in zip(coronal, sagittal, strict=True)]
    sacrum = _sacrum(parameters, tilts[0])
    chain = {v.label: v for v in sacrum}
    levels = levels_of(parameters, np.random.default_rng([parameters.seed, 13]))
    for label in range(1, TOP + 1):
        vertebra = _lumbar(label, tilts[2 * label - 1], tilts[2 * label], parameters)
        chain[label] = _stand(vertebra, chain[label - 1], levels[label - 1])
    return Spine(chain)
