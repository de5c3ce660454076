import numpy as np
import pytest

from service.anatomy.model import CANAL
from service.anatomy.splitting import split_bodies
from service.errors import UnreadableInputError
from tests.anatomy.stack import Built, Stack, build


@pytest.fixture(scope="module", params=[1, 11])
def built(request: pytest.FixtureRequest) -> Built:
    return build(Stack(slices=request.param, coronal=(4.0, 0, -4.0)))


def dice(one: np.ndarray, two: np.ndarray) -> float:
    return float(2 * (one & two).sum() / (one.sum() + two.sum()))


@pytest.mark.parametrize("canal", [True, False])
def test_bodies_are_told_from_posterior_elements(built: Built, canal: bool) -> None:
    truth = built.anatomy().bodies
    labels = built.labels if canal else np.where(built.labels == CANAL, 0, built.labels)
    found = split_bodies(labels, built.series.geometry)
    assert dice(found, truth) > 0.97
    middle = labels.shape[0] // 2
    assert np.array_equal(found[middle], truth[middle])


def test_only_vertebrae_have_bodies(built: Built) -> None:
    found = split_bodies(built.labels, built.series.geometry)
    assert set(np.unique(built.labels[found]).tolist()) <= set(range(1, 26))


def test_bodies_alone_are_left_as_they_are(built: Built) -> None:
    for keep_canal in (True, False):
        labels = np.where(built.anatomy().bodies | (keep_canal & (built.labels == CANAL)), built.labels, 0)
        found = split_bodies(labels.astype(np.uint8), built.series.geometry)
        assert np.array_equal(found, built.anatomy().bodies)


def test_a_process_without_a_body_is_no_body(built: Built) -> None:
    labels = np.where((built.labels == 6) & built.anatomy().bodies, 0, built.labels)
    found = split_bodies(labels, built.series.geometry)
    assert (found & (labels == 6)).sum() < 0.2 * (labels == 6).sum()


def test_one_piece_without_a_canal_is_refused() -> None:
    built = build(Stack(slices=5))
    labels = np.where(built.labels == CANAL, 0, built.labels)
    seen = np.argwhere(labels == 3)
    low, high = seen.min(0), seen.max(0) + 1
    labels[:, (low[1] + high[1]) // 2, low[2] : high[2]] = 3
    with pytest.raises(UnreadableInputError) as caught:
        split_bodies(np.where(labels == 3, 3, 0).astype(np.uint8), built.series.geometry)
    assert caught.value.code == "posterior_elements"
