"""A report on disk: the JSON, the segmentation as NIfTI, and a picture of each series."""

from collections.abc import Sequence
from pathlib import Path

from service.anatomy.model import Anatomy
from service.report.model import Reading
from service.report.pictures import overlay
from service.study.labels import write_labels


def save(report: Reading, anatomies: Sequence[Anatomy], folder: Path, original: Path | None = None) -> list[Path]:
    """Write everything into ``folder``, made if need be.

    Args:
        report: goes to ``report.json``.
        anatomies: the first, which was measured on, goes to ``segmentation.nii.gz``, any other to
            ``segmentation-<series>.nii.gz``; each is drawn in ``overlay-<series>-<weighting>.png``.
        folder: where to.
        original: what the study was read from; the segmentation is then stored as its files are, else sagittally.

    Returns:
        The pictures' paths.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(report.model_dump_json(indent=2))
    for number, anatomy in enumerate(anatomies):
        name = f"-{anatomy.series.id}" if number else ""
        write_labels(anatomy.labels, anatomy.series, original, folder / f"segmentation{name}.nii.gz")
    return [_draw(anatomy, report, folder) for anatomy in anatomies]


def _draw(anatomy: Anatomy, report: Reading, folder: Path) -> Path:
    path = folder / f"overlay-{anatomy.series.id}-{anatomy.series.weighting}.png"
    path.write_bytes(overlay(anatomy, report.findings))
    return path
