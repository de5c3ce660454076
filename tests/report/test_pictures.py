from io import BytesIO

import numpy as np
import pytest
from matplotlib.image import imread

from service.anatomy.model import Anatomy
from service.findings.model import Finding
from service.report.pictures import mid_sagittal_slice, overlay
from tests.toys import block_anatomy, block_series

HEIGHT = Finding(feature="disc_height", level="L4-L5", status="assessed", value=8.0, unit="mm")


def picture(png: bytes) -> np.ndarray:
    return np.asarray(imread(BytesIO(png), format="png"))[..., :3]


def empty(anatomy: Anatomy) -> Anatomy:
    return Anatomy(anatomy.series, np.zeros_like(anatomy.labels), np.zeros_like(anatomy.bodies), (), 0.0)


def test_mid_sagittal_slice_is_where_the_canal_is_largest() -> None:
    anatomy = block_anatomy()
    anatomy.labels[:, :, 34:39] = 0
    anatomy.labels[3, 10:20, 34:39] = 100
    anatomy.labels[1, 10:12, 34:39] = 100
    assert mid_sagittal_slice(anatomy) == 3


def test_mid_sagittal_slice_without_canal_takes_the_discs() -> None:
    anatomy = block_anatomy()
    anatomy.labels[anatomy.labels == 100] = 0
    anatomy.labels[[0, 1, 3, 4]] = 0
    assert mid_sagittal_slice(anatomy) == 2


def test_mid_sagittal_slice_of_nothing_is_the_middle() -> None:
    assert mid_sagittal_slice(empty(block_anatomy())) == 2


def test_the_right_panel_is_coloured_and_the_left_is_not() -> None:
    image = picture(overlay(block_anatomy()))
    colour = image.max(axis=2) - image.min(axis=2)
    half = image.shape[1] // 2
    assert colour[:, : half - 10].max() < 0.02
    assert (colour[:, half:] > 0.1).mean() > 0.1


def test_findings_change_the_picture() -> None:
    anatomy = block_anatomy()
    assert overlay(anatomy, [HEIGHT]) != overlay(anatomy)


def test_an_uncertain_numbering_shows() -> None:
    sure = block_anatomy()
    unsure = Anatomy(sure.series, sure.labels, sure.bodies, sure.structures, 0.2)
    assert overlay(sure) != overlay(unsure)


def test_a_series_without_a_spine_is_still_drawn() -> None:
    image = picture(overlay(empty(block_anatomy())))
    assert image.max() > 0.9


@pytest.mark.parametrize("row_mm", [2.0, 8.0])
def test_non_square_pixels_keep_their_proportions(row_mm: float) -> None:
    image = picture(overlay(block_anatomy(block_series(row_mm=row_mm))))
    colour = (image.max(axis=2) - image.min(axis=2)) > 0.1
    rows, columns = np.nonzero(colour[:, image.shape[1] // 2 :])
    drawn = (rows.max() - rows.min()) / (columns.max() - columns.min())
    assert drawn == pytest.approx(59 * row_mm / (26 * 4.0), rel=0.06)
