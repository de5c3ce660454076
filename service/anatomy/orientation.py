"""Whether images stand as their header says: the network is surest of a spine that is the right way up and the right way round.

On the middle slices of 18 series of held-out patients the network (version 0.2.0) supported the true orientation 1.3 times or more as
much as front to back, and 1.0 to 1.4 times as much as upside down, where it also lost the sacrum. The segmenter's card counts what is refused.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from service.anatomy.tissue import Tissue
from service.errors import UnsupportedStudyError
from service.study.geometry import Geometry
from service.study.model import Series

FLIPS = {
    "mirrored from front to back": (1, -1),
    "upside down": (-1, 1),
    "turned by half a circle": (-1, -1),
}
SURE = 0.92
"""Mean certainty of what is not background above which no second look is taken where a sacrum is seen. Provenance: expert; of 69 flips of
training patients' series (version 0.5.0) four showed one, none more surely than 0.915. Thin slices, whose certainty is shared, are looked at again more often (8 of 18)."""
CLEARLY = 1.15
"""A flip is believed where it has this many times the support of the image as it came. Provenance: expert."""
ABOUT_AS_MUCH = 0.95
"""Or this, where the flip shows a sacrum and the image as it came does not. Provenance: expert."""
LEAST_SACRUM_MM2 = 150.0

Tissues = NDArray[np.uint8]
Certainty = NDArray[np.floating]
Classify = Callable[[Series], tuple[Tissues, Certainty]]


def refuse_if_flipped(series: Series, tissue: Tissues, certainty: Certainty, classify: Classify) -> None:
    """Raise UnsupportedStudyError (``wrong_orientation``) if a flip of the series would show a spine more surely.

    Args:
        series: as it came; tissue, certainty: (slices, rows, columns), what ``classify`` made of it.
        classify: the likeliest tissue of every voxel of a series, and its probability.
    """
    seen = tissue > 0
    fullest = int(np.argmax(seen.sum(axis=(1, 2))))
    area = float(np.prod(series.geometry.spacing[1:]))
    if not seen.any() or (float(certainty[seen].mean()) >= SURE and _has_sacrum(tissue[fullest], area)):
        return
    looked_at = sorted({fullest, len(tissue) // 2})
    shown = {name: _flipped(series, looked_at, signs, classify) for name, signs in {"": (1, 1), **FLIPS}.items()}
    support = {name: support_of(*found) for name, found in shown.items()}
    given = shown.pop("")
    without = not _has_sacrum(given[0], area)
    asked = {name: ABOUT_AS_MUCH if without and _has_sacrum(shown[name][0], area) else CLEARLY for name in shown}
    believed = [name for name in shown if support[name] > asked[name] * support[""]]
    if believed:
        best = max(believed, key=lambda name: support[name])
        raise UnsupportedStudyError(
            f"The images are {best} against their stated orientation: a spine is recognised more surely when they are "
            "turned back. Send them with their true orientation.",
            code="wrong_orientation",
        )


def support_of(tissue: Tissues, certainty: Certainty) -> float:
    """How many voxels of spine the network is sure of; one at half certainty counts a sixteenth."""
    return float((certainty[tissue > 0].astype(np.float64) ** 4).sum())


def _has_sacrum(tissue: Tissues, pixel_mm2: float) -> bool:
    return float((tissue == Tissue.SACRUM).sum()) * pixel_mm2 >= LEAST_SACRUM_MM2


def _flipped(
    series: Series, slices: list[int], signs: tuple[int, int], classify: Classify
) -> tuple[Tissues, Certainty]:
    """What a few slices show, each read alone, with their rows and columns in this order; where they lie does not matter."""
    found = []
    for k in slices:
        pixels = np.ascontiguousarray(series.pixels[k : k + 1, :: signs[0], :: signs[1]])
        found.append(classify(replace(series, pixels=pixels, geometry=Geometry(series.geometry.affine, pixels.shape))))
    tissue, certainty = zip(*found, strict=True)
    return np.concatenate(tissue), np.concatenate(certainty)
