"""SPIDER's own release (van der Graaf et al., Sci Data 2024; CC BY 4.0): ``images/1_t2.mha`` with ``masks/1_t2.mha``, and so on.

Copies in another format of volumes, as ``1_t2.nii.gz``, serve as well.

T1, T2 and T2 SPACE of every patient, in any orientation. Its masks hold vertebrae (1 to 25 from L5 up; 101 to 125 where the
field of view cuts them), discs (201 to 225 from L5-S1 up) and the canal (100), each complete; the sacrum is not labelled.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from onnx_models.training.allowed import Sets, space_sets
from onnx_models.training.sources import Case, Reader, number_of, volume
from service.evaluation.label_map import CLASSES, kind_of
from service.study.geometry import Geometry
from service.study.grid import VOLUMES, has_suffix

FOLDERS = (".", "spider")
"""Where under the data folder the release may lie."""


def masks(data: Path) -> list[Path]:
    """The mask of every series that has an image too; none where the release is absent."""
    found = [path for folder in FOLDERS for path in sorted((data / folder / "masks").glob("[0-9]*_t*"))]
    return [path for path in found if has_suffix(path, VOLUMES) and _image(path)]


def _name(mask: Path) -> str:
    return mask.name.split(".")[0]


def _image(mask: Path) -> Path | None:
    """The image of a mask, which may be in another format."""
    possible = (mask.parents[1] / "images" / f"{_name(mask)}{suffix}" for suffix in VOLUMES)
    return next((path for path in possible if path.exists()), None)


def spider_sets(labels: NDArray[np.uint8], row_mm: float) -> Sets:
    """The allowed tissues (slices, rows, columns) of a mask in the release's labels."""
    return space_sets(semantic(labels), row_mm)


def semantic(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """1 vertebra, partial ones too, 2 disc, 3 canal.

    Raises:
        ValueError: a label is none of the release's.
    """
    numbers = {kind: number for number, kind in CLASSES.items()}
    table = np.zeros(256, np.uint8)
    for label in (int(n) for n in np.unique(labels) if n):
        kind = kind_of(label)
        if kind not in numbers:
            raise ValueError(f"label {label} is none of SPIDER's: 1 to 25, 100, 101 to 125, 201 to 225")
        table[label] = numbers[kind]
    return np.asarray(table[labels])


def load(path: Path) -> Case:
    """The series of a mask that ``masks`` found.

    Raises:
        ValueError: a mask does not lie on its image's grid, or holds labels that the release does not have.
    """
    image_path = _image(path)
    assert image_path is not None, f"{path} has no image"
    image, geometry = volume(image_path)
    mask, drawn_on = volume(path)
    if not _same_grid(geometry, drawn_on):
        raise ValueError(f"{path} and {image_path} lie on different grids")
    labels = mask.astype(np.uint8)
    slices, rows, columns = map(float, geometry.spacing)
    _, series = _name(path).split("_", 1)
    allowed = spider_sets(labels, rows)
    return Case("spider", number_of(path), image, allowed, (slices, rows, columns), labels, f"-{series}")


cases = Reader(masks, load)
"""Every series that has a mask, from the data folder."""


def _same_grid(one: Geometry, other: Geometry) -> bool:
    corners = np.array([[0, 0, 0], [n - 1 for n in one.shape]])
    return one.shape == other.shape and bool(np.allclose(one.to_patient(corners), other.to_patient(corners), atol=0.5))
