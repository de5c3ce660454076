from itertools import permutations, product

import numpy as np

from service.study.canonical import reordered, restored


def test_restored_undoes_reordered() -> None:
    volume = np.arange(24).reshape(2, 3, 4)
    for order, flip in product(permutations(range(3)), product([False, True], repeat=3)):
        np.testing.assert_array_equal(restored(reordered(volume, order, flip), order, flip), volume)


def test_axes_are_exchanged_before_they_are_reversed() -> None:
    volume = np.arange(24).reshape(2, 3, 4)
    moved = reordered(volume, (2, 0, 1), (True, False, False))
    assert moved.shape == (4, 2, 3)
    assert moved[0, 1, 2] == volume[1, 2, 3]
