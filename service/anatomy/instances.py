"""From tissue classes to named structures: the step that turns what the network saw into an Anatomy."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from service.anatomy.axis import fit_axis, without_debris
from service.anatomy.bodies import TYPICAL_HEIGHT_MM, Body, find_bodies
from service.anatomy.confidence import Features, confidence_of, dark, features_of, in_void
from service.anatomy.convention import in_order, kind_of, structure_of
from service.anatomy.discs import Disc, back_of, find_discs, interval_of
from service.anatomy.ladder import Column, build_ladder
from service.anatomy.levels import Names, doubted, name_levels
from service.anatomy.mending import find_fault, mended, without_sacral, without_slivers
from service.anatomy.model import CANAL, DISC, PARTIAL, SACRUM, Anatomy, Kind, Structure
from service.anatomy.plausibility import refuse_unless_along_body, refuse_unless_lumbar, refuse_unless_upright
from service.anatomy.posterior import Frame, assign_posterior
from service.anatomy.regions import (
    Box,
    Labels,
    Mask,
    bounding_box,
    components,
    cropped,
    extent_of,
    points_of,
    sizes_of,
    unit,
)
from service.anatomy.sacrum import lumbar_among_sacrum
from service.anatomy.tissue import Tissue
from service.errors import UnsupportedStudyError
from service.study.geometry import Geometry
from service.study.model import Series

NOTHING = "No lumbar spine was recognised. Send a sagittal lumbar MRI."
_CUT_MM = 2.0
"""A body this close to the first or last row or column that shows anything is cut by the field of view."""
_LEAST_SACRUM = 0.15
"""Least size of a believable first sacral body, as a fraction of the median lumbar one."""
_CANAL_PIECE = 0.03
_LEAST_BASE = 0.5
"""Where L5, the disc under it or the sacrum are less sure than this, so is the count of levels. Provenance: expert."""


@dataclass(frozen=True, eq=False)
class _Parts:
    """Everything found in the box around the spine, not yet named."""

    tissue: NDArray[np.uint8]
    geometry: Geometry
    disc_ids: Labels
    body_ids: Labels
    sacrum: Mask
    column: Column
    at_edge: Mask
    """(rows, columns) of the box, whether a pixel lies at an edge of the field of view."""


def name_structures(series: Series, tissue: NDArray[np.uint8], certainty: NDArray[np.floating]) -> Anatomy:
    """Separate, clean and name the structures of a lumbar spine.

    Args:
        series: a sagittal series in the project's storage order (slices right to left, rows head to feet, columns front to back).
        tissue: uint8 (slices, rows, columns), values of Tissue.
        certainty: same shape, 0 to 1, the probability of the chosen class.

    Raises:
        UnsupportedStudyError: what was segmented is not a lumbar spine (``not_a_lumbar_spine``), or stands on its head or is
            mirrored (``wrong_orientation``).
        ValueError: the shapes differ.
    """
    if not tissue.shape == certainty.shape == series.pixels.shape:
        raise ValueError(f"tissue {tissue.shape}, certainty {certainty.shape}, series {series.pixels.shape} must agree")
    box = bounding_box(tissue != Tissue.BACKGROUND)
    if box is None:
        raise UnsupportedStudyError(NOTHING, code="not_a_lumbar_spine")
    parts = _find_parts(tissue[box], series.geometry, box, _field_of_view(series.pixels))
    ladder, sacral = build_ladder(parts.column)
    names = name_levels(ladder)
    names = replace(names, bodies=names.bodies | dict.fromkeys(sacral, SACRUM))
    labels, bodies = _paint(parts, names)
    all_labels, all_bodies = np.zeros(tissue.shape, np.uint8), np.zeros(tissue.shape, bool)
    all_labels[box], all_bodies[box] = labels, bodies
    void = in_void(labels, dark(series.pixels, box))
    structures = _structures(labels, certainty[box], void)
    if _among_seen(structures, void):
        names = doubted(names, "signal_void")
    if any(s.confidence < _LEAST_BASE for s in structures if s.label in (1, DISC + 1, SACRUM)):
        names = doubted(names, "base_unsure")
    return Anatomy(series, all_labels, all_bodies, structures, names.confidence, names.warnings)


def _find_parts(tissue: NDArray[np.uint8], whole: Geometry, box: Box, field: tuple[range, range]) -> _Parts:
    geometry = cropped(whole, box)
    column_mask = np.isin(tissue, (Tissue.BODY, Tissue.DISC, Tissue.SACRUM))
    refuse_unless_along_body(points_of(column_mask, geometry))
    column_mask = without_debris(column_mask, geometry)
    if not column_mask.any():
        raise UnsupportedStudyError(NOTHING, code="not_a_lumbar_spine")
    tissue = np.where(column_mask | np.isin(tissue, (Tissue.POSTERIOR, Tissue.CANAL)), tissue, Tissue.BACKGROUND)
    axis = fit_axis(points_of(column_mask, geometry))
    disc_ids, discs = find_discs(tissue == Tissue.DISC, geometry, axis)
    lumbar = lumbar_among_sacrum(tissue, geometry, discs, sizes_of(disc_ids, int(disc_ids.max())))
    tissue = np.where(lumbar, Tissue.BODY, tissue)
    sacral = points_of(tissue == Tissue.SACRUM, geometry)
    rows, columns = (_near_ends(field[k], box[k + 1], whole.spacing[k + 1]) for k in (0, 1))
    disc_ids, discs = without_slivers(discs, disc_ids, rows)
    seen = len(discs)
    disc_ids, discs = without_sacral(discs, disc_ids, sacral, geometry)
    dropped = len(discs) < seen
    body_ids, bodies = find_bodies(tissue == Tissue.BODY, geometry, discs, axis)
    cleft = False
    while (fault := find_fault(discs, bodies, sacral)) is not None:
        cleft |= fault.kind == "inside"
        discs = mended(fault, discs, disc_ids, geometry, axis)
        body_ids, bodies = find_bodies(tissue == Tissue.BODY, geometry, discs, axis)
    sacrum_mask, sacrum = _find_sacrum(tissue == Tissue.SACRUM, geometry, discs, bodies, body_ids)
    refuse_unless_lumbar(bodies, discs)
    refuse_unless_upright(
        points_of((body_ids > 0) | (disc_ids > 0), geometry),
        points_of(tissue == Tissue.CANAL, geometry),
        points_of(sacrum_mask, geometry),
    )
    last_row = np.flatnonzero(((body_ids > 0) | (disc_ids > 0) | sacrum_mask).any(axis=(0, 2)))[-1] + box[1].start
    room = float((field[0].stop - 1 - last_row) * whole.spacing[1])
    column = Column(
        discs,
        bodies,
        sacrum,
        room,
        dropped,
        bool(lumbar.any()),
        cleft,
        _height_of_largest(sacrum_mask, geometry, sacrum),
    )
    return _Parts(
        np.asarray(tissue, np.uint8), geometry, disc_ids, body_ids, sacrum_mask, column, rows[:, None] | columns
    )


def _find_sacrum(
    mask: Mask, geometry: Geometry, discs: tuple[Disc, ...], bodies: tuple[Body, ...], body_ids: Labels
) -> tuple[Mask, Body | None]:
    """The largest piece of sacrum with what belongs to it, and its place in the column if it is large enough."""
    labels, count = components(mask)
    if count == 0:
        return mask, None
    sizes = sizes_of(labels, count)
    mask = np.isin(labels, np.flatnonzero(sizes[1:] >= 0.2 * sizes[1:].max()) + 1)
    counts = np.bincount(body_ids[body_ids > 0]) if bodies else np.array([0])
    if bodies and mask.sum() < _LEAST_SACRUM * np.median(counts[counts > 0]):
        return np.zeros_like(mask), None
    points = points_of(mask, geometry)
    interval = int(np.median(interval_of(points, discs)))
    up = discs[min(interval, len(discs) - 1)].normal if discs else np.array([0.0, 0.0, 1.0])
    return mask, Body(0, interval, up, extent_of(points, up, back_of(up)), len(points))


def _height_of_largest(mask: Mask, geometry: Geometry, sacrum: Body | None) -> float:
    """Height in mm of the largest connected piece of the sacrum; 0 where there is none."""
    if sacrum is None:
        return 0.0
    labels, count = components(mask)
    largest = labels == np.argmax(sizes_of(labels, count)[1:]) + 1
    return extent_of(points_of(largest, geometry), sacrum.up, back_of(sacrum.up)).height


def _paint(parts: _Parts, names: Names) -> tuple[NDArray[np.uint8], Mask]:
    """SPIDER labels and the mask of bodies, inside the box."""
    cut = set(np.unique(parts.body_ids[:, parts.at_edge])) - {0}
    called = {b.id: names.bodies.get(b.id, 0) for b in parts.column.bodies}
    labels = _renamed(
        parts.body_ids, {n: label + PARTIAL * (n in cut and label not in (0, SACRUM)) for n, label in called.items()}
    )
    if SACRUM in names.bodies.values() or parts.column.sacrum is not None:
        labels[parts.sacrum & (labels == 0)] = SACRUM
    bodies = (labels > 0) & (labels != SACRUM)
    discs = parts.disc_ids > 0
    labels[discs] = _renamed(parts.disc_ids[discs], {d.id: names.discs.get(d.id, 0) for d in parts.column.discs})
    labels[_canal(parts.tissue == Tissue.CANAL)] = CANAL
    posterior = assign_posterior(parts.tissue == Tissue.POSTERIOR, parts.geometry, _frames(parts, names, cut))
    return np.where(labels == 0, posterior, labels), bodies


def _renamed(ids: Labels, names: dict[int, int]) -> NDArray[np.uint8]:
    """Ids (any shape) as SPIDER labels; 0 where there is none."""
    table = np.zeros(int(ids.max(initial=0)) + 1, np.uint8)
    for number, label in names.items():
        if number < len(table):
            table[number] = label
    return np.asarray(table[ids])


def _field_of_view(pixels: NDArray[np.floating]) -> tuple[range, range]:
    """The rows and the columns of a series (slices, rows, columns) without those at its edges that hold one value throughout, as padding does."""
    varied = [np.flatnonzero(np.ptp(pixels, axis=across) > 0) for across in ((0, 2), (0, 1))]
    rows, columns = (
        range(found[0], found[-1] + 1) if len(found) else range(n)
        for found, n in zip(varied, pixels.shape[1:], strict=True)
    )
    return rows, columns


def _near_ends(shown: range, within: slice, spacing: float) -> NDArray[np.bool_]:
    """Which of the rows or columns ``within`` lie at either end of those that are shown (``spacing`` in mm)."""
    margin, index = int(np.ceil(_CUT_MM / spacing)), np.arange(within.start, within.stop)
    return (index < shown.start + margin) | (index >= shown.stop - margin)


def _frames(parts: _Parts, names: Names, cut: set[int]) -> tuple[Frame, ...]:
    """A frame for each named vertebra, and one for the vertebra above the highest, whose process may hang into the image."""
    whole = [b for b in parts.column.bodies if b.id not in cut]
    height = float(np.median([b.extent.height for b in whole])) if whole else TYPICAL_HEIGHT_MM
    frames = []
    for body in parts.column.bodies:
        label = names.bodies.get(body.id, 0)
        if label in (0, SACRUM):
            continue
        centre, tall = body.centre, max(body.extent.height, 0.8 * height)
        if body.id in cut:
            away = 1 if label > 1 else -1
            centre, tall = centre + away * max(height - body.extent.height, 0) / 2 * body.up, height
        frames.append(Frame(label + PARTIAL * (body.id in cut), centre, body.up, tall, body.extent.depth))
    frames += _frames_of_missed(parts, names, frames, height)
    top = max(frames, key=lambda frame: frame.label % PARTIAL, default=None)
    if top is not None and top.label < PARTIAL:
        frames.append(replace(top, label=top.label + 1 + PARTIAL, centre=top.centre + 1.35 * top.height * top.up))
    return tuple(frames)


def _frames_of_missed(parts: _Parts, names: Names, known: list[Frame], height: float) -> list[Frame]:
    """Frames half-way between two discs with no body between them: its posterior elements may have been seen."""
    discs = {names.discs[d.id]: d for d in parts.column.discs if d.id in names.discs}
    missed = [
        n for n in range(1, 25) if {DISC + n, DISC + n + 1} <= set(discs) and all(f.label % PARTIAL != n for f in known)
    ]
    frames = []
    for n in missed:
        lower, upper = discs[DISC + n], discs[DISC + n + 1]
        depth = max(lower.extent.depth, upper.extent.depth)
        frames.append(Frame(n, (lower.centre + upper.centre) / 2, unit(lower.normal + upper.normal), height, depth))
    return frames


def _canal(mask: Mask) -> Mask:
    """The canal without crumbs; a sac that a stenosis interrupts stays one structure."""
    labels, count = components(mask)
    if count == 0:
        return mask
    sizes = sizes_of(labels, count)
    return np.isin(labels, np.flatnonzero(sizes[1:] >= _CANAL_PIECE * sizes[1:].max()) + 1)


def _structures(labels: NDArray[np.uint8], certainty: NDArray[np.floating], void: set[int]) -> tuple[Structure, ...]:
    """Vertebrae, discs, canal and sacrum of a label volume (slices, rows, columns), each from the lowest up; those in ``void`` are not believed."""
    found = features_in(labels, certainty)
    sure = {n: 0.0 if n in void else confidence_of(features, kind) for n, (kind, features) in found.items()}
    return in_order([structure_of(n, confidence) for n, confidence in sure.items()])


def _among_seen(structures: tuple[Structure, ...], void: set[int]) -> bool:
    """Whether a vertebra, disc or sacrum of those labels has one above it that is not of them: the highest of all moves no other name."""
    places = {
        s.label: (0 if s.kind == "sacrum" else s.label % PARTIAL, s.kind == "vertebra")
        for s in structures
        if s.kind != "canal"
    }
    highest = max((place for n, place in places.items() if n not in void), default=(PARTIAL, True))
    return any(place < highest for n, place in places.items() if n in void)


def features_in(labels: NDArray[np.uint8], certainty: NDArray[np.floating]) -> dict[int, tuple[Kind, Features]]:
    """Of every label in a volume (slices, rows, columns) its kind, and what its confidence rests on."""
    boxes = {n: box for n, box in enumerate(ndimage.find_objects(labels), 1) if box is not None}
    kinds = {n: kind for n in boxes if (kind := kind_of(n)) is not None}
    sizes = np.bincount(labels[labels > 0], minlength=256)
    usual = {kind: float(np.median([sizes[n] for n in kinds if kinds[n] == kind])) for kind in kinds.values()}
    return {
        n: (kind, features_of(labels[boxes[n]] == n, certainty[boxes[n]], float(sizes[n]) / usual[kind]))
        for n, kind in kinds.items()
    }
