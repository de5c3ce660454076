import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from service.anatomy.levels import MESSAGE
from service.anatomy.network import MANIFEST, ModelRecord
from service.anatomy.preprocess import PIXEL_MM, STRIDE
from service.anatomy.segmenter import COARSER, MARGIN_MM, Segmenter, _span
from service.anatomy.tissue import Tissue
from service.anatomy.together import network_grid
from service.errors import ConfigurationError
from service.phantom import Acquisition, PhantomParameters, simulate
from service.settings import Settings
from service.study.geometry import Geometry
from service.study.model import Series

Floats = NDArray[np.float32]
RECORD = ModelRecord("toy", "0", "0" * 64, "none", "CPUExecutionProvider")


class BrightIsBody:
    """A toy network: whatever is more than half as bright as the block, in the middle channel, is vertebral body. Remembers the sizes that it read."""

    def __init__(self) -> None:
        self.sizes: list[tuple[int, ...]] = []

    def __call__(self, slices: Floats) -> Floats:
        assert all(n % STRIDE == 0 for n in slices.shape[2:])
        self.sizes.append(slices.shape[2:])
        logits = np.zeros((1, len(Tissue), *slices.shape[2:]), np.float32)
        logits[0, Tissue.BACKGROUND] = 10
        logits[0, Tissue.BODY] = 10 + 20 * (slices[0, 1] - 2)
        return logits


def block(slices: int, spacing: tuple[float, float, float]) -> Series:
    """A bright block of 60 by 24 mm in a dark field of 180 by 150 mm."""
    rows, columns = round(180 / spacing[1]), round(150 / spacing[2])
    pixels = np.zeros((slices, rows, columns), np.float32)
    r, c = (np.abs((np.arange(n) - (n - 1) / 2) * s) for n, s in ((rows, spacing[1]), (columns, spacing[2])))
    pixels[:, (r < 30)[:, None] & (c < 12)[None]] = 100
    affine = np.diag([*spacing, 1.0])
    return Series("series-1", pixels, Geometry(affine, (slices, rows, columns)))


def test_classes_return_on_the_grid_of_the_series_at_any_pixel_size() -> None:
    for spacing in ((4.0, 0.4, 0.4), (4.0, 0.75, 0.75), (4.0, 1.0, 0.6)):
        series = block(2, spacing)
        tissue, certainty = Segmenter(BrightIsBody(), RECORD).classify(series)
        assert tissue.shape == certainty.shape == series.pixels.shape
        area = float((tissue[0] == Tissue.BODY).sum()) * spacing[1] * spacing[2]
        assert abs(area - 60 * 24) < 60, f"{area} mm² at {spacing}"
        middle = tuple(n // 2 for n in series.pixels.shape[1:])
        assert tissue[0][middle] == Tissue.BODY
        assert certainty[0][middle] > 0.9


def test_slices_are_read_around_what_three_coarse_looks_show_and_nothing_is_lost() -> None:
    network = BrightIsBody()
    series = block(9, (4.0, PIXEL_MM, PIXEL_MM))
    tissue, _ = Segmenter(network, RECORD).classify(series)
    whole = network_grid(series.geometry).shape[1:]
    looks, reads = network.sizes[:3], network.sizes[3:]
    assert len(reads) == 9
    assert all(coarse - STRIDE < n / COARSER <= coarse for look in looks for coarse, n in zip(look, whole, strict=True))
    assert all(read < n for size in reads for read, n in zip(size, whole, strict=True))
    assert len({int((t == Tissue.BODY).sum()) for t in tissue}) == 1


def test_a_slice_whose_spine_runs_out_of_the_window_is_read_whole() -> None:
    network = BrightIsBody()
    series = block(9, (4.0, PIXEL_MM, PIXEL_MM))
    series.pixels[8] = np.roll(series.pixels[8], 40, axis=0)
    tissue, _ = Segmenter(network, RECORD).classify(series)
    assert network.sizes.count(network_grid(series.geometry).shape[1:]) == 1
    assert len({int((t == Tissue.BODY).sum()) for t in tissue}) == 1


@pytest.mark.parametrize("slices", [1, 2, 3])
def test_few_slices_are_read_whole(slices: int) -> None:
    network = BrightIsBody()
    series = block(slices, (4.0, PIXEL_MM, PIXEL_MM))
    Segmenter(network, RECORD).classify(series)
    assert network.sizes == [network_grid(series.geometry).shape[1:]] * slices


@pytest.mark.parametrize(("axis", "part"), [(1, -1), (1, 1), (2, -1), (2, 1)])
def test_the_window_stays_within_the_image_and_holds_what_lies_at_its_edge(axis: int, part: int) -> None:
    network = BrightIsBody()
    series = block(4, (4.0, PIXEL_MM, PIXEL_MM))
    beyond = np.flatnonzero((series.pixels > 50).any(axis=(0, 3 - axis)))[0]
    series.pixels[:] = np.roll(series.pixels, part * int(beyond - 2), axis=axis)
    tissue, _ = Segmenter(network, RECORD).classify(series)
    whole = network_grid(series.geometry).shape[1:]
    assert all(read < n for size in network.sizes[3:] for read, n in zip(size, whole, strict=True))
    assert (tissue == Tissue.BODY).sum() == pytest.approx((series.pixels > 50).sum(), rel=0.1)


@pytest.mark.parametrize("size", [16, 48, 240])
def test_a_span_holds_what_was_seen_with_its_margin_in_whole_strides(size: int) -> None:
    margin = int(MARGIN_MM / PIXEL_MM)
    for first in range(0, size, 3):
        for last in range(first, size, 5):
            seen = np.zeros(size, bool)
            seen[[first, last]] = True
            span = _span(seen)
            assert (span.stop - span.start) % STRIDE == 0
            assert 0 <= span.start <= max(0, first - margin)
            assert min(size, last + 1 + margin) <= span.stop <= size


def test_where_coarse_looks_show_but_a_splinter_all_is_read() -> None:
    series = block(4, (4.0, PIXEL_MM, PIXEL_MM))
    series.pixels[:, : series.pixels.shape[1] // 2] = 0
    network = BrightIsBody()
    Segmenter(network, RECORD).classify(series)
    assert network.sizes[3:] == [network_grid(series.geometry).shape[1:]] * 4


def test_any_number_of_workers_sees_the_same() -> None:
    series = block(9, (4.0, 0.5, 0.5))
    one, three = (Segmenter(BrightIsBody(), RECORD, workers).classify(series) for workers in (1, 3))
    assert all(np.array_equal(a, b) for a, b in zip(one, three, strict=True))


def test_an_empty_series_is_background_everywhere() -> None:
    series = block(3, (4.0, 1.0, 1.0))
    empty = Series("series-1", np.zeros_like(series.pixels), series.geometry)
    tissue, _ = Segmenter(BrightIsBody(), RECORD).classify(empty)
    assert not tissue.any()


def test_a_model_made_for_pixels_of_another_size_is_refused(tmp_path: Path) -> None:
    shipped = Settings().models
    manifest = json.loads((shipped / MANIFEST).read_text())
    shutil.copy(shipped / manifest["models"]["segmenter"]["file"], tmp_path)
    manifest["models"]["segmenter"]["input"]["pixel_mm"] = 0.5
    (tmp_path / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(ConfigurationError, match=r"0.5 mm") as caught:
        Segmenter.load(tmp_path)
    assert caught.value.code == "model_input"


def test_what_is_drawn_in_a_void_is_not_believed_and_makes_the_count_unsure() -> None:
    """The network draws a disc on the noise where metal took the signal of it and of the edges of its two vertebrae."""
    acquisition = Acquisition(
        rows=288, columns=192, row_spacing_mm=1, column_spacing_mm=1, slices=3, slice_spacing_mm=4.4, weightings=("T2",)
    )
    phantom = simulate(PhantomParameters(seed=3, acquisition=acquisition))
    series, labels = phantom.series["T2"], phantom.truth["T2"].labels
    points = series.geometry.to_patient(np.moveaxis(np.indices(labels.shape), 0, -1))
    away = points - points[labels == 203].mean(0)
    void = np.hypot(away[..., 1], away[..., 2]) < 18
    noise = np.abs(np.random.default_rng(0).normal(0, 0.015 * np.percentile(series.pixels, 99), labels.shape))
    segmenter = Segmenter.load(Settings().models)
    for hidden in (False, True):
        pixels = np.where(void & hidden, noise, series.pixels).astype(np.float32)
        anatomy = segmenter.segment(replace(series, pixels=pixels))
        assert (anatomy.labels[labels == 203] == 203).mean() > 0.2, "drawn all the same"
        assert [s.label for s in anatomy.structures if s.confidence == 0] == [203] * hidden
        assert (MESSAGE["signal_void"] in anatomy.warnings) == hidden
        assert (anatomy.numbering_confidence < 0.5) == hidden
