"""The SPIDER convention: what each label of a label map stands for (van der Graaf et al., Sci Data 2024;11:264)."""

import numpy as np
from numpy.typing import NDArray

from service.anatomy.model import CANAL, DISC, PARTIAL, SACRUM, Kind, Structure, disc_name, vertebra_name
from service.errors import UnreadableInputError

HIGHEST = 25
"""The highest number of a vertebra: 1 to 25, 101 to 125 where cut off, and discs 201 to 225."""


def kind_of(label: int) -> Kind | None:
    """The kind of a SPIDER label; none for the background and for what the convention does not have."""
    if label == CANAL:
        return "canal"
    if label == SACRUM:
        return "sacrum"
    if 0 < label - DISC <= HIGHEST:
        return "disc"
    return "vertebra" if 0 < label % PARTIAL <= HIGHEST and label < DISC else None


def is_partial(label: int) -> bool:
    """Whether a SPIDER label is that of a vertebra that the field of view cuts."""
    return PARTIAL < label <= PARTIAL + HIGHEST


def level_of(label: int) -> int:
    """The label without the mark of a partial vertebra: labels of the same level are equal."""
    return label - PARTIAL if is_partial(label) else label


def name_of(label: int) -> str:
    """How a radiologist names the structure of a SPIDER label."""
    kind = kind_of(label)
    if kind == "vertebra":
        return vertebra_name(level_of(label)) if level_of(label) <= 24 else "C0"
    if kind == "disc":
        return disc_name(label) if label - DISC <= 24 else "C0-C1"
    return "S1" if kind == "sacrum" else "spinal canal"


def structure_of(label: int, confidence: float) -> Structure:
    """The named structure of a SPIDER label; raises ValueError for one that the convention does not have."""
    kind = kind_of(label)
    if kind is None:
        raise ValueError(f"{label} is not a label of SPIDER")
    return Structure(label, name_of(label), kind, confidence, is_partial(label))


def in_order(structures: list[Structure]) -> tuple[Structure, ...]:
    """As ``Anatomy.structures`` has them: vertebrae, discs, the canal, the sacrum, each from the lowest up."""
    order: tuple[Kind, ...] = ("vertebra", "disc", "canal", "sacrum")
    return tuple(sorted(structures, key=lambda s: (order.index(s.kind), s.label % PARTIAL)))


def check_convention(labels: NDArray[np.uint8], file: str) -> None:
    """Refuses labels that SPIDER does not have.

    Raises:
        UnreadableInputError: naming the file and the labels (``unknown_labels``).
    """
    strange = [int(n) for n in np.unique(labels) if n and kind_of(int(n)) is None]
    if strange:
        raise UnreadableInputError(
            f"{file} holds labels that are not SPIDER's: {', '.join(map(str, strange[:5]))}. Relabel it: vertebrae 1 to 25 "
            "from L5 up (101 to 125 where cut off), discs 201 to 225 from L5-S1 up, canal 100, S1 26.",
            code="unknown_labels",
        )
