"""What lies behind the sac."""

from dataclasses import replace

import numpy as np
import pytest

from service.phantom.canal import Canal
from service.phantom.paint_canal import fat_behind
from service.phantom.scene import Scene
from tests.phantom.small import CLEAN


@pytest.fixture(scope="module")
def canal() -> Canal:
    return Scene(CLEAN).canal


def deep(canal: Canal, millimetres: float) -> Canal:
    """The sac, as deep as this all along."""
    return replace(canal, half_depth=np.full_like(canal.half_depth, millimetres / 2))


def test_fat_lies_behind_the_discs_and_hardly_between(canal: Canal) -> None:
    discs, bodies = (np.array(at).astype(int) for at in (canal.level_at[1:4], canal.body_at[2:5]))
    ordinary = [fat for seed in range(20) if np.ptp(fat := fat_behind(deep(canal, 15), seed)) > 0]
    assert len(ordinary) > 12
    assert min(fat[discs].min() for fat in ordinary) > 2.5
    assert max(fat[bodies].max() for fat in ordinary) < 1.0


def test_behind_a_narrow_sac_is_none_except_in_a_few(canal: Canal) -> None:
    fat = np.array([fat_behind(deep(canal, 5.5), seed)[int(canal.level_at[2])] for seed in range(200)])
    assert 0.03 < np.mean(fat > 1) < 0.2
    assert np.median(fat) == pytest.approx(0.4)
