"""What the benchmark of agreement measures by itself."""

import numpy as np
import pytest

from benchmarks.agreement import numbered, series_of, thickness
from onnx_models.training.sources import Case


@pytest.mark.parametrize("lean", [0.0, 30.0])
def test_a_disc_is_as_thick_as_it_was_made_however_it_leans(lean: float) -> None:
    geometry = series_of(np.zeros((12, 120, 120), np.float32), (4.0, 0.6, 0.6), "T2").geometry
    points = geometry.to_patient(np.stack(np.indices(geometry.shape), -1)) - geometry.to_patient([5.5, 59.5, 59.5])
    angle = np.radians(lean)
    up, back = points @ [0, -np.sin(angle), np.cos(angle)], points @ [0, np.cos(angle), np.sin(angle)]
    disc = (np.abs(up) < 4.2) & (np.abs(back) < 17) & (np.abs(points[..., 0]) < 20)
    assert thickness(disc, geometry) == pytest.approx(8.4, abs=0.15)
    assert np.isnan(thickness(np.zeros_like(disc), geometry))


def test_structures_are_numbered_from_the_lowest_up() -> None:
    mask = np.zeros((1, 30, 5), np.uint8)
    mask[:, 2:6], mask[:, 12:16], mask[:, 22:26] = 7, 3, 5
    case = Case("ivd", 1, mask.astype(np.float32), mask, (1.0, 1.0, 1.0), mask)
    assert [int(numbered(case)[0, row, 0]) for row in (0, 3, 13, 23)] == [0, 3, 2, 1]
