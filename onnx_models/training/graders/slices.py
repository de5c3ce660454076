"""SPIDER's mid-sagittal slices as segmented series in one patient space, each by itself and else by the service's own path; kept once segmented."""

import hashlib
import pickle
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from onnx_models.training.pixel_size import Picture, PixelSize, likeliest, sizes_of
from onnx_models.training.sources import listed
from service.anatomy.model import Anatomy
from service.anatomy.segmenter import Segmenter
from service.errors import LumbarTriageError
from service.study.geometry import Geometry
from service.study.model import Series, Weighting

FOLDER = "spider_midsagittal"
SLICE_MM = 4.0
LEAST_APART_MM = 50.0
LISTED = ", pixels as listed"
WEIGHTING: dict[str, Weighting] = {"t1": "T1", "t2": "T2", "t2_SPACE": "T2"}
Points = NDArray[np.float64]
Names = dict[str, Anatomy]
"""The segmented slices of one patient, by sequence."""


@dataclass(frozen=True)
class Row:
    """One line of ``series.csv``."""

    file: str
    patient: int
    sequence: str
    picture: Picture


def read_rows(data: Path) -> list[Row]:
    """Every slice of the folder; none where it is absent."""
    return [Row(r["file"], int(r["patient"]), r["sequence"], _picture(r)) for r in listed(data)]


def _picture(row: dict[str, str]) -> Picture:
    return Picture(int(row["rows"]), int(row["cols"]), float(row["pixel_spacing_mm"] or 0) or None)


def read_series(data: Path, row: Row, size: PixelSize) -> Series:
    """A slice as the service would hold it, its pixels of this size, the middle of the picture at the origin of the patient."""
    with Image.open(data / FOLDER / row.file) as image:
        pixels = np.array(image.convert("L"), np.float32)[None]
    affine = np.eye(4)
    affine[:3, :3] = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]]) @ np.diag([SLICE_MM, *size])
    affine[:3, 3] = -affine[:3, :3] @ [0, (pixels.shape[1] - 1) / 2, (pixels.shape[2] - 1) / 2]
    return Series(row.sequence, pixels, Geometry(affine, pixels.shape), weighting=WEIGHTING[row.sequence])


def segmented(data: Path, models: Path, run: Path) -> dict[int, Names]:
    """Every patient's slices that the segmenter takes, moved onto each other; segmented once for each segmenter.

    Each is there twice: under its sequence with pixels of their likeliest size, and with ``LISTED`` behind it with those that
    ``series.csv`` lists, since what a service is sent may be as wrong.

    Args:
        models: folder with the segmenter and its manifest.
        run: folder that keeps what was segmented.
    """
    digest = hashlib.sha256((models / "segmenter.onnx").read_bytes()).hexdigest()
    path = run / f"slices-{digest[:12]}.pickle"
    if not path.exists():
        run.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps(_segment(data, Segmenter.load(models, threads=1))))
    kept: dict[int, tuple[Names, Names]] = pickle.loads(path.read_bytes())  # noqa: S301  our own file
    return {patient: _by_name(*both) for patient, both in kept.items()}


def _by_name(likely: Names, listed: Names) -> Names:
    return moved_together(likely) | {name + LISTED: anatomy for name, anatomy in moved_together(listed).items()}


def _segment(data: Path, segmenter: Segmenter) -> dict[int, tuple[Names, Names]]:
    rows, found = read_rows(data), defaultdict[int, tuple[Names, Names]](lambda: ({}, {}))
    if not rows:
        raise FileNotFoundError(f"{data / FOLDER} lists no slice")
    for row in tqdm(rows, desc="segmenting", unit="slice"):
        sizes = sizes_of(row.picture, [other.picture for other in rows if other.patient == row.patient])
        at = cache(partial(at_size, data, row, segmenter.segment))
        for names, possible in zip(found[row.patient], (sizes, sizes[:1]), strict=True):
            try:
                names[row.sequence] = at_likeliest_size(at, possible)
            except LumbarTriageError as error:
                tqdm.write(f"{row.file}: {error.code}")
    return dict(found)


def at_size(data: Path, row: Row, segment: Callable[[Series], Anatomy], size: PixelSize) -> Anatomy:
    """A slice as it is segmented where its pixels have this size; raises as ``segment`` does."""
    return segment(read_series(data, row, size))


def at_likeliest_size(at: Callable[[PixelSize], Anatomy], sizes: Sequence[PixelSize]) -> Anatomy:
    """A slice as it is segmented where its pixels have the likeliest of some sizes.

    Raises:
        LumbarTriageError: at none of them it is a lumbar spine.
    """
    for size in sizes:
        try:
            return at(likeliest(at(size), sizes))
        except LumbarTriageError:
            if size == sizes[-1]:
                raise
    raise ValueError("there is no size to choose from")


def moved_together(names: Names) -> Names:
    """The slices of one patient moved, and scaled, so that what they show lies in one place.

    The pictures tell no position, and the spacing of some is wrong. The first slice stays; the others follow it by the
    structures that both show whole.
    """
    if not names:
        return names
    first = next(iter(names.values()))
    return {sequence: _moved(anatomy, first) for sequence, anatomy in names.items()}


def _moved(anatomy: Anatomy, target: Anatomy) -> Anatomy:
    here, there = centres(anatomy), centres(target)
    shared = [label for label in here if label in there]
    if not shared:
        return anatomy
    scale, offset = similarity(np.array([here[n] for n in shared]), np.array([there[n] for n in shared]))
    affine = anatomy.series.geometry.affine.copy()
    affine[:3, 1:] *= scale
    affine[:3, 3] += offset
    geometry = Geometry(affine, anatomy.series.geometry.shape)
    return replace(anatomy, series=replace(anatomy.series, geometry=geometry))


def similarity(here: Points, there: Points) -> tuple[float, Points]:
    """The scale about the origin and the offset that bring (n, 3) points ``here`` nearest to ``there``, by medians.

    A scale within 3 % of 1 is taken for noise of the outlines.
    """
    apart = np.linalg.norm(here[:, None] - here[None], axis=2)
    wanted = np.linalg.norm(there[:, None] - there[None], axis=2)
    far = apart > LEAST_APART_MM
    scale = float(np.median(wanted[far] / apart[far])) if far.any() else 1.0
    scale = scale if abs(scale - 1) > 0.03 else 1.0
    return scale, np.asarray(np.median(there - scale * here, axis=0))


def centres(anatomy: Anatomy) -> dict[int, Points]:
    """(3,) patient coordinates of the middle of every whole disc and body, by label."""
    kept = [s for s in anatomy.structures if s.kind in ("disc", "vertebra") and not s.partial]
    masks = {s.label: anatomy.mask(s.label) & (anatomy.bodies if s.kind == "vertebra" else True) for s in kept}
    geometry = anatomy.series.geometry
    return {n: geometry.to_patient(np.argwhere(mask)).mean(axis=0) for n, mask in masks.items() if mask.any()}
