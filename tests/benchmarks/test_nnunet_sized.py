"""The network that ours is timed against has the size and the windows of nnU-Net's plan."""

import numpy as np
import onnx

from benchmarks.nnunet_sized import PATCH, corners, model, parameters


def test_it_has_the_usual_number_of_parameters_and_is_a_valid_model() -> None:
    network = model()
    onnx.checker.check_model(network)
    assert 29e6 < parameters(network) < 32e6


def test_its_patches_cover_the_volume_and_overlap_by_at_least_half() -> None:
    shape = (15, 448, 448)
    seen = np.zeros(shape, int)
    for corner in corners(shape):
        seen[tuple(slice(c, c + p) for c, p in zip(corner, PATCH, strict=True))] += 1
    assert seen.min() >= 1
    steps = [sorted({corner[axis] for corner in corners((40, 900, 900))}) for axis in range(3)]
    assert all(np.diff(starts).max() <= patch / 2 + 1 for starts, patch in zip(steps, PATCH, strict=True))


def test_a_volume_as_large_as_a_patch_takes_one() -> None:
    assert corners(PATCH) == [(0, 0, 0)]
