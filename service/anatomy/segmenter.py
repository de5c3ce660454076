"""Series → Anatomy: the network over every slice, then named structures."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from service.anatomy.instances import name_structures
from service.anatomy.model import Anatomy
from service.anatomy.network import ModelRecord, Network
from service.anatomy.preprocess import (
    PIXEL_MM,
    STRIDE,
    interpolation,
    network_size,
    normalise,
    resample,
    with_neighbours,
)
from service.anatomy.tissue import Tissue
from service.runtime import Provider
from service.study.model import Series

MODEL: dict[Provider, str] = {"cpu": "segmenter", "cuda": "segmenter-float32"}
"""The network in 8 bits for processors, in 32 for graphics cards: the same weights."""
SCOUT_STEP = 4
"""Every so many slices one is read whole; the others only where those show the spine."""
MARGIN_MM = 24.0

Floats = NDArray[np.float32]
Window = tuple[slice, slice]


@dataclass(frozen=True)
class Segmenter:
    """The network, ready to run. ``network`` is any function from (n, 3, h, w) slices to (n, 6, h, w) logits."""

    network: Callable[[Floats], Floats]
    record: ModelRecord

    @classmethod
    def load(cls, models: Path, provider: Provider = "cpu", threads: int = 2) -> "Segmenter":
        """Load the segmentation model of a folder with a manifest; raises ConfigurationError as ``Network.load`` does."""
        network = Network.load(models, MODEL[provider], provider=provider, threads=threads)
        return cls(network, network.record)

    @property
    def provider(self) -> str:
        """The ONNX Runtime provider that really runs."""
        return self.record.provider

    def segment(self, series: Series, *, progress: bool = False) -> Anatomy:
        """Segment a sagittal series.

        Raises:
            UnsupportedStudyError: what it shows is not a lumbar spine.
        """
        tissue, certainty = self.classify(series, progress=progress)
        return name_structures(series, tissue, certainty)

    def classify(self, series: Series, *, progress: bool = False) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
        """The likeliest tissue of every voxel and its probability, both (slices, rows, columns) on the series' own grid."""
        _, height, width = series.pixels.shape
        _, row_mm, column_mm = series.geometry.spacing
        sizes = network_size(height, row_mm), network_size(width, column_mm)
        rows = interpolation(height, row_mm, sizes[0], PIXEL_MM)
        columns = interpolation(width, column_mm, sizes[1], PIXEL_MM)
        inputs = with_neighbours(resample(normalise(series.pixels), rows, columns))
        probabilities = self._all_slices(inputs, progress)
        back = (
            interpolation(sizes[0], PIXEL_MM, height, row_mm),
            interpolation(sizes[1], PIXEL_MM, width, column_mm),
        )
        return _decide(probabilities, back, (height, width))

    def _all_slices(self, inputs: Floats, progress: bool) -> list[tuple[Window, Floats]]:
        """For every slice the window that was read and its (6, h, w) probabilities."""
        count, whole = len(inputs), (slice(0, inputs.shape[2]), slice(0, inputs.shape[3]))
        scouts = sorted({*range(count // 2 % SCOUT_STEP, count, SCOUT_STEP), count // 2})
        found: dict[int, tuple[Window, Floats]] = {}
        with tqdm(total=count, desc="segmenting", unit="slice", disable=not progress) as bar:
            for k in scouts:
                found[k] = whole, self._probabilities(inputs[k], whole)
                bar.update()
            window = _spine_window([p for _, p in found.values()])
            for k in sorted(set(range(count)) - set(scouts)):
                found[k] = window, self._probabilities(inputs[k], window)
                bar.update()
        return [found[k] for k in range(count)]

    def _probabilities(self, image: Floats, window: Window) -> Floats:
        logits = self.network(np.ascontiguousarray(image[None, :, window[0], window[1]]))[0]
        powers = np.exp(logits - logits.max(0))
        return np.asarray(powers / powers.sum(0), np.float32)


def _spine_window(scouts: list[Floats]) -> Window:
    """The rows and columns, with a margin, where any of the scouted slices shows more than background; all if none does."""
    seen = np.max([1 - p[Tissue.BACKGROUND] for p in scouts], axis=0) > 0.5
    return _span(seen.any(1)), _span(seen.any(0))


def _span(seen: NDArray[np.bool_]) -> slice:
    """The range that holds all of what was seen and a margin, widened to a multiple of the network's stride."""
    where = np.nonzero(seen)[0]
    if not len(where):
        return slice(0, len(seen))
    margin = int(MARGIN_MM / PIXEL_MM)
    start = max(0, (where[0] - margin) // STRIDE * STRIDE)
    stop = min(len(seen), -(-(int(where[-1]) + 1 + margin) // STRIDE) * STRIDE)
    return slice(int(start), int(stop))


def _decide(
    found: list[tuple[Window, Floats]], back: tuple[Floats, Floats], shape: tuple[int, int]
) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """Probabilities back on the series' own pixels, and the likeliest tissue there."""
    tissue = np.zeros((len(found), *shape), np.uint8)
    certainty = np.ones((len(found), *shape), np.float16)
    for k, (window, p) in enumerate(found):
        rows, columns = (_covered(weights, span) for weights, span in zip(back, window, strict=True))
        fine = resample(p, back[0][rows, window[0]], back[1][columns, window[1]])
        tissue[k, rows, columns] = fine.argmax(0)
        certainty[k, rows, columns] = fine.max(0)
    return tissue, certainty


def _covered(weights: Floats, window: slice) -> slice:
    """The pixels of the series that draw on nothing outside the window."""
    inside = weights[:, window].sum(1) > 0.999
    where = np.nonzero(inside)[0]
    return slice(int(where[0]), int(where[-1]) + 1) if len(where) else slice(0, 0)
