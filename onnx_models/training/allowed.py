"""From the labels of a mask to the set of tissues that every voxel may be.

Each source labels other structures, so a voxel without a label is background only where that structure is labelled at all.
A set of tissues is a bit mask over ``Tissue``: one bit where the label is certain, all bits where nothing is known.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from service.anatomy.tissue import Tissue

BACKGROUND, BODY, POSTERIOR, DISC, CANAL, SACRUM = (np.uint8(1 << t) for t in Tissue)
ANYTHING = np.uint8(63)
DECISIVE = np.uint8(64)
"""Beside the set: a voxel that a decision rests on and few images have, so that it counts for more (phantoms alone)."""
BAND_MM = 4.0
SACRUM_ABOVE_MM = 25.0
"""How far above the lowest labelled disc what is not labelled may be sacrum, which reaches up behind L5-S1 (illustrative)."""

Sets = NDArray[np.uint8]
Mask = NDArray[np.bool_]


def _split_vertebra(mask: NDArray[np.uint8]) -> tuple[Mask, Mask]:
    """Body and posterior elements of SPIDER's vertebrae, by where the canal runs; between the two, neither."""
    canal = mask == 3
    columns = np.arange(mask.shape[2])
    front = np.where(canal, columns, 10**6).min(2).astype(float)
    back = np.where(canal, columns, -1).max(2).astype(float)
    front[~canal.any(2)] = np.nan
    back[~canal.any(2)] = np.nan
    front, back = _fill(front), _fill(back)
    vertebra = mask == 1
    body = vertebra & (columns < front[..., None] - 1)
    posterior = vertebra & (columns > np.minimum(front + 3, back)[..., None])
    return body, posterior


def _fill(lines: NDArray[np.float64]) -> NDArray[np.float64]:
    """(slices, rows) with gaps filled from the nearest known row, neighbouring slices before distant rows."""
    missing = np.isnan(lines)
    if missing.all():
        return np.full_like(lines, 10**6)
    nearest = ndimage.distance_transform_edt(missing, sampling=(1, 3), return_distances=False, return_indices=True)
    return np.asarray(lines[tuple(nearest)])


def space_sets(mask: NDArray[np.uint8], row_mm: float) -> Sets:
    """SPIDER T2 SPACE: vertebra, disc and canal are complete; what is below the lowest disc, or a little above it, may be sacrum."""
    body, posterior = _split_vertebra(mask)
    allowed = np.full(mask.shape, BACKGROUND)
    discs = np.nonzero((mask == 2).any((0, 2)))[0]
    if len(discs):
        allowed[:, max(discs[-1] - round(SACRUM_ABOVE_MM / row_mm), 0) :] |= SACRUM
    allowed[mask == 1] = BODY | POSTERIOR
    allowed[body] = BODY
    allowed[posterior] = POSTERIOR
    allowed[mask == 2] = DISC
    allowed[mask == 3] = CANAL
    return allowed


def _gap_between(upper: Mask, lower: Mask, margin: int) -> tuple[Mask, Mask]:
    """The pixels straight between two neighbouring bodies of one slice, and the middle half of them: surely disc."""
    gap, core = np.zeros_like(upper), np.zeros_like(upper)
    columns = np.nonzero(upper.any(0) & lower.any(0))[0]
    for column in columns[margin:-margin] if len(columns) > 2 * margin else []:
        bottom, top = np.nonzero(upper[:, column])[0][-1], np.nonzero(lower[:, column])[0][0]
        quarter = max((top - bottom) // 4, 1)
        gap[bottom + 1 : top, column] = True
        core[bottom + 1 + quarter : top - quarter, column] = True
    return gap, core


def bodies_sets(bodies: NDArray[np.uint8], spacing: float, sacrum: int | None, *, discs: bool) -> Sets:
    """One slice where only numbered bodies are labelled: certain inside them, not-a-body in a band around them."""
    allowed = np.full(bodies.shape, ANYTHING)
    labelled = bodies > 0
    if not labelled.any():
        return allowed
    rows = np.nonzero(labelled.any(1))[0]
    columns = np.arange(bodies.shape[1])
    front = ndimage.minimum_filter1d(np.where(labelled, columns, 10**6).min(1), int(40 / spacing))
    inside = np.zeros(bodies.shape, bool)
    inside[rows[0] : rows[-1] + 1] = True
    allowed[inside & (columns[None] < front[:, None] - 8 / spacing)] = BACKGROUND
    allowed[inside & (columns[None] > front[:, None] + 110 / spacing)] = BACKGROUND
    band = ndimage.distance_transform_edt(~labelled) * spacing < BAND_MM
    allowed[band] &= ~(BODY | SACRUM)
    numbers = sorted((n for n in np.unique(bodies) if n), key=lambda n: float(np.nonzero(bodies == n)[0].mean()))
    inner = slice(rows[0] + round(12 / spacing), max(rows[-1] - round(15 / spacing), 0))
    allowed[inner] &= ~(BODY | SACRUM)
    for upper, lower in pairwise(numbers) if discs else ():
        gap, core = _gap_between(bodies == upper, bodies == lower, max(1, round(3 / spacing)))
        if gap.any() and np.ptp(np.nonzero(gap.any(1))[0]) * spacing < 30:
            allowed[gap & ~labelled] = DISC | BACKGROUND
            allowed[core & ~labelled] = DISC
    allowed[rows[-1] + 1 :] &= ~BODY
    allowed[labelled] = BODY
    if sacrum is not None:
        allowed[bodies == sacrum] = SACRUM
    return allowed


def bodies_volume_sets(mask: NDArray[np.uint8], spacing: tuple[float, float, float]) -> Sets:
    """Full-width volumes whose bodies are labelled down to L5; beside them, at their heights, only posterior elements may be."""
    allowed = np.stack([bodies_sets(s, spacing[1], None, discs=int((s > 0).sum()) > 1500) for s in mask])
    rows = np.nonzero((mask > 0).any((0, 2)))[0]
    slices = np.nonzero((mask > 0).any((1, 2)))[0]
    inner = slice(rows[0] + round(12 / spacing[1]), rows[-1] - round(40 / spacing[1]))
    allowed[:, inner][mask[:, inner] == 0] &= ~(BODY | SACRUM)
    allowed[:, rows[-1] + 1 :] &= ~BODY
    for outside in (slice(0, max(slices[0] - 3, 0)), slice(slices[-1] + 4, None)):
        allowed[outside, rows[0] : rows[-1] + 1] &= BACKGROUND | POSTERIOR
    return allowed
