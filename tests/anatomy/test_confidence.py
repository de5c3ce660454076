"""Confidence of an outline from the network's certainty."""

import numpy as np
import pytest

from service.anatomy.confidence import confidence_of

MASK = np.zeros((3, 12, 12), bool)
MASK[:, 2:10, 2:10] = True


def test_full_certainty_is_full_confidence() -> None:
    assert confidence_of(MASK, np.ones(MASK.shape, np.float32)) == pytest.approx(1.0)


def test_it_falls_with_certainty() -> None:
    values = [confidence_of(MASK, np.full(MASK.shape, c, np.float16)) for c in (0.99, 0.9, 0.7, 0.5)]
    assert values == sorted(values, reverse=True)
    assert 0 <= values[-1] < 0.2


def test_a_doubtful_boundary_counts_more_than_a_doubtful_middle() -> None:
    inner = np.zeros(MASK.shape, bool)
    inner[:, 3:9, 3:9] = True
    middle, rim = np.ones(MASK.shape), np.ones(MASK.shape)
    middle[:, 4:9, 3:9][MASK[:, 4:9, 3:9]] = 0.7
    rim[MASK & ~inner] = 0.7
    assert confidence_of(MASK, rim) < confidence_of(MASK, middle)


def test_an_empty_mask_has_none() -> None:
    assert confidence_of(MASK & False, np.ones(MASK.shape)) == 0.0
