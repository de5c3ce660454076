"""The pixels of a picture have the size at which what it shows has usual proportions."""

import numpy as np
import pytest

from onnx_models.training.pixel_size import USUAL_FIELD_MM, Picture, likeliest, misfit, sizes_of
from service.anatomy.instances import name_structures
from service.anatomy.model import Anatomy
from service.anatomy.tissue import Tissue
from service.study.geometry import Geometry
from service.study.model import Series


def column(row_mm: float = 1.0, column_mm: float = 1.0) -> Anatomy:
    """One slice of five bodies of 26 x 31 mm, 35 mm apart, drawn with pixels of this size and read as if they were square."""
    heights, depths = np.arange(round(240 / row_mm)) * row_mm, np.arange(round(120 / column_mm)) * column_mm
    place = (heights - 20) % 35.0
    level = (heights >= 20) & (heights < 20 + 5 * 35)
    inside = (depths > 40) & (depths < 71)
    kind = np.where(place < 26, Tissue.BODY, Tissue.DISC) * level
    tissue = (kind[:, None] * inside[None]).astype(np.uint8)[None]
    affine = np.eye(4)
    affine[:3, :3] = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]]) @ np.diag([4.0, 1.0, 1.0])
    pixels = tissue + np.random.default_rng(0).random(tissue.shape)
    series = Series("t2", pixels.astype(np.float32), Geometry(affine, tissue.shape))
    return name_structures(series, tissue, np.ones(tissue.shape))


def test_a_picture_may_have_its_own_spacing_a_sibling_s_or_a_square_field() -> None:
    own, other = Picture(600, 400, 0.6), Picture(600, 400, 0.5)
    assert sizes_of(own, [other, Picture(512, 512, 0.4)]) == [
        (0.6, 0.6),
        (0.5, 0.5),
        (0.4, 0.6),
        (0.5 * 400 / 600, 0.5),
    ]
    assert sizes_of(Picture(500, 500, 0.5), []) == [(0.5, 0.5)]
    assert (USUAL_FIELD_MM / 400, USUAL_FIELD_MM / 400) in sizes_of(Picture(400, 300, None), [])


@pytest.mark.parametrize(("row_mm", "column_mm"), [(1.0, 1.0), (1.4, 1.0), (0.75, 1.0)])
def test_the_size_with_usual_proportions_is_found(row_mm: float, column_mm: float) -> None:
    sizes = [(1.0, 1.0), (1.4, 1.0), (0.75, 1.0)]
    assert likeliest(column(row_mm, column_mm), sizes) == (row_mm, column_mm)


def test_the_listed_size_stays_where_the_other_is_hardly_better() -> None:
    anatomy = column()
    assert misfit(anatomy, (1.05, 1.0)) < misfit(anatomy, (1.0, 1.0)) + 2
    assert likeliest(anatomy, [(1.0, 1.0), (1.05, 1.0)]) == (1.0, 1.0)
