"""An image that is shown more surely when it is flipped stands otherwise than its header says."""

from dataclasses import replace

import numpy as np
import pytest

from service.anatomy.orientation import Certainty, Tissues, refuse_if_flipped
from service.anatomy.tissue import Tissue
from service.errors import UnsupportedStudyError
from service.study.geometry import Geometry
from service.study.model import Series

SIDE = 30


class Knows:
    """A toy network that knows one picture: a body in front of a canal, above a sacrum. The better it fits, the surer it is."""

    def __init__(self, *, sacrum: bool = True, least: float = 0.6) -> None:
        self.picture = np.zeros((SIDE, SIDE), np.uint8)
        self.picture[4:18, 4:12] = Tissue.BODY
        self.picture[4:18, 18:22] = Tissue.CANAL
        if sacrum:
            self.picture[20:28, 6:14] = Tissue.SACRUM
        self.least, self.calls = least, 0

    def __call__(self, series: Series) -> tuple[Tissues, Certainty]:
        self.calls += 1
        fit = np.array([(slice_ == self.picture).mean() for slice_ in series.pixels])
        sure = np.where(fit > 0.99, 0.95, self.least)
        shown = np.where((fit > 0.99)[:, None, None], self.picture, np.minimum(series.pixels, Tissue.CANAL))
        return shown.astype(np.uint8), np.broadcast_to(sure[:, None, None], shown.shape).astype(np.float16)

    def series(self, rows: int = 1, columns: int = 1) -> Series:
        """Three slices of the picture, flipped."""
        pixels = np.repeat(self.picture[None, ::rows, ::columns], 3, axis=0).astype(np.float32)
        return Series("series-1", pixels, Geometry(np.diag([4.0, 2.0, 2.0, 1.0]), pixels.shape))


def judge(network: Knows, series: Series) -> int:
    """How often the network was asked again."""
    found = network(series)
    network.calls = 0
    refuse_if_flipped(series, *found, network)
    return network.calls


def test_a_sure_image_with_a_sacrum_is_not_looked_at_again() -> None:
    network = Knows()
    assert judge(network, network.series()) == 0


def test_without_a_sacrum_a_second_look_confirms_what_is_right() -> None:
    network = Knows(sacrum=False)
    assert judge(network, network.series()) == 8


@pytest.mark.parametrize(
    ("rows", "columns", "words"), [(1, -1, "mirrored"), (-1, 1, "upside down"), (-1, -1, "half a circle")]
)
def test_what_is_shown_more_surely_when_turned_back_is_refused(rows: int, columns: int, words: str) -> None:
    network = Knows()
    with pytest.raises(UnsupportedStudyError, match=words) as refused:
        judge(network, network.series(rows, columns))
    assert refused.value.code == "wrong_orientation"


def test_an_unsure_image_that_no_flip_makes_clearer_is_left_to_other_checks() -> None:
    network = Knows()
    blurred = network.series()
    blurred = replace(blurred, pixels=np.where(blurred.pixels == Tissue.CANAL, Tissue.BODY, blurred.pixels))
    assert judge(network, blurred) == 8


def test_a_sacrum_that_only_the_flip_shows_tips_the_balance() -> None:
    network = Knows(least=0.96)
    with pytest.raises(UnsupportedStudyError):
        judge(network, network.series(-1, 1))


def test_an_empty_image_is_left_to_other_checks() -> None:
    network = Knows()
    empty = replace(network.series(), pixels=np.zeros((3, SIDE, SIDE), np.float32))
    refuse_if_flipped(empty, np.zeros((3, SIDE, SIDE), np.uint8), np.ones((3, SIDE, SIDE)), network)
    assert network.calls == 0
