from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is there for training alone")

from onnx_models.training.allowed import ANYTHING, BACKGROUND, BODY
from onnx_models.training.augment import _bend, _beside, crop, prepare
from onnx_models.training.sources import Case


def case() -> Case:
    """A bright body in a dark field, 5 slices of 160 x 160 pixels of 0.75 mm."""
    image = np.zeros((5, 160, 160), np.float32)
    image[:, 60:100, 60:100] = 100
    allowed = np.where(image > 0, BODY, BACKGROUND).astype(np.uint8)
    return Case("made", 1, image, allowed, (4.0, 0.75, 0.75), (image > 0).astype(np.uint8))


def test_image_and_labels_move_together() -> None:
    rng = np.random.default_rng(5)
    item = prepare(case(), rng)
    agree = []
    for _ in range(30):
        image, allowed = crop(item, (96, 96), rng)
        body, rest = image[1][allowed == BODY], image[1][allowed == BACKGROUND]
        if len(body) > 300 and len(rest) > 300:
            agree.append(abs(body.mean() - rest.mean()) / (body.std() + rest.std() + 1e-3))
    assert len(agree) > 10
    assert np.median(agree) > 1, "the body can be told from its surroundings in most crops, whatever their contrast"


def test_shapes_are_bent_smoothly_and_nowhere_folded() -> None:
    rng = np.random.default_rng(11)
    fields = [_bend((256, 192), rng) for _ in range(40)]
    assert all(field.shape == (256, 192) for field in fields)
    moved = [float(np.ptp(field)) for field in fields]
    assert 2 < np.median(moved) < 15
    assert max(float(np.abs(np.diff(field, axis=k)).max()) for field in fields for k in (0, 1)) < 0.5


def test_crops_have_their_shape_and_only_known_sets() -> None:
    rng = np.random.default_rng(6)
    image, allowed = crop(prepare(case(), rng), (64, 48), rng)
    assert image.shape == (3, 64, 48)
    assert image.dtype == np.float32
    assert set(np.unique(allowed)) <= {BACKGROUND, BODY, ANYTHING}


def test_plain_crops_keep_the_contrast_and_the_neighbours_as_they_came() -> None:
    rng = np.random.default_rng(8)
    made = case()
    made.image[1:4] *= np.array([1, 2, 3], np.float32)[:, None, None]
    item = prepare(made, rng)
    brighter = []
    for _ in range(40):
        image, allowed = crop(item, (96, 96), rng, plain=1.0)
        body, rest = image[1][allowed == BODY], image[1][allowed == BACKGROUND]
        if len(body) > 300 and len(rest) > 300:
            brighter.append(body.mean() > rest.mean())
    assert len(brighter) > 10
    assert all(brighter)
    assert np.array_equal(_beside(item.image, 2), item.image[1:4])
    assert np.array_equal(_beside(item.image, 0), item.image[[0, 0, 1]])


def test_places_worth_a_crop_are_spread_over_the_slices() -> None:
    made = case()
    made.allowed[1, 61:, :] = ANYTHING
    item = prepare(made, np.random.default_rng(7))
    counts = np.bincount(item.interest[:, 0], minlength=5)
    assert counts[1] == 40
    assert set(counts[[0, 2, 3, 4]]) == {100}


def test_a_case_takes_three_bytes_a_voxel_and_on_disk_no_memory(tmp_path: Path) -> None:
    made = case()
    item = prepare(made, np.random.default_rng(9))
    assert item.image.nbytes + item.allowed.nbytes == 3 * made.image.size
    kept = item.on_disk(tmp_path)
    assert isinstance(kept.image.base, np.memmap)
    assert isinstance(kept.allowed.base, np.memmap)
    assert list(tmp_path.iterdir()) == [], "nothing is left when the process ends"
    for one, other in zip(*(crop(i, (64, 48), np.random.default_rng(3)) for i in (item, kept)), strict=True):
        assert np.array_equal(one, other)
