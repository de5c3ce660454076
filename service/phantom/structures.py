"""The ground truth as the segmenter would report it: labels and named structures on a series' own grid."""

import numpy as np
from numpy.typing import NDArray

from service.anatomy.convention import in_order, structure_of
from service.anatomy.model import PARTIAL, Anatomy
from service.anatomy.tissue import Tissue
from service.phantom.vertebra import Vertebra
from service.study.geometry import Geometry
from service.study.model import Series


def is_cut(vertebra: Vertebra, geometry: Geometry) -> bool:
    """Whether the picture's upper or lower edge, front or back, cuts the vertebra's body."""
    corners = [vertebra.corner(plate, end) for plate in (vertebra.upper, vertebra.lower) for end in (-1.0, 1.0)]
    index = geometry.to_index(np.array(corners))[:, 1:]
    return bool((index < -0.5).any() or (index > np.array(geometry.shape[1:]) - 0.5).any())


def mark_partial(labels: NDArray[np.uint8], vertebrae: dict[int, Vertebra], geometry: Geometry) -> NDArray[np.uint8]:
    """The labels with ``PARTIAL`` added to every vertebra that the field of view cuts."""
    table = np.arange(256, dtype=np.uint8)
    for label, vertebra in vertebrae.items():
        if label >= 1 and is_cut(vertebra, geometry):
            table[label] = label + PARTIAL
    return table[labels]


def make_anatomy(
    series: Series, labels: NDArray[np.uint8], tissue: NDArray[np.uint8], lumbar_vertebrae: int
) -> Anatomy:
    """The exact anatomy of one series."""
    structures = in_order([structure_of(int(label), 1.0) for label in np.unique(labels) if label])
    usual = lumbar_vertebrae == 5
    warnings = () if usual else (f"{lumbar_vertebrae} lumbar vertebrae: levels are counted up from the sacrum",)
    return Anatomy(series, labels, tissue == Tissue.BODY, structures, 1.0 if usual else 0.5, warnings)
