"""Two series of one patient: what the network said of one, as it lies beside the slices of the other."""

import numpy as np
import pytest
from numpy.typing import NDArray

from service.anatomy.blending import SliceProbabilities, blended
from service.anatomy.model import Anatomy
from service.anatomy.network import ModelRecord
from service.anatomy.preprocess import PIXEL_MM
from service.anatomy.segmenter import Segmenter
from service.anatomy.tissue import Tissue
from service.anatomy.together import WEIGHT, SeriesProbabilities, beside, moved, network_grid
from service.study.geometry import Geometry
from service.study.model import Series

Move = tuple[float, float, float]
SIZE = 64


def geometry(slices: int = 5, slice_mm: float = 4.0, origin: Move = (0, 0, 0), tilt: float = 0.0) -> Geometry:
    """A sagittal grid of ``PIXEL_MM``, ``tilt`` radians about the long axis."""
    turn = np.array([[np.cos(tilt), -np.sin(tilt), 0], [np.sin(tilt), np.cos(tilt), 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]]) @ np.diag([slice_mm, PIXEL_MM, PIXEL_MM])
    affine[:3, 3] = origin
    return Geometry(affine, (slices, SIZE, SIZE))


def said(row: float = 20, column: float = 20) -> SliceProbabilities:
    """A body of 16 by 20 pixels, surely, with its first corner here; its borders fall off over a pixel."""
    values = np.zeros((len(Tissue), SIZE, SIZE), np.float32)
    r, c = np.arange(SIZE), np.arange(SIZE)
    inside = np.clip(8.5 - np.abs(r - row - 8), 0, 1)[:, None] * np.clip(10.5 - np.abs(c - column - 10), 0, 1)[None]
    values[Tissue.BODY], values[Tissue.BACKGROUND] = inside, 1 - inside
    return SliceProbabilities((slice(0, SIZE), slice(0, SIZE)), values)


def series(grid: Geometry, row: float = 20, column: float = 20) -> SeriesProbabilities:
    return SeriesProbabilities("other", grid, {k: said(row, column) for k in range(grid.shape[0])})


def test_a_slice_in_the_same_plane_has_a_say_and_one_four_mm_away_none() -> None:
    own = geometry()
    found = beside(own, {1: said(), 2: said()}, series(geometry()))
    assert found is not None
    ((weight, other),) = found.voices(2)
    assert weight == WEIGHT
    assert np.allclose(other.values, said().values)


def test_planes_half_way_between_weigh_less_and_both_sides_are_heard() -> None:
    found = beside(geometry(), {2: said()}, series(geometry(origin=(2.0, 0, 0))))
    assert found is not None
    weights = [weight for weight, _ in found.voices(2)]
    assert len(weights) == 2
    assert max(weights) < WEIGHT
    assert weights[0] == pytest.approx(weights[1])


def test_thin_slices_beside_thick_ones_are_heard_within_reach() -> None:
    found = beside(geometry(3, 4.0), {1: said()}, series(geometry(9, 1.0)))
    assert found is not None
    assert len(found.voices(1)) == 7
    assert max(found.voices(1), key=lambda voice: voice[0])[0] == WEIGHT


@pytest.mark.parametrize("origin", [(0.0, 3.0, 0.0), (0.0, 0.0, -5.25), (0.0, 1.1, 2.3)])
def test_another_origin_is_the_same_place_in_the_patient(origin: Move) -> None:
    rows, columns = origin[2] / PIXEL_MM, -origin[1] / PIXEL_MM
    found = beside(geometry(), {2: said()}, series(geometry(origin=origin), 20 + rows, 20 + columns))
    assert found is not None
    assert found.shift == pytest.approx((rows, columns), abs=1e-6)
    ((_, other),) = found.voices(2)
    assert np.abs(_on_grid(other) - said().values)[:, 10:50, 10:50].max() < 0.3


def test_a_patient_who_moved_in_the_plane_is_followed() -> None:
    found = beside(geometry(), {2: said()}, series(geometry(), 22, 17))
    assert found is not None
    assert found.shift == (2, -3)
    ((_, other),) = found.voices(2)
    assert np.allclose(_on_grid(other)[Tissue.BODY, 10:50, 10:50], said().values[Tissue.BODY, 10:50, 10:50])


@pytest.mark.parametrize(
    "other",
    [
        series(geometry(tilt=0.1)),
        series(geometry(), 40, 20),
        SeriesProbabilities("empty", geometry(), {}),
    ],
    ids=["other planes", "moved far", "nothing read"],
)
def test_what_does_not_lie_on_the_same_spine_has_no_say(other: SeriesProbabilities) -> None:
    assert beside(geometry(), {2: said()}, other) is None


def test_what_was_not_read_has_no_say() -> None:
    window = (slice(10, 30), slice(12, 40))
    cut = SliceProbabilities(window, said().values[:, *window])
    told = blended(said(), [(1.0, moved(cut, (12.0, 0.0)))])
    assert told.shape == said().values.shape
    assert np.allclose(told[:, 20:], said().values[:, 20:])
    assert not np.allclose(told[:, :18], said().values[:, :18])


@pytest.mark.parametrize("spacing", [(4.0, 0.4, 0.9), (4.0, 1.3, 0.75)])
def test_the_networks_grid_shares_its_middle_with_the_series(spacing: Move) -> None:
    affine = np.eye(4)
    affine[:3, :3] = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]]) @ np.diag(spacing)
    given = Geometry(affine, (3, 100, 90))
    grid = network_grid(given)
    assert grid.spacing == pytest.approx([4.0, PIXEL_MM, PIXEL_MM])
    middles = [g.to_patient((np.array(g.shape) - 1) / 2) for g in (given, grid)]
    assert middles[0] == pytest.approx(middles[1])


class OneShadesTheOther:
    """A toy network: bright is body, mid-tones are body for all it can tell (a probability of 0.55)."""

    def __call__(self, slices: NDArray[np.float32]) -> NDArray[np.float32]:
        p = np.select([slices[0, 1] > 2.5, slices[0, 1] > 0.5], [0.99, 0.55], 0.01)
        values = np.full((1, len(Tissue), *p.shape), 1e-6, np.float32)
        values[0, Tissue.BODY], values[0, Tissue.BACKGROUND] = p, 1 - p
        return np.log(values)


def test_the_first_series_is_read_together_and_the_other_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.anatomy.segmenter.refuse_if_flipped", lambda *_: None)
    monkeypatch.setattr("service.anatomy.segmenter.name_structures", as_one_body)
    grid = geometry()
    clear, vague = (np.zeros(grid.shape, np.float32) for _ in range(2))
    clear[:, 20:36, 20:40] = vague[:, 20:36, 20:40] = 100
    vague[:, 36:38, 20:40] = 50
    both = [Series(name, pixels, grid) for name, pixels in (("t2", vague), ("t1", clear))]
    segmenter = Segmenter(OneShadesTheOther(), ModelRecord("toy", "0", "0" * 64, "none", "CPUExecutionProvider"))
    together, other = segmenter.segment_study(both)
    alone = segmenter.segment(both[0])
    assert alone.labels[2, 36, 30] == Tissue.BODY
    assert together.labels[2, 36, 30] == Tissue.BACKGROUND
    assert (together.read_with, other.read_with, alone.read_with) == (("t1",), (), ())


def as_one_body(series: Series, tissue: NDArray[np.uint8], certainty: NDArray[np.float16]) -> Anatomy:
    assert certainty.shape == tissue.shape
    return Anatomy(series, tissue, tissue > 0, (), 1.0)


def _on_grid(found: SliceProbabilities) -> NDArray[np.float32]:
    values = np.zeros((len(Tissue), SIZE, SIZE), np.float32)
    here = values[:, *found.window]
    here[:] = found.values[:, : here.shape[1], : here.shape[2]]
    return values
