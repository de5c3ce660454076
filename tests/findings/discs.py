"""A stack of boxes as T1 and T2 series with tissues of known signal, and a network that says what it is told to."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from service.anatomy.model import CANAL, DISC, SACRUM, Anatomy
from service.anatomy.network import Network
from service.findings.disc_reading import SAID
from service.study.model import Weighting
from tests.anatomy.stack import Stack, build

STACK = Stack(slices=5, spacing=(4.2, 0.8, 0.8), rows=360, columns=175)
BODY, DISC_SIGNAL, CSF = 100.0, 50.0, 250.0


def anatomy_of(weighting: Weighting = "T2", stack: Stack = STACK, disc: float = DISC_SIGNAL) -> Anatomy:
    """Bodies and sacrum of 100, discs of 50 unless given, a canal of 250 (T1: 30), all else 20."""
    built = build(stack)
    labels = built.labels
    pixels = np.full(labels.shape, 20, np.float32)
    pixels[(labels > 0) & (labels <= SACRUM)] = BODY
    pixels[labels > DISC] = disc
    pixels[labels == CANAL] = CSF if weighting == "T2" else 30.0
    anatomy = built.anatomy(confidence=0.9)
    return replace(anatomy, series=replace(anatomy.series, id=weighting, pixels=pixels, weighting=weighting))


class Told(Network):
    """Says the same of every disc, and keeps what it was shown."""

    def __init__(self, **said: float) -> None:
        self.said = {name.replace("grade_", "grade "): value for name, value in said.items()}
        self.shown: list[tuple[NDArray[np.float32], ...]] = []

    def __call__(self, *batch: NDArray[np.float32]) -> NDArray[np.float32]:
        self.shown.append(batch)
        row = np.array([self.said.get(name, 0.0) for name in SAID], np.float32)
        return np.tile(row, (len(batch[0]), 1))


def both(**changes: float) -> Sequence[Anatomy]:
    """T2, which is measured on, and T1 of the same stack."""
    return anatomy_of("T2", **changes), anatomy_of("T1", **changes)  # type: ignore[arg-type]
