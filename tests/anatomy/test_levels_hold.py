"""Whatever a spine looks like and whatever was missed: no level twice, no gap unsaid, what is cut is partial, doubt is said."""

import numpy as np
import pytest
from scipy import ndimage

from service.anatomy.instances import name_structures
from service.anatomy.levels import BASE_CONFIDENCE, COUNTED, MESSAGE
from service.anatomy.model import DISC, PARTIAL, Anatomy
from service.anatomy.tissue import Tissue
from service.study.geometry import Geometry
from service.study.model import Series
from tests.anatomy.stack import HEIGHT, Built, Stack, build
from tests.phantom.small import CLEAN, changed, simulated

SLICES = 7


@pytest.fixture(scope="module")
def spine() -> Built:
    return build(Stack(slices=SLICES, spacing=(6.0, 1.0, 1.0)))


def named(tissue: np.ndarray, geometry: Geometry) -> Anatomy:
    """Named, and held to what must always be so."""
    series = Series("series-1", np.zeros(tissue.shape, np.float32), geometry)
    anatomy = name_structures(series, tissue, np.full(tissue.shape, 0.95, np.float32))
    vertebrae = [s.label % PARTIAL for s in anatomy.of("vertebra")]
    discs = [s.label for s in anatomy.of("disc")]
    assert len(set(vertebrae)) == len(vertebrae), "no vertebra twice"
    doubts = [warning for warning in anatomy.warnings if warning != COUNTED]
    whole = vertebrae == list(range(1, len(vertebrae) + 1)) and discs == list(range(201, 201 + len(discs)))
    assert whole or doubts, "no gap without a word"
    assert (anatomy.numbering_confidence < BASE_CONFIDENCE) == bool(doubts)
    for structure in anatomy.of("vertebra"):
        rows = np.nonzero(((anatomy.labels == structure.label) & anatomy.bodies).any((0, 2)))[0]
        if len(rows):
            assert structure.partial == (rows[0] <= 1 or rows[-1] >= tissue.shape[1] - 2), structure.name
    return anatomy


def levels(anatomy: Anatomy) -> list[int]:
    return [s.label for s in anatomy.of("vertebra")]


def cut(built: Built, rows: slice) -> tuple[np.ndarray, Geometry]:
    """The same spine in a field of view of these rows."""
    affine = built.series.geometry.affine.copy()
    affine[:3, 3] = built.series.geometry.to_patient((0, rows.start, 0))
    tissue = np.ascontiguousarray(built.tissue[:, rows])
    return tissue, Geometry(affine, (tissue.shape[0], tissue.shape[1], tissue.shape[2]))


def without(built: Built, *labels: int, by: Tissue = Tissue.BACKGROUND) -> np.ndarray:
    return np.where(np.isin(built.labels, labels), by, built.tissue).astype(np.uint8)


def heights_in(built: Built, label: int) -> np.ndarray:
    """Of every voxel (slices, rows, columns) how many mm it lies above the centre of a body."""
    points = built.series.geometry.to_patient(np.stack(np.indices(built.tissue.shape), -1))
    return np.asarray(built.boxes[label].local(points)[..., 2])


@pytest.mark.parametrize("vertebrae", [3, 4, 5, 7])
def test_any_number_of_vertebrae_is_counted_from_the_sacrum(vertebrae: int) -> None:
    built = build(Stack(vertebrae=vertebrae, slices=SLICES, spacing=(6.0, 1.0, 1.0), rows=330))
    assert levels(named(built.tissue, built.series.geometry)) == list(range(1, vertebrae + 1))


@pytest.mark.parametrize("lumbar", [4, 6])
def test_a_phantom_of_four_or_six_lumbar_vertebrae_is_counted_from_below_and_says_that_it_cannot_know(
    lumbar: int,
) -> None:
    phantom = simulated(changed(CLEAN, lumbar_vertebrae=lumbar))
    anatomy = named(phantom.tissue, phantom.series["T2"].geometry)
    assert levels(anatomy) == [s.label for s in phantom.truth["T2"].of("vertebra")]
    assert COUNTED in anatomy.warnings


@pytest.mark.parametrize("first", range(4, 154, 15))
def test_wherever_the_upper_edge_cuts(spine: Built, first: int) -> None:
    anatomy = named(*cut(spine, slice(first, 290)))
    rows = slice(first, 290)
    inside = (spine.tissue[:, rows] == Tissue.BODY) & (anatomy.labels > 0)
    assert (anatomy.labels[inside] % PARTIAL == spine.labels[:, rows][inside]).mean() > 0.99


@pytest.mark.parametrize("padding", [0, 40])
@pytest.mark.parametrize("side", ["front", "back", "top", "bottom"])
def test_what_any_edge_cuts_is_partial_padded_or_not(spine: Built, side: str, padding: int) -> None:
    bodies = spine.tissue == Tissue.BODY
    rows, columns = (np.nonzero(bodies & (spine.labels == n))[k] for n, k in ((6, 1), (3, 2)))
    low, last = np.nonzero(bodies & (spine.labels == 1))[1], int(np.nonzero(bodies)[2].max())
    seen = {
        "front": np.s_[:, :, int(columns.min()) + 5 :],
        "back": np.s_[:, :, : last - 4],
        "top": np.s_[:, int(rows.min()) + 10 :],
        "bottom": np.s_[:, : int(low.max()) - 9],
    }[side]
    shown = np.zeros(bodies.shape, bool)
    shown[seen] = True
    lost = {int(n) for n in np.unique(spine.labels[bodies & ~shown])}
    tissue = np.pad(spine.tissue[seen], [(0, 0), (padding,) * 2, (padding,) * 2])
    pixels = np.pad(np.random.default_rng(0).random(spine.tissue[seen].shape), [(0, 0), (padding,) * 2, (padding,) * 2])
    affine = spine.series.geometry.affine.copy()
    affine[:3, 3] = spine.series.geometry.to_patient(np.argwhere(shown)[0] - [0, padding, padding])
    series = Series("series-1", pixels.astype(np.float32), Geometry(affine, tissue.shape))
    anatomy = name_structures(series, tissue, np.full(tissue.shape, 0.95, np.float32))
    partial = {s.label % PARTIAL for s in anatomy.of("vertebra") if s.partial}
    assert lost <= partial
    assert len(partial) < 6
    assert (MESSAGE["bottom_cut"] in anatomy.warnings) == (side == "bottom")


@pytest.mark.parametrize("last", range(150, 290, 15))
def test_wherever_the_lower_edge_cuts(spine: Built, last: int) -> None:
    anatomy = named(*cut(spine, slice(0, last)))
    if last < 215:
        assert MESSAGE["bottom_cut"] in anatomy.warnings
        assert anatomy.numbering_confidence < 0.5


@pytest.mark.parametrize("label", [201, 202, 204])
@pytest.mark.parametrize("by", [Tissue.BACKGROUND, Tissue.BODY])
def test_a_disc_missed_or_fused(spine: Built, label: int, by: Tissue) -> None:
    anatomy = named(without(spine, label, by=by), spine.series.geometry)
    assert levels(anatomy) == [1, 2, 3, 4, 5, 6]
    assert MESSAGE["disc_missing"] in anatomy.warnings


def test_two_neighbouring_discs_missed(spine: Built) -> None:
    assert levels(named(without(spine, 202, 203), spine.series.geometry)) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("label", [201, 203])
def test_a_collapsed_disc_is_a_disc(spine: Built, label: int) -> None:
    rows = np.nonzero((spine.labels == label).any((0, 2)))[0]
    tissue = without(spine, label)
    thin = (spine.labels == label) & (np.abs(np.arange(290) - np.median(rows)) <= 1)[:, None]
    tissue[thin] = Tissue.DISC
    anatomy = named(tissue, spine.series.geometry)
    assert [s.label for s in anatomy.of("disc")] == [201, 202, 203, 204, 205, 206]
    assert anatomy.warnings == (COUNTED,)


@pytest.mark.parametrize("by", [Tissue.BACKGROUND, Tissue.DISC])
@pytest.mark.parametrize("mm", [4, 7, 10])
@pytest.mark.parametrize("label", [1, 3, 5])
def test_a_body_cleft_across_is_one_and_a_disc_within_it_is_said(spine: Built, label: int, mm: int, by: Tissue) -> None:
    across = np.abs(heights_in(spine, label)) < mm / 2
    tissue = np.where(across & (spine.labels == label) & (spine.tissue == Tissue.BODY), by, spine.tissue)
    anatomy = named(tissue.astype(np.uint8), spine.series.geometry)
    assert levels(anatomy) == [1, 2, 3, 4, 5, 6]
    assert (anatomy.labels == spine.labels)[tissue == spine.tissue].mean() > 0.999
    assert (MESSAGE["body_cleft"] in anatomy.warnings) == (by is Tissue.DISC)


@pytest.mark.parametrize("left", [0.6, 0.8])
def test_two_collapsed_neighbours_are_two(spine: Built, left: float) -> None:
    tissue = spine.tissue.copy()
    for label in (3, 4):
        lost = np.abs(heights_in(spine, label)) > left * HEIGHT / 2
        tissue[lost & (spine.labels == label) & (tissue == Tissue.BODY)] = Tissue.BACKGROUND
    anatomy = named(tissue, spine.series.geometry)
    assert levels(anatomy) == [1, 2, 3, 4, 5, 6]
    assert anatomy.warnings == (COUNTED,)


@pytest.mark.parametrize("mm", [6.0, 12.0])
def test_a_slipped_vertebra(mm: float) -> None:
    built = build(Stack(slices=SLICES, spacing=(6.0, 1.0, 1.0), slip=(0, mm)))
    anatomy = named(built.tissue, built.series.geometry)
    assert levels(anatomy) == [1, 2, 3, 4, 5, 6]
    assert (anatomy.labels == built.labels)[built.tissue == Tissue.BODY].mean() > 0.99


def test_a_scoliosis() -> None:
    built = build(Stack(slices=29, spacing=(2.4, 1.0, 1.0), coronal=(14, 6, -8, -16, -8, 0)))
    anatomy = named(built.tissue, built.series.geometry)
    assert levels(anatomy) == [1, 2, 3, 4, 5, 6]
    assert (anatomy.labels == built.labels)[built.tissue == Tissue.BODY].mean() > 0.98


@pytest.mark.parametrize("radius", [14.0, 25.0])
@pytest.mark.parametrize("level", [1, 3])
def test_a_void_of_metal(spine: Built, level: int, radius: float) -> None:
    points = spine.series.geometry.to_patient(np.stack(np.indices(spine.tissue.shape), -1))
    void = np.linalg.norm((points - spine.boxes[level].centre)[..., 1:], axis=-1) < radius
    anatomy = named(np.where(void, 0, spine.tissue).astype(np.uint8), spine.series.geometry)
    for label in (203, 205, 206):
        left = (spine.labels == label) & ~void
        assert (anatomy.labels[left] == label).mean() > 0.9 if left.any() else True
    hidden = {MESSAGE["body_missing"], MESSAGE["vertebra_unseen"]} & set(anatomy.warnings)
    assert bool(hidden) == (radius > 20)


def test_three_vertebrae_in_view_are_counted_and_doubted(spine: Built) -> None:
    shown = cut(spine, slice(40, 135))
    anatomy = named(*shown)
    assert 2 <= len(anatomy.of("vertebra")) <= 4
    assert anatomy.numbering_confidence < 0.5


@pytest.mark.parametrize("seed", range(4))
def test_pieces_all_over_the_place(spine: Built, seed: int) -> None:
    rng = np.random.default_rng(seed)
    tissue = spine.tissue.copy()
    for _ in range(8):
        corner, size = rng.integers(0, tissue.shape), rng.integers(2, [4, 14, 14])
        place = tuple(slice(c, c + n) for c, n in zip(corner, size, strict=True))
        tissue[place] = rng.choice([Tissue.BODY, Tissue.DISC, Tissue.SACRUM])
    assert levels(named(tissue, spine.series.geometry)) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("step", [3, 5])
def test_scraps_of_body_beside_the_sacrum_move_no_level(spine: Built, step: int) -> None:
    tissue, sacrum = spine.tissue.copy(), spine.labels == 26
    top, columns = np.nonzero(sacrum)[1].min(), np.nonzero(sacrum)[2]
    for side in (0, SLICES - 1):
        scraps = tissue[side, top - 4 : top + 18, columns.min() : columns.max() : step]
        scraps[scraps != Tissue.DISC] = Tissue.BODY
    assert levels(named(tissue, spine.series.geometry)) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("half", [True, False])
def test_a_fifth_vertebra_called_sacrum_is_lumbar_for_it_stands_on_a_disc(spine: Built, half: bool) -> None:
    tissue = spine.tissue.copy()
    body = (spine.labels == 1) & (tissue == Tissue.BODY)
    front = np.arange(tissue.shape[2]) < np.median(np.nonzero(body)[2])
    tissue[body & ~(front & half)] = Tissue.SACRUM
    anatomy = named(tissue, spine.series.geometry)
    assert levels(anatomy) == [1, 2, 3, 4, 5, 6]
    assert (anatomy.labels == 1)[body].mean() > 0.98
    assert np.array_equal(anatomy.labels == 26, spine.labels == 26)
    assert MESSAGE["sacrum_conflict"] in anatomy.warnings


def test_a_fifth_vertebra_that_is_called_sacrum_with_its_disc_makes_the_count_unsure(spine: Built) -> None:
    gone = (spine.labels == 201) | ((spine.labels == 1) & (spine.tissue == Tissue.BODY))
    anatomy = named(np.where(gone, Tissue.SACRUM, spine.tissue).astype(np.uint8), spine.series.geometry)
    assert levels(anatomy) == [1, 2, 3, 4, 5], "one too low"
    assert MESSAGE["sacrum_conflict"] in anatomy.warnings


def test_a_second_sacral_body_outlined_apart_is_no_doubt() -> None:
    built = build(Stack(slices=SLICES, spacing=(6.0, 1.0, 1.0), sacral=2))
    points = built.series.geometry.to_patient(np.stack(np.indices(built.tissue.shape), -1))
    foot = built.boxes[0].local(points)[..., 2] + built.boxes[0].size[2] / 2
    between = (built.tissue == Tissue.SACRUM) & (np.abs(foot + 4) < 4)
    anatomy = named(np.where(between, 0, built.tissue).astype(np.uint8), built.series.geometry)
    assert levels(anatomy) == [1, 2, 3, 4, 5, 6]
    assert anatomy.warnings == (COUNTED,)


def test_a_second_sacral_body_under_a_remnant_of_a_disc_stays_sacrum(spine: Built) -> None:
    tissue, first = spine.tissue.copy(), spine.boxes[0]
    points = spine.series.geometry.to_patient(np.stack(np.indices(tissue.shape), -1))
    local = (points - first.centre) @ first.axes
    remnant = (np.abs(local + [0, 0, first.size[2] / 2 + 2]) < [14, 8, 1.5]).all(-1)
    second = (np.abs(local + [0, 0, first.size[2] + 4]) < first.size / 2 - [0, 3, 0]).all(-1)
    tissue[second & (tissue == 0)] = Tissue.SACRUM
    tissue[remnant] = Tissue.DISC
    anatomy = named(tissue, spine.series.geometry)
    assert levels(anatomy) == [1, 2, 3, 4, 5, 6]
    assert np.array_equal(anatomy.labels == 201, spine.labels == 201)
    assert (anatomy.labels == 26)[spine.labels == 26].all()


def test_a_sliver_of_a_disc_at_the_edge_of_the_image_is_none(spine: Built) -> None:
    top = int(np.nonzero((spine.labels == 6).any((0, 2)))[0][0]) + 8
    tissue, geometry = cut(spine, slice(top, 290))
    upper = np.nonzero(tissue[:, 0] == Tissue.BODY)
    tissue[upper[0], 0, upper[1]] = Tissue.DISC
    anatomy = named(tissue, geometry)
    assert [s.label for s in anatomy.of("disc")] == [201, 202, 203, 204, 205, 206]
    assert levels(anatomy) == [1, 2, 3, 4, 5, 106]


@pytest.mark.parametrize(("label", "doubted"), [(201, True), (26, True), (203, False)])
def test_an_unsure_base_makes_the_count_unsure(spine: Built, label: int, doubted: bool) -> None:
    certainty = np.where(spine.labels == label, 0.4, 0.98).astype(np.float32)
    anatomy = name_structures(spine.series, spine.tissue, certainty)
    assert (MESSAGE["base_unsure"] in anatomy.warnings) == doubted
    assert (anatomy.numbering_confidence < BASE_CONFIDENCE) == doubted


@pytest.mark.parametrize(("label", "doubted"), [(26, True), (202, True), (4, True), (206, True), (6, False)])
def test_a_structure_without_signal_makes_the_count_unsure_unless_it_is_the_highest(
    spine: Built, label: int, doubted: bool
) -> None:
    noise = np.random.default_rng(0).random(spine.labels.shape)
    void = spine.labels == label
    if label > DISC:  # a disc that is dark by itself may be worn
        void = ndimage.binary_dilation(void, np.ones((1, 3, 3), bool), iterations=4)
    pixels = (np.where(void, 0, 100) + noise).astype(np.float32)
    pixels[:, :, :10] = 0
    series = Series("series-1", pixels, spine.series.geometry)
    anatomy = name_structures(series, spine.tissue, spine.certainty)
    assert [s.label for s in anatomy.structures if s.confidence == 0] == [label]
    assert (MESSAGE["signal_void"] in anatomy.warnings) == doubted
    assert (anatomy.numbering_confidence < BASE_CONFIDENCE) == doubted
