"""What the segmenter saw in one series: labelled voxels, named structures, and how sure it is of each."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from service.study.model import Series

Kind = Literal["vertebra", "disc", "canal", "sacrum"]

CANAL = 100
SACRUM = 26
PARTIAL = 100
"""Added to the label of a vertebra that the field of view cuts (SPIDER: 101 to 125)."""
DISC = 200
"""Added to the label of the vertebra above a disc (SPIDER: 201 is L5-S1)."""

_VERTEBRAE = ("L5", "L4", "L3", "L2", "L1", *(f"T{n}" for n in range(12, 0, -1)), *(f"C{n}" for n in range(7, 0, -1)))


def vertebra_name(label: int) -> str:
    """The name of SPIDER vertebra ``label`` (1 is L5, counting up), for a spine of five lumbar vertebrae."""
    return _VERTEBRAE[label - 1]


def disc_name(label: int) -> str:
    """The level of the SPIDER disc ``label`` (201 is L5-S1, counting up)."""
    above = label - DISC
    return f"{vertebra_name(above)}-{'S1' if above == 1 else vertebra_name(above - 1)}"


@dataclass(frozen=True)
class Structure:
    """One named structure.

    Attributes:
        label: its value in ``Anatomy.labels``, in the SPIDER convention.
        name: "L4", "L4-L5", "spinal canal" or "S1".
        confidence: 0 to 1, an estimate of its Dice overlap with a careful manual mask.
        partial: the field of view cuts it.
    """

    label: int
    name: str
    kind: Kind
    confidence: float
    partial: bool = False


@dataclass(frozen=True, eq=False)
class Anatomy:
    """A series, segmented.

    Attributes:
        labels: uint8 (slices, rows, columns) on the grid of ``series``, SPIDER convention; the first sacral body is 26.
        bodies: bool, same shape: the voxels of vertebrae that belong to the body rather than the posterior elements.
        structures: from the lowest to the highest, vertebrae, then discs, then the canal and sacrum.
        numbering_confidence: 0 to 1, how sure it is that L5 is L5; ``warnings`` says what speaks against it.
        read_with: other series of the examination that had a say in the outlines, by id.
        given: the labels came with the series, rather than being found in it.
    """

    series: Series
    labels: NDArray[np.uint8]
    bodies: NDArray[np.bool_]
    structures: tuple[Structure, ...]
    numbering_confidence: float
    warnings: tuple[str, ...] = ()
    read_with: tuple[str, ...] = ()
    given: bool = False

    def __post_init__(self) -> None:
        if not self.labels.shape == self.bodies.shape == self.series.pixels.shape:
            raise ValueError(
                f"masks {self.labels.shape}, {self.bodies.shape} do not fit the series {self.series.pixels.shape}"
            )

    def of(self, kind: Kind) -> tuple[Structure, ...]:
        """The structures of one kind, from the lowest to the highest."""
        return tuple(s for s in self.structures if s.kind == kind)

    def mask(self, label: int) -> NDArray[np.bool_]:
        """bool (slices, rows, columns): where this structure is."""
        return np.asarray(self.labels == label)

    def without_posterior_elements(self) -> NDArray[np.uint8]:
        """The labels (slices, rows, columns) with vertebrae cut down to their bodies."""
        vertebrae = np.isin(self.labels, [structure.label for structure in self.of("vertebra")])
        return np.where(vertebrae & ~self.bodies, 0, self.labels).astype(np.uint8)
