"""A segmentation that somebody gives, in SPIDER labels, takes the place of the network's."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.anatomy.convention import check_convention, in_order, is_partial, kind_of, level_of, structure_of
from service.anatomy.levels import BASE_CONFIDENCE, COUNTED, WEIGHT
from service.anatomy.model import CANAL, PARTIAL, SACRUM, Anatomy, Kind, Structure
from service.anatomy.network import ModelRecord
from service.anatomy.plausibility import LEAST_PARTS, refuse_unless_along_body, refuse_unless_upright
from service.anatomy.regions import Mask, points_of
from service.anatomy.splitting import split_bodies
from service.errors import UnreadableInputError
from service.study.geometry import Geometry
from service.study.labels import Labels, read_label_map
from service.study.limits import DEFAULT_LIMITS, Limits
from service.study.model import Series

CONFIDENCE: dict[Kind, float] = {"vertebra": 0.93, "disc": 0.90, "canal": 0.92, "sacrum": 0.90}
"""Of a given outline: about the Dice that two careful readers reach with each other. The mask's own quality is not known.
Provenance: expert."""
SPLIT_CONFIDENCE = 0.85
"""Of a vertebra whose body had to be told from its posterior elements here. Provenance: expert."""
SPLIT = (
    "bodies were told from posterior elements by where the canal runs: slips are less exact than on outlines of bodies"
)
GIVEN = "a given segmentation was measured: its outlines and the names of its levels were taken as they are"
MESSAGE = {
    "sacrum_unseen": "the given segmentation has no S1: whether its lowest level is L5-S1 cannot be checked",
    "bottom_cut": "the field of view ends close below the lowest level of the given segmentation",
    "body_missing": "a vertebra between two others is missing from the given segmentation",
}
_CUT_MM = 2.0
_ROOM_MM = 20.0
_SEEN = 0.9
_COARSER = 1.3
_THIN = 8


@dataclass(frozen=True, eq=False)
class GivenSegmentation:
    """Gives every series the labels that lie where its voxels are; stands in for ``segmenter.Segmenter``.

    Attributes:
        labels: uint8 (slices, rows, columns), SPIDER convention, on ``geometry``.
    """

    labels: Labels
    geometry: Geometry
    record: ModelRecord
    provider = "none, a given segmentation was measured"

    @classmethod
    def read(cls, path: Path, limits: Limits = DEFAULT_LIMITS) -> "GivenSegmentation":
        """Read a label map: NIfTI, MHA or NRRD, whole vertebrae or bodies alone, with or without discs, canal and S1.

        Raises:
            LumbarTriageError: the file is unreadable, empty (``empty_mask``), or not in SPIDER's labels (``unknown_labels``,
                ``labels_out_of_order``); the detail names it.
        """
        labels, geometry = read_label_map(path, limits=limits)
        check_convention(labels, path.name)
        if not labels.any():
            raise UnreadableInputError(f"{path.name} is empty: nothing was drawn in it.", code="empty_mask")
        _check_order(labels, geometry, path.name)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return cls(labels, geometry, ModelRecord("given segmentation", "none", digest, "none", cls.provider))

    def segment(self, series: Series, *, progress: bool = False) -> Anatomy:
        """The anatomy on the grid of a sagittal series: the nearest label at the place of each voxel in the patient.

        Raises:
            UnreadableInputError: the two do not overlap (``no_overlap``), or ``split_bodies`` cannot do its work.
            UnsupportedStudyError: it stands on its head, or is mirrored (``wrong_orientation``).
        """
        labels = onto(self.labels, self.geometry, series.geometry)
        if not any(kind_of(int(n)) in ("vertebra", "disc") for n in np.unique(labels)):
            raise UnreadableInputError(
                f"The segmentation does not overlap {series.id} in the patient. Give the one that was drawn on this study, with "
                "its origin and directions kept.",
                code="no_overlap",
            )
        labels = _marked_partial(labels, series.geometry)
        _refuse_if_turned(labels, series.geometry)
        bodies = split_bodies(labels, series.geometry)
        structures, split = _structures(labels, bodies)
        doubts = _doubts(labels, series.geometry)
        sure = BASE_CONFIDENCE * float(np.prod([WEIGHT[doubt] for doubt in doubts]))
        warnings = (GIVEN, *[SPLIT] * split, *self._misfits(series), *(MESSAGE[doubt] for doubt in doubts), COUNTED)
        return Anatomy(series, labels, bodies, structures, round(sure, 3), warnings, given=True)

    def segment_study(self, series: Sequence[Series], *, progress: bool = False) -> tuple[Anatomy, ...]:
        """The same of each series; raises as ``segment`` does."""
        return tuple(self.segment(one, progress=progress) for one in series)

    def _misfits(self, series: Series) -> list[str]:
        """What of the label map does not fit the series."""
        index = series.geometry.to_index(points_of(self.labels > 0, self.geometry)[::_THIN])
        shape = np.array(series.geometry.shape)
        seen = float(((index > -0.5) & (index < shape - 0.5)).all(1).mean())
        found = []
        if seen < _SEEN:
            found.append(f"{100 * (1 - seen):.0f} % of the given segmentation lies outside {series.id}")
        coarse = float(self.geometry.spacing[1:].max())
        if coarse > _COARSER * series.geometry.spacing[1:].max():
            found.append(f"the given segmentation is coarser than {series.id}: its pixels are {coarse:.2f} mm wide")
        return found


def onto(labels: Labels, source: Geometry, target: Geometry) -> Labels:
    """``labels`` (slices, rows, columns) of one grid at the voxels of another: the nearest, 0 outside."""
    if source.shape == target.shape and np.allclose(source.affine, target.affine, atol=1e-4):
        return labels
    found = np.zeros(target.shape, np.uint8)
    rows, columns = np.mgrid[: target.shape[1], : target.shape[2]]
    for k in range(target.shape[0]):
        places = target.to_patient(np.stack([np.full_like(rows, k), rows, columns], axis=-1))
        index = np.rint(source.to_index(places)).astype(np.intp)
        inside = ((index >= 0) & (index < source.shape)).all(-1)
        found[k][inside] = labels[tuple(index[inside].T)]
    return found


def _structures(labels: Labels, bodies: Mask) -> tuple[tuple[Structure, ...], bool]:
    """The named structures, and whether any vertebra had posterior elements to be told from its body."""
    found, split = [], False
    for label in (int(n) for n in np.unique(labels) if n):
        kind = kind_of(label) or "vertebra"
        here = kind == "vertebra" and bool((labels[~bodies] == label).any())
        found.append(structure_of(label, SPLIT_CONFIDENCE if here else CONFIDENCE[kind]))
        split |= here
    return in_order(found), split


def _check_order(labels: Labels, geometry: Geometry, file: str) -> None:
    """Refuses vertebrae or discs that are not numbered from the lowest up."""
    for kind in ("vertebra", "disc"):
        values = sorted((int(n) for n in np.unique(labels) if kind_of(int(n)) == kind), key=level_of)
        heights = [float(points_of(labels == n, geometry)[:, 2].mean()) for n in values]
        if heights != sorted(heights):
            raise UnreadableInputError(
                f"The {'vertebrae' if kind == 'vertebra' else 'discs'} of {file} are not numbered from the lowest up. Relabel "
                "it: vertebrae 1 to 25 from L5 up, discs 201 to 225 from L5-S1 up.",
                code="labels_out_of_order",
            )


def _marked_partial(labels: Labels, geometry: Geometry) -> Labels:
    """The labels with ``PARTIAL`` added to each vertebra that reaches the first or the last row of the image."""
    margin = int(np.ceil(_CUT_MM / geometry.spacing[1]))
    cut = {*np.unique(labels[:, :margin]).tolist(), *np.unique(labels[:, -margin:]).tolist()}
    table = np.arange(256, dtype=np.uint8)
    for label in cut:
        if kind_of(label) == "vertebra" and not is_partial(label) and not (labels == label + PARTIAL).any():
            table[label] = label + PARTIAL
    return table[labels]


def _refuse_if_turned(labels: Labels, geometry: Geometry) -> None:
    kinds = {n: kind_of(int(n)) for n in np.unique(labels)}
    column = points_of(np.isin(labels, [n for n, kind in kinds.items() if kind in ("vertebra", "disc")]), geometry)
    if sum(kind in ("vertebra", "disc") for kind in kinds.values()) >= LEAST_PARTS:
        refuse_unless_along_body(column)
    discs = points_of(np.isin(labels, [n for n, kind in kinds.items() if kind == "disc"]), geometry)
    canal, sacrum = points_of(labels == CANAL, geometry), points_of(labels == SACRUM, geometry)
    refuse_unless_upright(discs if len(discs) else column, canal, sacrum)


def _doubts(labels: NDArray[np.uint8], geometry: Geometry) -> list[str]:
    """Keys of ``levels.WEIGHT``: what in the label map itself speaks against its numbers."""
    present = {int(n) for n in np.unique(labels)}
    vertebrae = {level_of(n) for n in present if kind_of(n) == "vertebra"}
    lowest = np.flatnonzero(labels.any((0, 2)))[-1]
    room = float((labels.shape[1] - 1 - lowest) * geometry.spacing[1])
    found = {
        "sacrum_unseen": SACRUM not in present,
        "bottom_cut": SACRUM not in present and room < _ROOM_MM,
        "body_missing": len(vertebrae) < np.ptp(list(vertebrae or {0})) + 1,
    }
    return [doubt for doubt, holds in found.items() if holds]
