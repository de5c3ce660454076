"""Series → Anatomy: the network over every slice, then named structures."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from tqdm import tqdm

from service.anatomy.blending import SliceProbabilities, Window, blended, neighbours, shares
from service.anatomy.instances import name_structures
from service.anatomy.model import Anatomy
from service.anatomy.network import ModelRecord, Network
from service.anatomy.orientation import refuse_if_flipped
from service.anatomy.preprocess import (
    PIXEL_MM,
    STRIDE,
    coarser,
    interpolation,
    normalise,
    resample,
    with_neighbours,
)
from service.anatomy.tissue import Tissue
from service.anatomy.together import WEIGHT, Beside, SeriesProbabilities, beside, network_grid
from service.errors import ConfigurationError, UnsupportedStudyError
from service.runtime import Provider
from service.study.model import Series

MODEL: dict[Provider, str] = {"cpu": "segmenter", "cuda": "segmenter-float32"}
"""The network in 8 bits for processors, in 32 for graphics cards: the same weights."""
COARSER = 2
"""Where there are more than three slices, three are first looked at in pixels this many times as large, a quarter of the work each, to see
where the spine is. Fewer are read whole: where a slice only grazes the spine, a coarse look misses half of it."""
LEAST_SEEN_MM = 50.0
"""Less than this of a spine from head to feet, not two vertebrae, is no place to read around: all is read then. Provenance: expert."""
MARGIN_MM = 14.0
"""All slices are then read within this distance of the spine that those show."""
NEAR_MM = 6.0
"""A slice that shows the spine nearer than this to the border of that window is read again, whole."""

_SPECK: NDArray[np.bool_] = np.ones((5, 5), bool)
"""What this does not fit into decides no window; nor does a piece apart that lies wholly outside the window, such as the tip of a process."""

Floats = NDArray[np.float32]


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
        """Load the segmentation model of a folder with a manifest.

        Raises:
            ConfigurationError: as ``Network.load``, or the model was made for pixels of another size than it would be given.
        """
        network = Network.load(models, MODEL[provider], provider=provider, threads=1)
        if network.pixel_mm not in (None, PIXEL_MM):
            raise ConfigurationError(
                f"the segmenter in {models} reads pixels of {network.pixel_mm} mm, and this version prepares them at {PIXEL_MM} mm: "
                "use the model that came with it, or train and export it anew",
                code="model_input",
            )
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
        return self._segment(series, (), keep=False, progress=progress)[0]

    def segment_study(self, series: Sequence[Series], *, progress: bool = False) -> tuple[Anatomy, ...]:
        """Segment the sagittal series of one examination: the first together with the others (``together.py``), those by themselves.

        One that shows no lumbar spine, or stands otherwise than its header says, is left out, and the first says so.

        Raises:
            UnsupportedStudyError: as ``segment``, of the first where none can be read.
        """
        read: list[tuple[Anatomy, SeriesProbabilities]] = []
        first: list[Anatomy] = []
        left_out: list[str] = []
        for one in (*series[1:], series[0]):
            last = one is series[0]
            said = [said for _, said in read] if last else []
            try:
                anatomy, own = self._segment(one, said, keep=not last, progress=progress)
            except UnsupportedStudyError as error:
                if last and not read:
                    raise
                left_out.append(f"{one.weighting} ({one.id}) was left out: {error.detail}")
                continue
            if last:
                first.append(anatomy)
            else:
                read.append((anatomy, own))
        anatomy, *others = (*first, *(other for other, _ in read))
        return (replace(anatomy, warnings=(*left_out, *anatomy.warnings)), *others)

    def _segment(
        self, series: Series, others: Sequence[SeriesProbabilities], *, keep: bool, progress: bool
    ) -> tuple[Anatomy, SeriesProbabilities]:
        found = self._classify(series, others, keep=keep, progress=progress)
        refuse_if_flipped(series, found.tissue, found.certainty, self.classify)
        anatomy = name_structures(series, found.tissue, found.certainty)
        return replace(anatomy, read_with=found.read_with), found.said

    def classify(self, series: Series) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
        """The likeliest tissue of every voxel and its probability, both (slices, rows, columns) on the series' own grid."""
        found = self._classify(series, (), keep=False, progress=False)
        return found.tissue, found.certainty

    def _classify(
        self, series: Series, others: Sequence[SeriesProbabilities], *, keep: bool, progress: bool
    ) -> "_Classified":
        """Each worker reads slices of its own, which keeps the cores busier than sharing the work within one slice.

        What was said of slices that share nothing with each other is let go as they are done, unless another series wants it (``keep``).
        """
        _, height, width = series.pixels.shape
        slice_mm, row_mm, column_mm = series.geometry.spacing
        grid = network_grid(series.geometry)
        sizes = grid.shape[1:]
        rows = interpolation(height, row_mm, sizes[0], PIXEL_MM)
        columns = interpolation(width, column_mm, sizes[1], PIXEL_MM)
        inputs = with_neighbours(resample(normalise(series.pixels), rows, columns))
        back = (
            interpolation(sizes[0], PIXEL_MM, height, row_mm),
            interpolation(sizes[1], PIXEL_MM, width, column_mm),
        )
        near = shares(slice_mm)
        tissue = np.zeros(series.pixels.shape, np.uint8)
        certainty = np.ones(series.pixels.shape, np.float16)
        bar = tqdm(total=len(inputs), desc="segmenting", unit="slice", disable=not progress)
        found: dict[int, SliceProbabilities] = {}
        scouts = sorted({n * len(inputs) // 4 for n in (1, 2, 3)})
        heard: list[Beside] = []

        def finish(k: int) -> None:
            voices = neighbours(found, k, near)
            own = 1 + sum(weight for weight, _ in voices)
            voices += [voice for one in heard for voice in one.voices(k, own * WEIGHT / len(heard))]
            place, fine = _on_pixels(blended(found[k], voices), found[k].window, back)
            tissue[k][place], certainty[k][place] = fine.argmax(0), fine.max(0)
            bar.update()

        def read(k: int) -> None:
            if k not in found:
                found[k] = self._read(inputs[k], window)
            if near:
                found[k] = found[k].halved()
            else:
                # No neighbour is waited for: the slice comes back to its grid while the network reads another.
                finish(k)
                if not keep:
                    del found[k]

        with bar, ThreadPoolExecutor(self.workers) as pool:
            few = len(scouts) == len(inputs)
            window = _all_of(inputs[0]) if few else _spine_window([*pool.map(self._glance, inputs[scouts])])
            if others:
                found.update(zip(scouts, pool.map(lambda k: self._read(inputs[k], window), scouts), strict=True))
            heard += [one for other in others if (one := beside(grid, found, other))]
            list(pool.map(read, range(len(inputs))))
            list(pool.map(finish, range(len(inputs)) if near else ()))
        said = SeriesProbabilities(series.id, grid, found)
        return _Classified(tissue, certainty, said, tuple(one.series for one in heard))

    def _glance(self, image: Floats) -> Floats:
        """(rows, columns) probabilities of background in a slice, as large pixels show it."""
        coarse = coarser(image, COARSER)
        background = self._probabilities(coarse, _all_of(coarse))[Tissue.BACKGROUND]
        return np.asarray(background.repeat(COARSER, 0).repeat(COARSER, 1)[: image.shape[1], : image.shape[2]])

    def _read(self, image: Floats, window: Window) -> SliceProbabilities:
        """Read one slice within a window, or whole where the spine runs out of it."""
        whole = _all_of(image)
        found = self._probabilities(image, window)
        if _runs_out(found[Tissue.BACKGROUND], window, whole):
            window, found = whole, self._probabilities(image, whole)
        return SliceProbabilities(window, found)

    def _probabilities(self, image: Floats, window: Window) -> Floats:
        logits = self.network(np.ascontiguousarray(image[None, :, window[0], window[1]]))[0]
        powers = np.exp(logits - logits.max(0))
        return np.asarray(powers / powers.sum(0), np.float32)


@dataclass(frozen=True, eq=False)
class _Classified:
    """What ``classify`` returns, what the network itself said, and which other series had a say."""

    tissue: NDArray[np.uint8]
    certainty: NDArray[np.float16]
    said: SeriesProbabilities
    read_with: tuple[str, ...]


def _all_of(image: Floats) -> Window:
    return slice(0, image.shape[-2]), slice(0, image.shape[-1])


def _spine_window(background: list[NDArray[np.floating]]) -> Window:
    """The rows and columns, with a margin, where any of the scouted slices shows more than background; all if none shows enough."""
    seen = _seen(np.min(background, axis=0))
    if seen.any(1).sum() * PIXEL_MM < LEAST_SEEN_MM:
        return _all_of(background[0])
    return _span(np.asarray(seen.any(1))), _span(np.asarray(seen.any(0)))


def _seen(background: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Where a slice shows more than background, specks aside."""
    return np.asarray(ndimage.binary_opening(background < 0.5, _SPECK))


def _runs_out(background: Floats, window: Window, whole: Window) -> bool:
    """Whether something of the spine lies near a border of the window that is not the image's own."""
    seen, near = _seen(background), round(NEAR_MM / PIXEL_MM)
    cut = [(seen[:near], window[0].start > 0), (seen[-near:], window[0].stop < whole[0].stop)]
    cut += [(seen[:, :near], window[1].start > 0), (seen[:, -near:], window[1].stop < whole[1].stop)]
    return any(inside and bool(side.any()) for side, inside in cut)


def _span(seen: NDArray[np.bool_]) -> slice:
    """The range that holds all of what was seen and a margin, and is a multiple of the network's stride."""
    where = np.nonzero(seen)[0]
    if not len(where):
        return slice(0, len(seen))
    margin = int(MARGIN_MM / PIXEL_MM)
    start, stop = max(0, int(where[0]) - margin), min(len(seen), int(where[-1]) + 1 + margin)
    length = -(-(stop - start) // STRIDE) * STRIDE
    start = min(start, len(seen) - length)
    return slice(start, start + length)


def _on_pixels(probabilities: Floats, window: Window, back: tuple[Floats, Floats]) -> tuple[Window, Floats]:
    """The rows and columns of the series that a window tells of, and the (6, rows, columns) probabilities there."""
    rows, columns = (_covered(weights, span) for weights, span in zip(back, window, strict=True))
    return (rows, columns), resample(probabilities, back[0][rows, window[0]], back[1][columns, window[1]])


def _covered(weights: Floats, window: slice) -> slice:
    """The pixels of the series that draw on nothing outside the window."""
    inside = weights[:, window].sum(1) > 0.999
    where = np.nonzero(inside)[0]
    return slice(int(where[0]), int(where[-1]) + 1) if len(where) else slice(0, 0)
