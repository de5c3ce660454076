"""Schmorl nodes: how deep an endplate is pitted, beyond the smooth bowl that every endplate is.

The bowl is a polynomial of second order, of third from front to back, fitted so that a pit does not pull it (Huber, then Tukey); a pit is where
several neighbouring points lie beneath it, with a wall in front and one behind: where an outline ends short, as at the flanks, the endplate falls off to
one side. A shallow value is the noise of the outline: see the README of findings.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from service.anatomy.endplates import Endplate, VertebralBody, robust_fit
from service.anatomy.landmarks import Landmarks, number_name
from service.anatomy.model import Anatomy
from service.anatomy.regions import Mask, Points, unit
from service.findings.levels import per_vertebra
from service.findings.model import Finding
from service.findings.uncertainty import interval_of, standard_error

FEATURE = "schmorl_node_depth"
METHOD = (
    "greatest mean depth within 2 mm, in one slice, of an endplate beneath the smooth bowl fitted to it and beneath the lower of the walls in front and "
    "behind, inside its rim; the larger of the upper and the lower endplate"
)
_INNER = 0.8
"""Part of the half-width and half-depth that counts as inside the rim. Provenance: expert."""
_TO_THE_RIM = 0.95
"""Part of the half-depth up to which a pit may have its walls: a node near the rim has one there. Provenance: expert."""
_PATCH_MM = 2.0
_LEAST_POINTS = 5
_ENOUGH = 30


@dataclass(frozen=True)
class Pit:
    """Depth in mm beneath the bowl, and where: mm to the left and to the back of the middle of the endplate."""

    depth: float
    left: float
    back: float


def measure_schmorl(anatomy: Anatomy, landmarks: Landmarks) -> list[Finding]:
    """``schmorl_node_depth`` in mm of every vertebra, with the endplate and the place where it is deepest."""

    def measure(body: VertebralBody, confidence: float) -> Finding:
        pits = {"upper": pit_of(body.upper, body), "lower": pit_of(body.lower, body)}
        side, pit = max(pits.items(), key=lambda item: item[1].depth)
        return Finding(
            feature=FEATURE,
            level=number_name(body.label),
            status="assessed",
            value=round(pit.depth, 3),
            unit="mm",
            interval=interval_of(pit.depth, standard_error(FEATURE, anatomy, confidence), least=0),
            confidence=confidence,
            method=METHOD,
            series=anatomy.series.id,
            details={
                "endplate": side,
                "upper_mm": round(pits["upper"].depth, 3),
                "lower_mm": round(pits["lower"].depth, 3),
                "left_mm": round(pit.left, 1),
                "back_mm": round(pit.back, 1),
            },
        )

    return per_vertebra(FEATURE, anatomy, landmarks, measure)


def pit_of(endplate: Endplate, body: VertebralBody) -> Pit:
    """The deepest pit of an endplate; of depth 0 where none is, or too few points are there to tell."""
    back = unit(endplate.posterior - endplate.anterior)
    local = (endplate.points - endplate.centre) @ np.column_stack([body.left, back, endplate.normal])
    t, a, h = local.T
    aside, along = t / (body.width / 2), a / (endplate.length / 2)
    inner = aside**2 + along**2 < _INNER**2
    if inner.sum() < _ENOUGH:
        return Pit(0.0, 0.0, 0.0)
    several = len(np.unique(endplate.slices[inner])) > 3
    design = np.column_stack([np.ones_like(a), a, a**2, a**3, *([t, t**2, t * a] if several else [])])
    inwards = -1.0 if endplate is body.upper else 1.0
    depth = inwards * (h - design @ robust_fit(design[inner], h[inner])[0])
    return _deepest(np.column_stack([t, a]), endplate.slices, depth, inner, np.abs(along) < _TO_THE_RIM)


def _deepest(places: Points, slices: NDArray[np.intp], depth: Points, inner: Mask, walls: Mask) -> Pit:
    """The greatest mean depth of points of one slice that lie within a patch, beneath the bowl and the lower of the two walls.

    Args:
        inner, walls: (n,) bool, where a pit may lie, and where its walls may.
    """
    best = Pit(0.0, 0.0, 0.0)
    for k in np.unique(slices[inner]):
        here = np.flatnonzero((slices == k) & (walls | inner))
        here = here[np.argsort(places[here, 1])]
        along, under = places[here], depth[here]
        near = cKDTree(along).query_ball_point(along, _PATCH_MM)
        means = np.array([under[n].mean() for n in near])
        in_front, behind = np.minimum.accumulate(means), np.minimum.accumulate(means[::-1])[::-1]
        walled = means - np.maximum(np.maximum(in_front, behind), 0)
        few = np.array([np.size(n) < _LEAST_POINTS for n in near])
        walled[~inner[here] | few] = 0
        deepest = int(walled.argmax())
        if walled[deepest] > best.depth:
            best = Pit(float(walled[deepest]), *map(float, along[deepest]))
    return best
