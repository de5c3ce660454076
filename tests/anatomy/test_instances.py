"""Naming structures on columns of boxes: what the network may get wrong, one fault at a time."""

from dataclasses import replace

import numpy as np
import pytest

from service.anatomy.instances import name_structures
from service.anatomy.levels import COUNTED
from service.anatomy.model import Anatomy
from service.anatomy.tissue import Tissue
from service.errors import UnsupportedStudyError
from service.study.geometry import Geometry
from service.study.model import Series
from tests.anatomy.stack import HEIGHT, Built, Stack, build, frame


@pytest.fixture(scope="module")
def spine() -> Built:
    return build(Stack())


def named(built: Built, tissue: np.ndarray | None = None) -> Anatomy:
    return name_structures(built.series, built.tissue if tissue is None else tissue, built.certainty)


def labels_of(anatomy: Anatomy, kind: str) -> list[int]:
    return [s.label for s in anatomy.structures if s.kind == kind]


def test_names_a_clean_column_from_the_sacrum_up(spine: Built) -> None:
    anatomy = named(spine)
    assert labels_of(anatomy, "vertebra") == [1, 2, 3, 4, 5, 6]
    assert labels_of(anatomy, "disc") == [201, 202, 203, 204, 205, 206]
    assert [s.name for s in anatomy.of("sacrum")] == ["S1"]
    assert anatomy.numbering_confidence == pytest.approx(0.9)
    assert anatomy.warnings == (COUNTED,)


def test_gives_every_voxel_of_a_clean_column_its_label(spine: Built) -> None:
    anatomy = named(spine)
    wrong = anatomy.labels != spine.labels
    assert wrong.sum() < 0.01 * (spine.labels > 0).sum()
    assert not wrong[np.isin(spine.tissue, (Tissue.BODY, Tissue.DISC, Tissue.CANAL, Tissue.SACRUM))].any()


def test_bodies_are_vertebrae_without_their_posterior_elements(spine: Built) -> None:
    assert np.array_equal(named(spine).bodies, spine.tissue == Tissue.BODY)


def test_debris_far_from_the_spine_is_dropped(spine: Built) -> None:
    tissue = spine.tissue.copy()
    tissue[5:8, 20:40, 2:14] = Tissue.BODY
    tissue[5:8, 210:217, 125:136] = Tissue.DISC
    anatomy = named(spine, tissue)
    assert labels_of(anatomy, "vertebra") == [1, 2, 3, 4, 5, 6]
    assert not anatomy.labels[5:8, 20:40, 2:14].any()
    assert not anatomy.labels[5:8, 210:217, 125:136].any()


def test_a_missed_disc_leaves_the_count_right_and_warns(spine: Built) -> None:
    tissue = spine.tissue.copy()
    tissue[spine.labels == 203] = Tissue.BACKGROUND
    anatomy = named(spine, tissue)
    assert labels_of(anatomy, "vertebra") == [1, 2, 3, 4, 5, 6]
    assert labels_of(anatomy, "disc") == [201, 202, 204, 205, 206]
    assert any("no disc was seen" in w for w in anatomy.warnings)
    assert anatomy.numbering_confidence < 0.9


def test_bodies_fused_over_a_missed_disc_are_cut_between(spine: Built) -> None:
    tissue = spine.tissue.copy()
    tissue[spine.labels == 203] = Tissue.BODY
    anatomy = named(spine, tissue)
    assert labels_of(anatomy, "vertebra") == [1, 2, 3, 4, 5, 6]
    for label in (2, 3):
        assert (anatomy.labels == label)[spine.labels == label].mean() > 0.9


def test_a_body_in_two_pieces_is_one_vertebra(spine: Built) -> None:
    tissue = spine.tissue.copy()
    middle = spine.series.geometry.to_index(spine.boxes[4].centre)
    gap = slice(int(middle[2]) - 2, int(middle[2]) + 2)
    tissue[:, int(middle[1]) - 20 : int(middle[1]) + 20, gap] = Tissue.BACKGROUND
    anatomy = named(spine, tissue)
    assert labels_of(anatomy, "vertebra") == [1, 2, 3, 4, 5, 6]


def test_a_disc_in_two_pieces_is_one_level(spine: Built) -> None:
    tissue = spine.tissue.copy()
    columns = np.argwhere(spine.labels == 204)[:, 2]
    cut = np.zeros(tissue.shape, bool)
    cut[..., int(np.median(columns)) - 3 : int(np.median(columns)) + 3] = True
    tissue[cut & (spine.labels == 204)] = Tissue.BACKGROUND
    assert labels_of(named(spine, tissue), "disc") == [201, 202, 203, 204, 205, 206]


def test_bodies_that_touch_in_front_of_a_disc_stay_two(spine: Built) -> None:
    tissue = spine.tissue.copy()
    columns = np.argwhere(spine.labels == 203)[:, 2]
    bridge = np.zeros(tissue.shape, bool)
    bridge[..., : int(columns.min()) + 5] = True
    tissue[bridge & (spine.labels == 203)] = Tissue.BODY
    anatomy = named(spine, tissue)
    assert labels_of(anatomy, "vertebra") == [1, 2, 3, 4, 5, 6]
    assert (anatomy.labels == 3)[spine.labels == 3].mean() > 0.97


def test_a_body_the_network_missed_is_counted_and_warned_of(spine: Built) -> None:
    tissue = spine.tissue.copy()
    tissue[(spine.labels == 3) & (tissue == Tissue.BODY)] = Tissue.BACKGROUND
    anatomy = named(spine, tissue)
    assert labels_of(anatomy, "disc") == [201, 202, 203, 204, 205, 206]
    assert labels_of(anatomy, "vertebra") == [1, 2, 3, 4, 5, 6]
    assert np.array_equal(anatomy.labels[spine.tissue == Tissue.DISC], spine.labels[spine.tissue == Tissue.DISC])
    assert (anatomy.labels == 3)[(spine.labels == 3) & (tissue == Tissue.POSTERIOR)].mean() > 0.9
    assert any("was not segmented" in w for w in anatomy.warnings)


def test_without_a_sacrum_the_lowest_disc_is_taken_for_l5_s1_and_said_so() -> None:
    built = build(Stack(sacrum=False))
    anatomy = named(built)
    assert labels_of(anatomy, "disc")[0] == 201
    assert any("sacrum was not recognised" in w for w in anatomy.warnings)
    assert anatomy.numbering_confidence < 0.9


def test_a_sacrum_taken_for_a_body_is_still_s1(spine: Built) -> None:
    tissue = spine.tissue.copy()
    tissue[tissue == Tissue.SACRUM] = Tissue.BODY
    anatomy = named(spine, tissue)
    assert labels_of(anatomy, "vertebra") == [1, 2, 3, 4, 5, 6]
    assert labels_of(anatomy, "sacrum") == [26]
    assert np.array_equal(anatomy.labels == 26, spine.labels == 26)
    assert anatomy.numbering_confidence < 0.9


def test_a_rudimentary_disc_below_s1_is_left_out_of_the_count(spine: Built) -> None:
    tissue = spine.tissue.copy()
    axes = frame(0, Stack().sacral_slope)
    points = spine.series.geometry.to_patient(np.stack(np.indices(tissue.shape), axis=-1))
    local = np.abs((points + axes[:, 2] * (HEIGHT + 3)) @ axes)
    below = (local < [14, 9, 2.5]).all(axis=-1)
    tissue[below] = Tissue.DISC
    anatomy = named(spine, tissue)
    assert labels_of(anatomy, "disc") == [201, 202, 203, 204, 205, 206]
    assert np.array_equal(anatomy.labels == 201, spine.labels == 201)
    assert any("S1-S2" in w for w in anatomy.warnings)


def test_a_vertebra_cut_by_the_upper_edge_is_partial() -> None:
    built = build(Stack(rows=225))
    anatomy = named(built)
    top = anatomy.of("vertebra")[-1]
    assert top.partial
    assert top.label > 100
    assert not any(s.partial for s in anatomy.of("vertebra")[:-1])


def test_a_field_of_view_that_ends_above_the_sacrum_lowers_the_confidence() -> None:
    whole = build(Stack(sacral_slope=12.0))
    last = int(np.argwhere(whole.labels == 202)[:, 1].min())
    rows = slice(0, last - 4)
    geometry = whole.series.geometry
    cut = Series("series-1", whole.series.pixels[:, rows], Geometry(geometry.affine, (15, last - 4, 140)))
    anatomy = name_structures(cut, whole.tissue[:, rows], whole.certainty[:, rows])
    assert any("outside" in w for w in anatomy.warnings)
    assert anatomy.numbering_confidence < 0.5


def test_a_single_slice_is_enough_for_names() -> None:
    built = build(Stack(slices=1))
    anatomy = named(built)
    assert labels_of(anatomy, "vertebra") == [1, 2, 3, 4, 5, 6]
    assert labels_of(anatomy, "disc") == [201, 202, 203, 204, 205, 206]


def test_thin_slices_and_a_curve_to_the_side_are_named_alike() -> None:
    built = build(Stack(slices=45, spacing=(1.6, 1.0, 1.0), rows=290, columns=140, coronal=(8, 4, -6, -12, -6, 0)))
    anatomy = named(built)
    assert labels_of(anatomy, "vertebra") == [1, 2, 3, 4, 5, 6]
    assert (anatomy.labels == built.labels)[built.tissue == Tissue.BODY].mean() > 0.99


def test_refuses_an_empty_mask(spine: Built) -> None:
    with pytest.raises(UnsupportedStudyError) as refused:
        named(spine, np.zeros_like(spine.tissue))
    assert refused.value.code == "not_a_lumbar_spine"


def test_refuses_vertebrae_of_cervical_size() -> None:
    built = build(Stack(scale=0.5, slices=9))
    with pytest.raises(UnsupportedStudyError) as refused:
        named(built)
    assert refused.value.code == "not_a_lumbar_spine"


def test_refuses_pixels_of_twice_their_size() -> None:
    built = build(Stack(slices=1))
    affine = built.series.geometry.affine @ np.diag([1.0, 1.8, 1.8, 1.0])
    series = replace(built.series, geometry=Geometry(affine, built.series.pixels.shape))
    with pytest.raises(UnsupportedStudyError, match="pixel spacing is wrong"):
        name_structures(series, built.tissue, built.certainty)


def test_takes_a_slice_beside_the_midline_where_the_bodies_are_short_but_far_apart() -> None:
    built = build(Stack(slices=1))
    tissue = np.zeros_like(built.tissue)
    for label in (*range(1, 7), *range(201, 207)):
        body = (built.labels == label) & np.isin(built.tissue, (Tissue.BODY, Tissue.DISC))
        first = np.argmax(body.any((0, 1)))
        body[:, :, first + 20 :] = False
        tissue[body] = built.tissue[body]
    anatomy = name_structures(built.series, tissue, built.certainty)
    assert labels_of(anatomy, "disc") == [201, 202, 203, 204, 205, 206]
    assert labels_of(anatomy, "vertebra")[:5] == [1, 2, 3, 4, 5]


def test_refuses_two_parts_of_a_column(spine: Built) -> None:
    tissue = np.where(np.isin(spine.labels, (1, 202)), spine.tissue, 0).astype(np.uint8)
    with pytest.raises(UnsupportedStudyError) as refused:
        named(spine, tissue)
    assert refused.value.code == "not_a_lumbar_spine"


@pytest.mark.parametrize("axis", [1, 2])
def test_refuses_an_image_on_its_head_or_mirrored(spine: Built, axis: int) -> None:
    with pytest.raises(UnsupportedStudyError) as refused:
        named(spine, np.ascontiguousarray(np.flip(spine.tissue, axis)))
    assert refused.value.code == "wrong_orientation"


def test_refuses_an_image_that_lies_on_its_side(spine: Built) -> None:
    geometry = Geometry(spine.series.geometry.affine, (15, 290, 290))
    tissue = np.zeros(geometry.shape, np.uint8)
    tissue[:, :140] = np.transpose(spine.tissue, (0, 2, 1))
    series = Series("series-1", np.zeros(geometry.shape, np.float32), geometry)
    with pytest.raises(UnsupportedStudyError) as refused:
        name_structures(series, tissue, np.ones(tissue.shape, np.float32))
    assert refused.value.code == "wrong_orientation"


def test_confidence_of_a_structure_follows_the_networks_certainty(spine: Built) -> None:
    certainty = spine.certainty.copy()
    certainty[spine.labels == 204] = 0.5
    anatomy = name_structures(spine.series, spine.tissue, certainty)
    sure = {s.label: s.confidence for s in anatomy.structures}
    assert sure[204] < 0.5 < sure[203]


def test_refuses_arrays_that_do_not_fit(spine: Built) -> None:
    with pytest.raises(ValueError, match="must agree"):
        name_structures(spine.series, spine.tissue[:-1], spine.certainty)


def test_a_stray_disc_below_the_sacrum_does_not_shift_the_count() -> None:
    built = build(Stack(sacrum=False))
    tissue = built.tissue.copy()
    index = built.series.geometry.to_index([0.0, 12.0, -36.0]).astype(int)
    tissue[5:10, index[1] - 3 : index[1] + 3, index[2] - 9 : index[2] + 9] = Tissue.DISC
    anatomy = named(built, tissue)
    assert np.array_equal(anatomy.labels == 201, built.labels == 201)
    assert labels_of(anatomy, "vertebra") == [1, 2, 3, 4, 5, 6]
