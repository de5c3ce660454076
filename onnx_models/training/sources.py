"""Every data source as cases: an image, and for every voxel the set of tissues that its labels allow (``allowed.py``)."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import SimpleITK
from numpy.typing import NDArray
from PIL import Image

from onnx_models.training.allowed import ANYTHING, BODY, POSTERIOR, Sets, bodies_sets, bodies_volume_sets, space_sets
from onnx_models.training.pixel_size import USUAL_FIELD_MM
from onnx_models.training.splits import held_out
from service.evaluation.label_map import classes_of
from service.study.geometry import Geometry
from service.study.model import Series

OUTLINED_MM = {"vb2": 1.25}
"""Size of the pixels in which a source's bodies were outlined, where its files hold smaller ones. Found in the files: between pixels that far
apart, the first of them at 0, the images are linear, and the masks marked as ``restored`` says but for 1 % of their voxels."""
MOST_BETWEEN = 5
"""Slices that resampling may have put between two that were outlined."""
IN_CLASSES = ("t2space", "spider")
"""Sources whose masks hold vertebrae, discs and canals, each complete (``in_classes``)."""
LUMBAR_BODIES_MM = 170.0
"""Usual distance from the top of L1 to the bottom of L5, for images that come without a spacing."""


@dataclass(frozen=True, eq=False)
class Case:
    """One series: image and allowed tissues, both (slices, rows, columns), sagittal, head up, front to the left."""

    source: str
    patient: int
    image: NDArray[np.float32]
    allowed: Sets
    spacing: tuple[float, float, float]
    mask: NDArray[np.uint8]
    """The labels as they came, for evaluation."""
    series: str = ""
    """Which of the patient's series of this source, where it has several."""


@dataclass(frozen=True)
class Reader:
    """How a source is read: its files under a data folder, none where it is absent, and the case of one file, if it holds any."""

    files: Callable[[Path], Sequence[Path]]
    load: Callable[[Path], Case | None]

    def __call__(self, data: Path) -> Iterator[Case]:
        """Every case, each read when it is asked for."""
        return self.cases(self.files(data))

    def cases(self, files: Sequence[Path]) -> Iterator[Case]:
        """The cases of some of the files."""
        return (case for case in map(self.load, files) if case is not None)


def _in(folder: str, pattern: str) -> Callable[[Path], Sequence[Path]]:
    return lambda data: sorted((data / folder).glob(pattern))


def number_of(path: Path) -> int:
    """The patient of a file: the number that its name begins with."""
    number = re.match(r"\d+", path.name)
    if number is None:
        raise ValueError(f"the name of {path} does not begin with the number of a patient")
    return int(number.group())


def listed(data: Path) -> list[dict[str, str]]:
    """The lines of ``series.csv``, which tells of SPIDER's series; none where it is absent."""
    path = data / "spider_midsagittal" / "series.csv"
    if not path.exists():
        return []
    with path.open() as file:
        return list(csv.DictReader(file))


def as_series(case: Case) -> Series:
    """The case as the service would have read it."""
    affine = np.eye(4)
    affine[:3, :3] = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]]) @ np.diag(case.spacing)
    return Series(case.source, case.image, Geometry(affine, case.image.shape))


def _volume(path: Path) -> tuple[NDArray[np.float32], tuple[float, float, float]]:
    pixels, geometry = volume(path)
    slices, rows, columns = map(float, geometry.spacing)
    return pixels, (slices, rows, columns)


def volume(path: Path) -> tuple[NDArray[np.float32], Geometry]:
    """A file's voxels, in whatever order it stores them, as sagittal slices from head to feet and front to back."""
    image = SimpleITK.ReadImage(str(path))
    x, y, z = np.array(image.GetDirection()).reshape(3, 3).T * np.array(image.GetSpacing())[:, None]
    affine = np.eye(4)
    affine[:3, :3] = np.stack([z, y, x], axis=1)
    affine[:3, 3] = image.GetOrigin()
    array = SimpleITK.GetArrayFromImage(image)
    geometry = Geometry(affine, array.shape)
    order, flip = geometry.to_sagittal()
    turned = np.flip(array.transpose(order), [k for k in range(3) if flip[k]])
    return np.ascontiguousarray(turned, np.float32), geometry.permuted(order, flip)


def _upright(image: Image.Image, mask: Image.Image) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Turned and mirrored so that L1 to L5 run down and the sacrum lies behind L5."""
    labels = np.array(mask)
    top, bottom = (np.array(np.nonzero(labels == n)).mean(1) for n in (1, 5))
    down = bottom - top
    angle = np.degrees(np.arctan2(down[1], down[0]))
    quarter = round(angle / 90) if abs(angle) > 60 else 0
    pixels = np.rot90(np.array(image.convert("L"), np.float32), -quarter)
    labels = np.rot90(labels, -quarter)
    if (labels == 6).any() and np.nonzero(labels == 6)[1].mean() < np.nonzero(labels == 5)[1].mean() - 3:
        pixels, labels = pixels[:, ::-1], labels[:, ::-1]
    return np.ascontiguousarray(pixels), np.ascontiguousarray(labels)


def _t2space(path: Path) -> Case:
    mask, spacing = _volume(path)
    image, _ = _volume(path.with_name(path.name.replace("mask", "image")))
    labels = mask.astype(np.uint8)
    return Case("t2space", number_of(path), image, space_sets(labels, spacing[1]), spacing, labels)


def in_classes(case: Case) -> NDArray[np.uint8]:
    """The mask (slices, rows, columns) of a case of ``IN_CLASSES`` as 1 vertebra, 2 disc, 3 canal: t2space comes so, SPIDER's release in its own labels."""
    return case.mask if case.source == "t2space" else classes_of(case.mask)


def drawn_every(mask: NDArray[np.uint8]) -> tuple[int, int]:
    """How many slices of a mask (slices, rows, columns) lie from one that was drawn to the next, and the first of them.

    Volumes that were resampled to thinner slices may hold, between two slices that someone outlined, the union of both outlines.
    """
    seen = mask > 0
    for step in range(MOST_BETWEEN + 1, 1, -1) if seen.any() else ():
        for first in range(step):
            drawn = seen[first::step]
            either = np.repeat(drawn[:-1] | drawn[1:], step - 1, axis=0)
            between = np.delete(seen[first:], np.s_[::step], axis=0)[: len(either)]
            if len(drawn) > 2 and np.array_equal(either, between):
                return step, first
    return 1, 0


def drawn(case: Case) -> Case:
    """The case in the slices that were outlined alone: those of vb2 lie 2 mm apart and those of vb3 4 mm, in files of 1 mm."""
    step, first = drawn_every(case.mask)
    image, allowed, mask = (values[first::step] for values in (case.image, case.allowed, case.mask))
    return replace(case, image=image, allowed=allowed, mask=mask, spacing=(step * case.spacing[0], *case.spacing[1:]))


def restored(case: Case) -> Case:
    """The outlines of a case in the pixels in which they were drawn, each pixel of the file taking that of the nearest.

    As between slices, so in the plane of vb2's: a pixel is marked wherever it lies nearer to a marked one than these lie to each other,
    which makes a body larger by half a millimetre and more on every side. What is restored is marked in all the pixels that it would mark.
    """
    drawn_mm = OUTLINED_MM[case.source]
    in_plane = zip(case.mask.shape[1:], case.spacing[1:], strict=True)
    apart = [np.abs(np.arange(n)[:, None] * mm - np.arange(0, n * mm, drawn_mm)) for n, mm in in_plane]
    nearest = [distances.argmin(1) for distances in apart]
    rows, columns = ((distances < drawn_mm).astype(np.float32) for distances in apart)
    wanted = rows.sum(0)[:, None] * columns.sum(0) - 0.5
    mask = np.zeros_like(case.mask)
    for number in (int(n) for n in np.unique(case.mask) if n):
        drawn_on = rows.T @ (case.mask == number).astype(np.float32) @ columns >= wanted
        mask[drawn_on[:, nearest[0]][:, :, nearest[1]]] = number
    return replace(case, mask=mask, allowed=bodies_volume_sets(mask, case.spacing))


def bodies_of(source: str) -> Reader:
    """Reader of a folder of full-width volumes with numbered bodies (vb1, vb2, vb3) or discs (ivd)."""

    def load(path: Path) -> Case:
        mask, spacing = _volume(path)
        image, _ = _volume(path.with_name(path.name.replace("mask", "image")))
        labels = mask.astype(np.uint8)
        return Case(source, number_of(path), image, bodies_volume_sets(labels, spacing), spacing, labels)

    return Reader(_in(source, "*_mask.nii.gz"), load)


def _backspine(path: Path) -> Case | None:
    with Image.open(path) as mask, Image.open(path.with_name(path.name.replace("mask", "image"))) as image:
        labels = np.array(mask)
        if not {1, 5} <= set(np.unique(labels).tolist()):
            return None
        pixels, labels = _upright(image, mask)
    rows = np.nonzero((labels > 0) & (labels < 6))[0]
    spacing = LUMBAR_BODIES_MM / (np.ptp(rows) + 1)
    allowed = bodies_sets(labels, spacing, 6, discs=True)
    return Case("backspine", number_of(path), pixels[None], allowed[None], (4.0, spacing, spacing), labels[None])


def _tse(path: Path) -> Case:
    """A slice of ordinary T1 or T2, most of them beside the midline: vertebrae are complete, nothing else is labelled."""
    patient, weighting, place = path.stem.removesuffix("_image").split("_")
    spacing = {row["file"].removesuffix(".png"): row["pixel_spacing_mm"] for row in listed(path.parents[1])}
    with Image.open(path) as image, Image.open(path.with_name(path.name.replace("image", "mask"))) as mask:
        pixels, labels = np.array(image.convert("L"), np.float32)[None], np.array(mask)[None]
    mm = float(spacing.get(f"{patient}_{weighting}") or USUAL_FIELD_MM / labels.shape[1])
    allowed = np.where(labels > 0, BODY | POSTERIOR, ANYTHING & ~(BODY | POSTERIOR)).astype(np.uint8)
    return Case("tse", int(patient), pixels, allowed, (4.0, mm, mm), labels, f"-{weighting}-{place}")


def _saved(source: str) -> Reader:
    """What ``onnx_models.training.pseudo`` or ``.phantoms`` wrote."""

    def load(path: Path) -> Case:
        with np.load(path) as saved:
            image, allowed = saved["image"].astype(np.float32), saved["allowed"]
            patient, (k, r, c) = int(saved["patient"]), map(float, saved["spacing"])
        return Case(source, patient, image, allowed, (k, r, c), np.zeros_like(allowed))

    return Reader(_in(".", "*.npz"), load)


def _release(data: Path) -> Sequence[Path]:
    from onnx_models.training import spider

    return spider.masks(data)


def _of_release(path: Path) -> Case:
    from onnx_models.training import spider

    return spider.load(path)


READERS: dict[str, tuple[str, Reader]] = {
    "t2space": ("spider", Reader(_in("spider_t2space", "*_mask.nii.gz"), _t2space)),
    "backspine": ("backspine", Reader(_in("backspine_t1", "*_mask.png"), _backspine)),
    "vb2": ("vb2", bodies_of("vb2")),
    "vb3": ("vb3", bodies_of("vb3")),
    "tse": ("spider", Reader(_in("spider_tse", "*_image.png"), _tse)),
    "pseudo": ("spider", _saved("pseudo")),
    "phantom": ("phantom", _saved("phantom")),
    "spider": ("spider", Reader(_release, _of_release)),
}
"""By source the family of its patients (``splits.HELD_OUT``), and how it is read."""
_SPIDER = "SPIDER (CC BY 4.0)"
CITED = {
    "t2space": _SPIDER,
    "backspine": "backspine v3 (CC BY 4.0)",
    "vb2": "vb2 (Chu 2015)",
    "vb3": "vb3 (MyoSegmenTUM)",
    "tse": _SPIDER,
    "pseudo": _SPIDER,
    "phantom": "phantoms",
    "spider": "files laid out as SPIDER's release",
}
"""What a model's manifest says of the sources that taught it; no name holds a comma and a blank."""
UNTOLD = tuple(CITED[name] for name in ("t2space", "backspine", "vb2", "vb3"))
"""What is said of a checkpoint that does not tell its sources, as older ones do not."""
LABELLED = ("t2space", "backspine", "vb2", "vb3", "tse", "spider")
"""The sources with manual labels, all of which leave something open."""


def settled_file(run: Path, case: Case) -> Path:
    """Where ``onnx_models.training.pseudo`` keeps what a first network settled of a labelled case."""
    return run / "settled" / f"{case.source}-{case.patient}{case.series}.npz"


def with_settled(case: Case, run: Path) -> Case:
    """The case with the sets that a first network settled, if it did."""
    path = settled_file(run, case)
    if not path.exists():
        return case
    with np.load(path) as saved:
        narrower = saved["allowed"] & case.allowed
    return replace(case, allowed=np.where(narrower > 0, narrower, case.allowed).astype(np.uint8))


def files(source: str, data: Path, *, held: bool) -> list[Path]:
    """The files of a source that ``cases`` reads: of the held-out patients, or of those that train."""
    family, reader = READERS[source]
    return [path for path in reader.files(data) if held_out(family, number_of(path)) == held]


def cases(source: str, paths: Sequence[Path]) -> Iterator[Case]:
    """The cases of some of a source's files, each read when it is asked for: a release as a whole may not fit in memory."""
    return READERS[source][1].cases(paths)


def read(source: str, data: Path, *, held: bool) -> Iterator[Case]:
    """The cases of a source: of the held-out patients, or of those that train."""
    return cases(source, files(source, data, held=held))


def lessons(source: str, data: Path, *, backwards: bool = False) -> Iterator[Case]:
    """What training patients teach: their cases in the slices that were outlined, the last one first if ``backwards``."""
    paths = files(source, data, held=False)
    return map(drawn, cases(source, paths[::-1] if backwards else paths))
