from io import BytesIO

import numpy as np
from matplotlib.image import imread

from service.evaluation.compare import Score
from service.evaluation.plots import dice_plot, reliability_plot
from service.evaluation.reliability import reliability
from service.evaluation.run import ImageResult


def result(*dice: float) -> ImageResult:
    scores = [Score("disc", 201 + k, "", "scored", 201 + k, d, 1 - d, True, 0.9) for k, d in enumerate(dice)]
    return ImageResult("1_t1", "1", tuple(scores))


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(imread(BytesIO(png), format="png"))[..., :3]


def coloured(picture: np.ndarray) -> int:
    """How many pixels are not grey."""
    return int((np.ptp(picture, axis=-1) > 0.2).sum())


def test_every_structure_is_a_point() -> None:
    few, many = (coloured(pixels(dice_plot([result(*np.linspace(0.6, 0.9, n))]))) for n in (3, 20))
    assert 0 < few < many


def test_the_points_are_where_the_scores_are() -> None:
    picture = pixels(dice_plot([result(0.05), result(0.99)]))
    rows = np.nonzero((np.ptp(picture[:, : picture.shape[1] // 2], axis=-1) > 0.2).any(1))[0]
    assert rows.min() < 0.2 * len(picture)
    assert rows.max() > 0.7 * len(picture)


def test_nothing_that_counts_is_an_empty_picture() -> None:
    partial = Score("vertebra", 103, "L3", "partial", 3, 0.1, 9.0)
    assert coloured(pixels(dice_plot([ImageResult("1", "1", (partial,))]))) == 0


def test_reliability_shows_a_line_and_its_counts() -> None:
    found = reliability([result(0.8, 0.9)])
    assert found is not None
    assert coloured(pixels(reliability_plot(found))) > 20
