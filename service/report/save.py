"""A report on disk: the JSON, the segmentation as NIfTI, and the pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from service.anatomy.model import Anatomy
from service.report.model import Language, Reading
from service.report.pictures import EACH, KINDS, Drawing, draw
from service.study.labels import write_labels

_WRITTEN = (
    "report.json",
    "segmentation.nii.gz",
    "segmentation-series-*.nii.gz",
    *(f"{kind}-series-*.png" if kind in EACH else f"{kind}.png" for kind in KINDS),
)
"""The names that ``save`` writes."""


@dataclass(frozen=True)
class Saved:
    """The pictures' paths, and what could not be drawn, each with its reason."""

    pictures: tuple[Path, ...]
    missing: tuple[str, ...]


def clear(folder: Path, keep: Sequence[Path | None] = ()) -> None:
    """Remove what an earlier ``save`` wrote into ``folder``, and nothing else, lest one patient's report lie among another's pictures.

    Args:
        keep: files that are still to be read.
    """
    kept = {path.resolve() for path in keep if path is not None}
    for pattern in _WRITTEN:
        for path in folder.glob(pattern):
            if path.resolve() not in kept:
                path.unlink()


def save(
    report: Reading,
    anatomies: Sequence[Anatomy],
    folder: Path,
    original: Path | None = None,
    lang: Language = "en",
) -> Saved:
    """Write everything into ``folder``, made if need be.

    Args:
        report: goes to ``report.json``.
        anatomies: the first, which was measured on, goes to ``segmentation.nii.gz``, any other to
            ``segmentation-<series>.nii.gz``; each is drawn in ``overlay-`` and ``contact_sheet-<series>-<weighting>.png``, the
            first in every other picture too.
        folder: where to.
        original: what the study was read from; the segmentation is then stored as its files are, else sagittally.
        lang: the language of the pictures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(report.model_dump_json(indent=2))
    for number, anatomy in enumerate(anatomies):
        name = f"-{anatomy.series.id}" if number else ""
        write_labels(anatomy.labels, anatomy.series, original, folder / f"segmentation{name}.nii.gz")
    drawn = draw(report, anatomies, lang)
    paths = tuple(_write(drawing, drawing.png, folder) for drawing in drawn if drawing.png is not None)
    return Saved(paths, tuple(f"{one.name}: {one.reason}" for one in drawn if one.png is None))


def _write(drawing: Drawing, png: bytes, folder: Path) -> Path:
    path = folder / f"{drawing.name}.png"
    path.write_bytes(png)
    return path
