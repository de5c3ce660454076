"""Which image belongs to which mask, by the names of their files."""

import re
from dataclasses import dataclass
from pathlib import Path

from service.errors import UnreadableInputError
from service.study.grid import PICTURES, VOLUMES, has_suffix

_IMAGE, _LABELS = ("_image",), ("_mask", "_seg", "_labels", "_pred")


@dataclass(frozen=True)
class Pair:
    """One image with its manual mask.

    Attributes:
        name: what the files share: "1_t2" of ``1_t2.mha``, "005" of ``005_image.nii.gz`` and ``005_mask.nii.gz``.
        prediction: the label map to judge; none when there is none, which counts as every structure missed, or when the
            image is to be segmented.
    """

    name: str
    image: Path
    mask: Path
    prediction: Path | None = None

    @property
    def patient(self) -> str:
        """The name up to its first number that stands alone, else up to its first ``_``: series of one patient are not independent.

        1 of 1_t2, sub-01 of sub-01_t2, case_007 of case_007, P12 of P12_t2; a bare number counts without its leading zeros.
        """
        found = re.match(r".*?(?<![^\W_])\d+(?![^\W_])|[^_]+", self.name)
        patient = found.group() if found else self.name
        return patient.lstrip("0") or "0" if patient.isdigit() else patient


def find_pairs(images: Path, masks: Path, predictions: Path | None = None) -> list[Pair]:
    """Every image that has a mask, in the order of their names; ``find_unmatched`` tells the others. Images and masks may lie in one folder.

    Args:
        images: volumes, pictures, or a folder of DICOM files for each image.
        masks, predictions: volumes or pictures.

    Raises:
        UnreadableInputError: no such folder, two files of one name, no image with a mask, or no prediction for any of them.
    """
    shown, drawn = _named(images, _IMAGE, _LABELS), _named(masks, _LABELS, _IMAGE)
    judged = {} if predictions is None else _named(predictions, _LABELS, _IMAGE)
    names = sorted(shown.keys() & drawn.keys(), key=_by_number)
    if not names:
        raise UnreadableInputError(
            "No image has a mask. Give both the same name, as 1_t2.mha and 1_t2.mha, or 005_image.nii.gz and 005_mask.nii.gz.",
            code="no_pairs",
        )
    if predictions is not None and not judged.keys() & set(names):
        raise UnreadableInputError("No prediction bears the name of an image.", code="no_pairs")
    return [Pair(name, shown[name], drawn[name], judged.get(name)) for name in names]


def find_unmatched(images: Path, masks: Path, predictions: Path | None = None) -> tuple[str, ...]:
    """The files that ``find_pairs`` leaves out for want of a counterpart, each with what it lacks."""
    shown, drawn = _named(images, _IMAGE, _LABELS), _named(masks, _LABELS, _IMAGE)
    judged = {} if predictions is None else _named(predictions, _LABELS, _IMAGE)
    lacking = [
        (shown, drawn, "an image without a mask"),
        (drawn, shown, "a mask without an image"),
        (judged, shown, "a prediction without an image"),
    ]
    return tuple(
        f"{ours[name].name}: {what}"
        for ours, theirs, what in lacking
        for name in sorted(ours.keys() - theirs.keys(), key=_by_number)
    )


def _named(folder: Path, own: tuple[str, ...], others: tuple[str, ...]) -> dict[str, Path]:
    """Path by name, without ``own`` endings; files that end in one of ``others`` are something else."""
    if not folder.is_dir():
        raise UnreadableInputError(f"There is no folder {folder}.", code="not_found")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        stem = _stem(path)
        if stem is None or stem.lower().endswith(others):
            continue
        ending = next((end for end in own if stem.lower().endswith(end)), "")
        name = stem.removesuffix(stem[len(stem) - len(ending) :])
        if name in found:
            raise UnreadableInputError(f"{found[name].name} and {path.name} bear one name.", code="ambiguous_name")
        found[name] = path
    return found


def _stem(path: Path) -> str | None:
    if path.name.startswith("."):
        return None
    if path.is_dir():
        return path.name
    suffix = next((end for end in sorted(VOLUMES + PICTURES, key=len)[::-1] if has_suffix(path, (end,))), None)
    return path.name[: -len(suffix)] if suffix else None


def _by_number(name: str) -> list[tuple[int, str]]:
    """Sorts 2_t1 before 10_t1."""
    return [(int(part or 0), text) for part, text in re.findall(r"(\d*)(\D*)", name)]
