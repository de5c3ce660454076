"""Stray pieces called disc in or under a well-seen sacrum do not shift the count of levels."""

import numpy as np

from service.anatomy.discs import Disc, back_of
from service.anatomy.mending import without_sacral
from service.anatomy.regions import extent_of
from service.study.geometry import Geometry

GEOMETRY = Geometry(np.array([[4.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]]), (5, 120, 40))
UP = np.array([0.0, 0.0, 1.0])


def column(*blocks: tuple[int, int, int]) -> tuple[np.ndarray, tuple[Disc, ...]]:
    """Discs as (first row, rows, columns) blocks, from the lowest to the highest."""
    ids = np.zeros(GEOMETRY.shape, np.int32)
    discs = []
    for k, (row, rows, columns) in enumerate(blocks, 1):
        ids[:, row : row + rows, 5 : 5 + columns] = k
        points = GEOMETRY.to_patient(np.argwhere(ids == k))
        discs.append(Disc(k, points.mean(0), UP, extent_of(points, UP, back_of(UP))))
    return ids, tuple(discs)


def sacrum(row: int, rows: int = 25) -> np.ndarray:
    mask = np.zeros(GEOMETRY.shape, bool)
    mask[:, row : row + rows, 8:35] = True
    return GEOMETRY.to_patient(np.argwhere(mask))


def test_a_small_piece_under_the_sacrum_is_dropped() -> None:
    ids, discs = column((112, 3, 12), (60, 8, 30), (25, 8, 30))
    ids, kept = without_sacral(discs, ids, sacrum(75), GEOMETRY)
    assert [d.id for d in kept] == [2, 3]
    assert set(np.unique(ids)) == {0, 2, 3}


def test_a_collapsed_disc_over_the_sacrum_stays() -> None:
    ids, discs = column((70, 2, 25), (40, 8, 30), (10, 8, 30))
    assert len(without_sacral(discs, ids, sacrum(75), GEOMETRY)[1]) == 3


def test_a_disc_of_ordinary_size_under_what_seemed_sacrum_stays() -> None:
    ids, discs = column((105, 8, 30), (60, 8, 30), (25, 8, 30))
    assert len(without_sacral(discs, ids, sacrum(75), GEOMETRY)[1]) == 3


def test_a_speck_of_sacrum_decides_nothing() -> None:
    ids, discs = column((112, 3, 12), (60, 8, 30), (25, 8, 30))
    assert len(without_sacral(discs, ids, sacrum(90, 3), GEOMETRY)[1]) == 3
