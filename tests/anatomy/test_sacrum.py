import numpy as np
import pytest

from service.anatomy.axis import fit_axis
from service.anatomy.discs import find_discs
from service.anatomy.regions import points_of, sizes_of
from service.anatomy.sacrum import lumbar_among_sacrum
from service.anatomy.tissue import Tissue
from service.study.geometry import Geometry

SHAPE = (5, 200, 60)
GEOMETRY = Geometry(
    np.array([[4.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]]),
    SHAPE,
)
L5 = slice(85, 113)


def column(*, lower_depth: int, lower_height: int = 26, lumbar: int = 12) -> np.ndarray:
    """Two bodies on discs; then one 30 mm deep of which the foremost ``lumbar`` mm were called body and the rest sacrum; then,
    after a gap without a disc, another called sacrum."""
    tissue = np.zeros(SHAPE, np.uint8)
    for top in (5, 45):
        tissue[:, top : top + 28, 10:40] = Tissue.BODY
        tissue[:, top + 29 : top + 39, 10:40] = Tissue.DISC
    tissue[:, L5, 10:40] = Tissue.SACRUM
    tissue[:, L5, 10 : 10 + lumbar] = Tissue.BODY
    tissue[:, 118 : 118 + lower_height, 10 : 10 + lower_depth] = Tissue.SACRUM
    return tissue


def lumbar_rows(tissue: np.ndarray) -> set[int]:
    """The rows of what is found to be lumbar after all."""
    spine = (tissue > 0) & (tissue != Tissue.CANAL)
    ids, discs = find_discs(tissue == Tissue.DISC, GEOMETRY, fit_axis(points_of(spine, GEOMETRY)))
    found = lumbar_among_sacrum(tissue, GEOMETRY, discs, sizes_of(ids, int(ids.max())))
    assert (tissue[found] == Tissue.SACRUM).all()
    return set(np.nonzero(found.any((0, 2)))[0].tolist())


def test_a_body_called_partly_lumbar_over_one_as_large_is_lumbar() -> None:
    assert lumbar_rows(column(lower_depth=18)) == set(range(L5.start, L5.stop))


def test_a_body_called_sacrum_throughout_over_one_of_its_own_size_is_lumbar() -> None:
    assert lumbar_rows(column(lower_depth=30, lumbar=0)) == set(range(L5.start, L5.stop))


def test_the_two_may_hang_together_by_a_thin_bridge() -> None:
    tissue = column(lower_depth=30, lumbar=0)
    tissue[:, L5.stop : 118, 20:22] = Tissue.SACRUM
    rows = lumbar_rows(tissue)
    assert rows >= set(range(L5.start, L5.stop))
    assert max(rows) < 118


def test_nor_does_a_broad_bridge_in_one_slice_make_them_one() -> None:
    tissue = column(lower_depth=30, lumbar=0)
    tissue[0, L5.stop : 118, 18:23] = Tissue.SACRUM
    rows = lumbar_rows(tissue)
    assert rows >= set(range(L5.start, L5.stop))
    assert max(rows) < 118


@pytest.mark.parametrize(
    "tissue",
    [column(lower_depth=12), column(lower_depth=18, lower_height=18), column(lower_depth=22, lumbar=3)],
    ids=["shallow as a second sacral body", "low as one", "called sacrum almost throughout, over a smaller one"],
)
def test_else_it_stays_the_sacrum(tissue: np.ndarray) -> None:
    assert lumbar_rows(tissue) == set()
