import numpy as np
import pytest

from service.evaluation.compare import Score, compare, compare_classes
from service.evaluation.label_map import classes_of
from service.study.geometry import Geometry

GRID = Geometry(np.diag([4.0, 1, 1, 1]), (5, 60, 20))


def spine(partial: bool = False) -> np.ndarray:
    """L5 to L3 (or a cut-off L3) with their discs and a canal."""
    labels = np.zeros(GRID.shape, np.uint8)
    for label in (1, 2, 3):
        bottom = 50 - 14 * (label - 1)
        labels[:, bottom - 10 : bottom, 2:12] = label + (100 if partial and label == 3 else 0)
        labels[:, bottom : bottom + 4, 2:12] = 200 + label
    labels[1:4, 5:55, 14:18] = 100
    return labels


def one(scores: tuple[Score, ...], label: int, status: str = "scored") -> Score:
    (found,) = [s for s in scores if s.label == label and s.status == status]
    return found


def test_a_mask_is_its_own_perfect_prediction() -> None:
    scores = compare(spine(), spine(), GRID, {1: 0.9})
    assert [s.label for s in scores] == [1, 2, 3, 100, 201, 202, 203]
    assert {(s.dice, s.surface_mm, s.status) for s in scores} == {(1.0, 0.0, "scored")}
    assert one(scores, 1).confidence == 0.9
    assert (one(scores, 203).name, one(scores, 203).named_right) == ("L3-L4", True)
    assert one(scores, 100).named_right is None


def test_a_shifted_vertebra_is_measured_exactly() -> None:
    predicted = spine()
    predicted[predicted == 2] = 0
    predicted[:, 27:37, 2:12] = 2
    assert one(compare(spine(), predicted, GRID), 2).dice == pytest.approx(0.9)


def test_a_missed_structure_counts_zero() -> None:
    predicted = np.where(spine() == 202, 0, spine()).astype(np.uint8)
    missed = one(compare(spine(), predicted, GRID), 202, "missed")
    assert (missed.dice, missed.surface_mm, missed.predicted_label, missed.named_right) == (0.0, None, None, False)
    assert missed.counts


def test_another_kind_in_its_place_is_no_match() -> None:
    predicted = np.where(spine() == 202, 2, spine()).astype(np.uint8)
    assert one(compare(spine(), predicted, GRID), 202, "missed").predicted_label is None


def test_swapped_names_are_told_and_cost_no_overlap() -> None:
    predicted = spine()
    predicted[spine() == 1], predicted[spine() == 2] = 2, 1
    scores = compare(spine(), predicted, GRID)
    assert [(s.dice, s.named_right) for s in scores[:3]] == [(1.0, False), (1.0, False), (1.0, True)]
    assert one(scores, 1).predicted_label == 2
    assert {s.named_right for s in compare(spine(), predicted, GRID, named=False)} == {None}


def test_a_partial_vertebra_is_left_out_whether_it_is_found_or_not() -> None:
    without = np.where(spine(partial=True) == 103, 0, spine(partial=True)).astype(np.uint8)
    for predicted in (spine(partial=True), spine(), without):
        scores = compare(spine(partial=True), predicted, GRID)
        assert not one(scores, 103, "partial").counts
        assert all(s.status != "extra" for s in scores)
        assert {s.dice for s in scores if s.counts} == {1.0}


def test_a_whole_vertebra_called_partial_is_matched_and_named_right() -> None:
    found = one(compare(spine(), spine(partial=True), GRID), 3)
    assert (found.predicted_label, found.dice, found.named_right) == (103, 1.0, True)


def test_what_is_predicted_beyond_the_mask_is_extra() -> None:
    predicted = spine()
    predicted[:, 2:6, 2:12], predicted[:, 56:59, 2:6], predicted[:, 0, 0] = 4, 26, 105
    scores = compare(spine(), predicted, GRID, {4: 0.4})
    (extra,) = [s for s in scores if s.status == "extra"]
    assert (extra.kind, extra.name, extra.confidence, extra.dice) == ("vertebra", "L2", 0.4, None)


def test_a_kind_that_was_not_drawn_is_not_compared() -> None:
    drawn = np.where(spine() < 26, spine(), 0).astype(np.uint8)
    assert {s.kind for s in compare(drawn, spine(), GRID)} == {"vertebra"}


def test_the_sacrum_is_a_kind_of_its_own() -> None:
    truth = spine()
    truth[:, 56:59, 2:6] = 26
    found = one(compare(truth, truth, GRID), 26)
    assert (found.kind, found.name, found.named_right) == ("sacrum", "S1", None)


def test_classes_are_compared_as_wholes() -> None:
    truth, predicted = classes_of(spine(partial=True)), spine()
    predicted[predicted == 3], predicted[predicted == 100] = 0, 0
    predicted[:, 56:59, 2:6] = 26
    scores = compare_classes(truth, classes_of(predicted), GRID)
    assert [(s.kind, s.status) for s in scores] == [("vertebra", "scored"), ("disc", "scored"), ("canal", "missed")]
    assert [s.dice for s in scores] == [pytest.approx(0.8), 1.0, 0.0]


def test_the_lowest_three_vertebrae_are_of_one_class() -> None:
    lowest = np.where(spine() < 4, spine(), 0).astype(np.uint8)
    assert np.array_equal(classes_of(lowest), lowest > 0)
