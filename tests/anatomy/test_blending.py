import numpy as np
import pytest

from service.anatomy.blending import SliceProbabilities, blended, neighbours, shares


def read(certain: float, window: tuple[slice, slice] = (slice(0, 4), slice(0, 4))) -> SliceProbabilities:
    """Two classes, the second with this probability everywhere in the window."""
    size = [s.stop - s.start for s in window]
    values = np.empty((2, *size), np.float32)
    values[0], values[1] = 1 - certain, certain
    return SliceProbabilities(window, values)


def told_of(found: dict[int, SliceProbabilities], k: int, near: list[float]) -> np.ndarray:
    return blended(found[k], neighbours(found, k, near))


@pytest.mark.parametrize("slice_mm", [4.0, 4.4, 12.0])
def test_thick_slices_share_nothing(slice_mm: float) -> None:
    found = {0: read(1), 1: read(0), 2: read(1)}
    assert shares(slice_mm) == []
    assert np.array_equal(told_of(found, 1, shares(slice_mm)), found[1].values)


def test_nearer_slices_weigh_more_and_thinner_ones_reach_further() -> None:
    near, far = shares(1.0), shares(2.0)
    assert len(near) > len(far) > 0
    assert near == sorted(near, reverse=True)
    assert near[1] == pytest.approx(far[0]), "two millimetres are two millimetres"


def test_one_doubtful_slice_is_outvoted_and_probabilities_stay_so() -> None:
    found = {k: read(0.45 if k == 2 else 0.9) for k in range(5)}
    told = told_of(found, 2, shares(2.0))
    assert told[1].min() > 0.5
    assert np.allclose(told.sum(0), 1, atol=1e-3)


def test_slices_at_either_end_have_neighbours_on_one_side() -> None:
    found = {0: read(0.2), 1: read(0.8)}
    (share,) = shares(2.5)
    assert told_of(found, 0, [share])[1] == pytest.approx(np.full((4, 4), (0.2 + share * 0.8) / (1 + share)), abs=1e-3)


def test_only_where_a_neighbour_was_read_it_has_a_say() -> None:
    whole, window = (slice(0, 6), slice(0, 6)), (slice(2, 4), slice(1, 5))
    found = {0: read(0.0, whole), 1: read(1.0, window)}
    told = told_of(found, 0, [0.5])[1]
    assert told[2:4, 1:5] == pytest.approx(np.full((2, 4), 0.5 / 1.5), abs=1e-3)
    outside = np.ones((6, 6), bool)
    outside[window] = False
    assert not told[outside].any()
    assert told_of(found, 1, [0.5])[1] == pytest.approx(np.full((2, 4), 1 / 1.5), abs=1e-3)
