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
from service.anatomy.together import SeriesProbabilities, beside, moved, network_grid
from service.errors import UnsupportedStudyError
from service.study.geometry import Geometry
from service.study.model import Series

Move = tuple[float, float, float]
RECORD = ModelRecord("toy", "0", "0" * 64, "none", "CPUExecutionProvider")
SIZE = 64


def geometry(slices: int = 5, slice_mm: float = 4.0, origin: Move = (0, 0, 0), tilt: float = 0.0) -> Geometry:
    """A sagittal grid of ``PIXEL_MM``, ``tilt`` radians about the long axis."""
    turn = np.array([[np.cos(tilt), -np.sin(tilt), 0], [np.sin(tilt), np.cos(tilt), 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]]) @ np.diag([slice_mm, PIXEL_MM, PIXEL_MM])
    affine[:3, 3] = origin
    return Geometry(affine, (slices, SIZE, SIZE))


def said(row: float = 20, column: float = 20, height: float = 8) -> SliceProbabilities:
    """A body of twice this height by 20 pixels, surely, with its first corner here; its borders fall off over a pixel."""
    values = np.zeros((len(Tissue), SIZE, SIZE), np.float32)
    r, c = np.arange(SIZE), np.arange(SIZE)
    inside = (
        np.clip(height + 0.5 - np.abs(r - row - height), 0, 1)[:, None]
        * np.clip(10.5 - np.abs(c - column - 10), 0, 1)[None]
    )
    values[Tissue.BODY], values[Tissue.BACKGROUND] = inside, 1 - inside
    return SliceProbabilities((slice(0, SIZE), slice(0, SIZE)), values)


def series(grid: Geometry, row: float = 20, column: float = 20) -> SeriesProbabilities:
    return SeriesProbabilities("other", grid, {k: said(row, column) for k in range(grid.shape[0])})


def test_a_slice_in_the_same_plane_has_a_say_and_one_four_mm_away_none() -> None:
    found = beside(geometry(), {1: said(), 2: said()}, series(geometry()))
    assert found is not None
    ((weight, other),) = found.voices(2, 0.5)
    assert weight == 0.5
    assert np.allclose(other.values, said().values, atol=1e-3)


def test_planes_half_way_between_weigh_less_and_both_sides_are_heard() -> None:
    found = beside(geometry(), {2: said()}, series(geometry(origin=(2.0, 0, 0))))
    assert found is not None
    weights = [weight for weight, _ in found.voices(2)]
    assert len(weights) == 2
    assert sum(weights) < 1
    assert weights[0] == pytest.approx(weights[1])


@pytest.mark.parametrize("slice_mm", [0.5, 1.0, 2.0])
def test_thin_slices_beside_thick_ones_weigh_no_more_together_than_a_thick_one(slice_mm: float) -> None:
    found = beside(geometry(3, 4.0), {1: said()}, series(geometry(round(8 / slice_mm) + 1, slice_mm)))
    assert found is not None
    voices = found.voices(1, 0.5)
    assert len(voices) > 2
    assert sum(weight for weight, _ in voices) == pytest.approx(0.5)


@pytest.mark.parametrize("origin", [(0.0, 4 * PIXEL_MM, 0.0), (0.0, 0.0, -7 * PIXEL_MM), (0.0, 1.1, 2.3)])
def test_another_origin_is_the_same_place_in_the_patient(origin: Move) -> None:
    rows, columns = origin[2] / PIXEL_MM, -origin[1] / PIXEL_MM
    found = beside(geometry(), {2: said()}, series(geometry(origin=origin), 20 + rows, 20 + columns))
    assert found is not None
    ((_, other),) = found.voices(2)
    assert np.abs(_on_grid(other) - said().values)[:, 10:50, 10:50].max() < 0.3
    assert np.abs(_on_grid(other) - said().values)[:, 10:50, 10:50].mean() < 0.01


@pytest.mark.parametrize("move", [(2, -3), (0, 4), (-3, 0)])
def test_a_patient_who_moved_in_the_plane_is_followed(move: tuple[int, int]) -> None:
    found = beside(geometry(), {2: said()}, series(geometry(), 20 + move[0], 20 + move[1]))
    assert found is not None
    ((_, other),) = found.voices(2)
    there = _on_grid(other)[Tissue.BODY, 10:50, 10:50]
    assert np.allclose(there, said().values[Tissue.BODY, 10:50, 10:50], atol=1e-3)


@pytest.mark.parametrize(
    "other",
    [
        series(geometry(tilt=0.1)),
        series(geometry(), 25, 20),
        series(geometry(), 24, 24),
        series(geometry(), 40, 20),
        series(geometry(origin=(0, 0, 60))),
        series(geometry(origin=(0, -60, 0))),
        SeriesProbabilities("empty", geometry(), {}),
    ],
    ids=["other planes", "moved", "moved aslant", "moved far", "another station", "beside the patient", "nothing read"],
)
def test_what_does_not_lie_on_the_same_spine_has_no_say(other: SeriesProbabilities) -> None:
    assert beside(geometry(), {2: said()}, other) is None


def test_bodies_of_another_shape_are_not_blended() -> None:
    larger = SeriesProbabilities("other", geometry(), {k: said(height=12) for k in range(5)})
    assert beside(geometry(), {2: said()}, larger) is None


def test_a_body_that_the_other_does_not_reach_counts_for_nothing() -> None:
    both = said().values.copy()
    both[:, 44:60, 20:40] = said().values[:, 20:36, 20:40]
    own = SliceProbabilities(said().window, both)
    short = SliceProbabilities((slice(0, 42), slice(0, SIZE)), both[:, :42])
    found = beside(geometry(), {2: own}, SeriesProbabilities("other", geometry(), dict.fromkeys(range(5), short)))
    assert found is not None
    ((_, other),) = found.voices(2)
    assert other.window[0].stop == 42


def test_what_was_not_read_has_no_say() -> None:
    window = (slice(10, 30), slice(12, 40))
    cut = SliceProbabilities(window, said().values[:, *window])
    told = blended(said(), [(1.0, moved(cut, (12.0, 0.0)))])
    assert told.shape == said().values.shape
    assert np.allclose(told[:, 20:], said().values[:, 20:])
    assert not np.allclose(told[:, :18], said().values[:, :18])


@pytest.mark.parametrize("precision", [np.float16, np.float32])
def test_what_is_moved_keeps_its_precision(precision: type) -> None:
    held = SliceProbabilities(said().window, said().values.astype(precision))
    for shift in ((0.0, 0.0), (1.4, -2.0)):
        assert moved(held, shift).values.dtype == precision


def test_what_is_moved_wholly_off_the_grid_is_empty() -> None:
    for shift in ((100.0, 0.0), (0.5, 200.0)):
        away = moved(said(), shift)
        assert not away.values.size
        assert np.array_equal(blended(said(), [(1.0, away)]), said().values)


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


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """No look at flips, and no names."""
    monkeypatch.setattr("service.anatomy.segmenter.refuse_if_flipped", lambda *_: None)
    monkeypatch.setattr("service.anatomy.segmenter.name_structures", as_one_body)


def block(name: str, grid: Geometry, rows: int = 16, vague: tuple[int, int] = (0, 0)) -> Series:
    pixels = np.zeros(grid.shape, np.float32)
    pixels[:, 20 : 20 + rows, 20:40] = 100
    pixels[:, 20 + rows : 22 + rows, slice(*vague)] = 50
    return Series(name, pixels, grid)


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize("slice_mm", [4.0, 1.0])
@pytest.mark.parametrize("workers", [1, 3])
def test_the_first_series_is_read_together_and_the_others_by_themselves(slice_mm: float, workers: int) -> None:
    grid = geometry(5, slice_mm)
    t2, t1, stir = block("t2", grid, vague=(20, 40)), block("t1", grid), block("stir", grid, vague=(20, 30))
    segmenter = Segmenter(OneShadesTheOther(), RECORD, workers)
    together, *others = segmenter.segment_study([t2, t1, stir])
    alone = [segmenter.segment(one) for one in (t2, t1, stir)]
    left, right = (2, 36, 24), (2, 36, 36)
    assert alone[0].labels[left] == alone[0].labels[right] == Tissue.BODY
    assert together.labels[right] == Tissue.BACKGROUND, "neither of the others sees a body here"
    assert together.read_with == ("t1", "stir")
    for one, by_itself in zip(others, alone[1:], strict=True):
        assert np.array_equal(one.labels, by_itself.labels)
        assert one.read_with == by_itself.read_with == ()
    assert segmenter.segment_study([t2, stir])[0].labels[left] == Tissue.BODY


@pytest.mark.usefixtures("plain")
def test_the_others_do_not_outvote_what_the_first_is_sure_of() -> None:
    grid = geometry(5, 4.0)
    thin = [block(f"thin {k}", geometry(17, 1.0)) for k in range(2)]
    found = Segmenter(OneShadesTheOther(), RECORD).segment_study([block("t2", grid, 18), *thin])
    assert found[0].read_with == ("thin 0", "thin 1")
    assert found[0].labels[2, 36, 30] == Tissue.BODY


@pytest.mark.parametrize("refused", ["t1", "t2", "both"])
def test_a_series_that_cannot_be_read_is_left_out_by_name(monkeypatch: pytest.MonkeyPatch, refused: str) -> None:
    def refuse(series: Series, *_: object) -> None:
        if refused in (series.id, "both"):
            raise UnsupportedStudyError("upside down", code="wrong_orientation")

    monkeypatch.setattr("service.anatomy.segmenter.refuse_if_flipped", refuse)
    monkeypatch.setattr("service.anatomy.segmenter.name_structures", as_one_body)
    pair, segmenter = [block("t2", geometry()), block("t1", geometry())], Segmenter(OneShadesTheOther(), RECORD)
    if refused == "both":
        with pytest.raises(UnsupportedStudyError, match="upside down"):
            segmenter.segment_study(pair)
        return
    (anatomy,) = segmenter.segment_study(pair)
    assert {anatomy.series.id, refused} == {"t1", "t2"}
    assert f"({refused}) was left out: upside down" in anatomy.warnings[0]


def as_one_body(series: Series, tissue: NDArray[np.uint8], certainty: NDArray[np.float16]) -> Anatomy:
    assert certainty.shape == tissue.shape
    return Anatomy(series, tissue, tissue > 0, (), 1.0)


def _on_grid(found: SliceProbabilities) -> NDArray[np.float32]:
    values = np.zeros((len(Tissue), SIZE, SIZE), np.float32)
    here = values[:, *found.window]
    here[:] = found.values[:, : here.shape[1], : here.shape[2]]
    return values
