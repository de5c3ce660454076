import pytest

from service.anatomy.model import Kind
from service.evaluation.compare import Score
from service.evaluation.reliability import reliability
from service.evaluation.run import ImageResult
from service.evaluation.summary import all_named_right, as_markdown, bootstrap, summarize


def score(
    dice: float, right: bool | None = True, confidence: float | None = None, kind: Kind = "vertebra", mm: float = 1.0
) -> Score:
    return Score(kind, 1, "L5", "scored", 1, dice, mm, right, confidence)


MISSED = Score("vertebra", 2, "L4", "missed", dice=0.0, named_right=False)
PARTIAL = Score("vertebra", 103, "L3", "partial", 3, 0.1, 9.0)
EXTRA = Score("vertebra", 4, "L2", "extra", 4, confidence=0.55)


def test_images_count_alike_and_missed_structures_count_zero() -> None:
    results = [
        ImageResult("1_t1", "1", (score(0.9), score(0.7, mm=2.0), PARTIAL)),
        ImageResult("2_t1", "2", (score(0.8), MISSED, EXTRA, score(0.5, None, kind="canal"))),
    ]
    vertebra, canal = summarize(results)
    assert vertebra.dice == pytest.approx((0.8 + 0.4) / 2)
    assert (vertebra.lowest, vertebra.lowest_image) == (0.4, "2_t1")
    assert vertebra.surface_mm == pytest.approx((1.5 + 1.0) / 2)
    assert (vertebra.structures, vertebra.missed, vertebra.extra, vertebra.images, vertebra.patients) == (4, 1, 1, 2, 2)
    assert (vertebra.named_right, canal.named_right, canal.images) == (0.5, None, 1)


def test_a_level_missed_or_named_wrongly_spoils_its_image() -> None:
    right, wrong = ImageResult("1", "1", (score(1), score(0.2, kind="disc"))), ImageResult("2", "2", (score(1, False),))
    missed, unnamed = ImageResult("3", "3", (score(1), MISSED)), ImageResult("4", "4", (score(1, None),))
    assert all_named_right([right, wrong, missed, unnamed]) == pytest.approx(1 / 3)
    assert all_named_right([unnamed]) is None


def test_the_interval_is_over_patients_not_images() -> None:
    values = [0.5, 0.9] * 10
    many = bootstrap([str(k) for k in range(20)], values)
    two = bootstrap(["a", "b"] * 10, values)
    assert two == pytest.approx((0.5, 0.9))
    assert 0.5 < many[0] < 0.7 < many[1] < 0.9
    assert bootstrap(["a"] * 3, [0.5, 0.6, 0.7]) == pytest.approx((0.6, 0.6))


def test_the_table_says_what_it_leaves_out() -> None:
    text = as_markdown([ImageResult("1_t1", "1", (score(0.9), PARTIAL, score(0.5, None, kind="sacrum")))])
    assert "| vertebra | 0.900 | 0.900–0.900 | 0.900 (1_t1) | 1.00 | 100.0% | 0 | 0 | 1 in 1 images" in text
    assert "1 partially visible vertebra." in text
    assert "SPIDER does not label the sacrum" in text


def test_calibration_error_weighs_bins_by_their_counts() -> None:
    scores = (score(0.8, confidence=0.92), score(1.0, confidence=1.0), EXTRA, score(0.3), PARTIAL)
    found = reliability([ImageResult("1", "1", scores)])
    assert found is not None
    assert [b.count for b in found.bins] == [0, 0, 0, 0, 0, 1, 0, 0, 0, 2]
    assert (found.bins[9].confidence, found.bins[9].dice) == (pytest.approx(0.96), pytest.approx(0.9))
    assert found.bins[5].dice == 0
    assert found.expected_calibration_error == pytest.approx((2 * 0.06 + 1 * 0.55) / 3)


def test_what_nobody_drew_says_nothing_of_the_confidence_where_masks_leave_structures_out() -> None:
    found = reliability([ImageResult("1", "1", (score(0.8, confidence=0.92), EXTRA))], all_drawn=False)
    assert found is not None
    assert found.expected_calibration_error == pytest.approx(0.12)


def test_without_stated_confidence_there_is_no_reliability() -> None:
    assert reliability([ImageResult("1", "1", (score(0.9),))]) is None
