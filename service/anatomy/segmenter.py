"""Series → Anatomy: the network over every slice, then named structures."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from service.anatomy.instances import name_structures
from service.anatomy.model import Anatomy
from service.anatomy.network import ModelRecord, Network
from service.anatomy.orientation import refuse_if_flipped
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
MARGIN_MM = 14.0

Floats = NDArray[np.float32]
Window = tuple[slice, slice]


@dataclass(frozen=True)
class Segmenter:
    """The network, ready to run.

    Attributes:
        network: any function from (n, 3, h, w) slices to (n, 6, h, w) logits that several threads may call at once.
        workers: how many slices are read at the same time.
    """

    network: Callable[[Floats], Floats]
    record: ModelRecord
    workers: int = 1

    @classmethod
    def load(cls, models: Path, provider: Provider = "cpu", threads: int = 2) -> "Segmenter":
        """Load the segmentation model of a folder with a manifest; raises ConfigurationError as ``Network.load`` does."""
        network = Network.load(models, MODEL[provider], provider=provider, threads=1)
        return cls(network, network.record, threads)

    @property
    def provider(self) -> str:
        """The ONNX Runtime provider that really runs."""
        return self.record.provider

    def segment(self, series: Series, *, progress: bool = False) -> Anatomy:
        """Segment a sagittal series.

        Raises:
            UnsupportedStudyError: what it shows is not a lumbar spine, or stands otherwise than its header says.
        """
        tissue, certainty = self.classify(series, progress=progress)
        refuse_if_flipped(series, tissue, certainty, self.classify)
        return name_structures(series, tissue, certainty)

    def classify(self, series: Series, *, progress: bool = False) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
        """The likeliest tissue of every voxel and its probability, both (slices, rows, columns) on the series' own grid."""
        _, height, width = series.pixels.shape
        _, row_mm, column_mm = series.geometry.spacing
        sizes = network_size(height, row_mm), network_size(width, column_mm)
        rows = interpolation(height, row_mm, sizes[0], PIXEL_MM)
        columns = interpolation(width, column_mm, sizes[1], PIXEL_MM)
        inputs = with_neighbours(resample(normalise(series.pixels), rows, columns))
        back = (
            interpolation(sizes[0], PIXEL_MM, height, row_mm),
            interpolation(sizes[1], PIXEL_MM, width, column_mm),
        )
        tissue = np.zeros(series.pixels.shape, np.uint8)
        certainty = np.ones(series.pixels.shape, np.float16)
        for k, window, probabilities in self._slices(inputs, progress):
            place, fine = _on_pixels(probabilities, window, back)
            tissue[k][place], certainty[k][place] = fine.argmax(0), fine.max(0)
        return tissue, certainty

    def _slices(self, inputs: Floats, progress: bool) -> Iterator[tuple[int, Window, Floats]]:
        """For every slice the window that was read and its (6, h, w) probabilities; scouts come first.

        Each worker reads slices of its own, which keeps the cores busier than sharing the work within one slice.
        """
        count, whole = len(inputs), (slice(0, inputs.shape[2]), slice(0, inputs.shape[3]))
        scouts = sorted({*range(count // 2 % SCOUT_STEP, count, SCOUT_STEP), count // 2})
        others = sorted(set(range(count)) - set(scouts))
        bar = tqdm(total=count, desc="segmenting", unit="slice", disable=not progress)
        with bar, ThreadPoolExecutor(self.workers) as pool:
            seen = []
            for k, found in zip(scouts, pool.map(lambda k: self._probabilities(inputs[k], whole), scouts), strict=True):
                seen.append(found[Tissue.BACKGROUND])
                yield k, whole, found
                bar.update()
            window = _spine_window(seen)
            for k, found in zip(
                others, pool.map(lambda k: self._probabilities(inputs[k], window), others), strict=True
            ):
                yield k, window, found
                bar.update()

    def _probabilities(self, image: Floats, window: Window) -> Floats:
        logits = self.network(np.ascontiguousarray(image[None, :, window[0], window[1]]))[0]
        powers = np.exp(logits - logits.max(0))
        return np.asarray(powers / powers.sum(0), np.float32)


def _spine_window(background: list[Floats]) -> Window:
    """The rows and columns, with a margin, where any of the scouted slices shows more than background; all if none does."""
    seen = np.min(background, axis=0) < 0.5
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


def _on_pixels(probabilities: Floats, window: Window, back: tuple[Floats, Floats]) -> tuple[Window, Floats]:
    """The rows and columns of the series that a window tells of, and the (6, rows, columns) probabilities there."""
    rows, columns = (_covered(weights, span) for weights, span in zip(back, window, strict=True))
    return (rows, columns), resample(probabilities, back[0][rows, window[0]], back[1][columns, window[1]])


def _covered(weights: Floats, window: slice) -> slice:
    """The pixels of the series that draw on nothing outside the window."""
    inside = weights[:, window].sum(1) > 0.999
    where = np.nonzero(inside)[0]
    return slice(int(where[0]), int(where[-1]) + 1) if len(where) else slice(0, 0)
