import numpy as np
import pytest

from service.phantom import PhantomParameters
from service.phantom.scene import Scene
from service.phantom.truth import measure
from service.phantom.vertebra import Vertebra

MANY = [PhantomParameters.random(seed) for seed in range(120)]


def test_the_same_seed_draws_the_same_patient() -> None:
    assert PhantomParameters.random(8) == PhantomParameters.random(8)
    assert PhantomParameters.random(8) != PhantomParameters.random(9)


def test_patients_vary_as_patients_do() -> None:
    lordosis = np.array([p.lordosis_degrees for p in MANY])
    assert 44 < lordosis.mean() < 56
    assert lordosis.min() < 38
    assert lordosis.max() > 62
    assert sum(p.cobb_degrees > 10 for p in MANY) > 20
    assert {p.lumbar_vertebrae for p in MANY} == {4, 5, 6}
    levels = [level for p in MANY for level in p.levels]
    assert {level.pfirrmann for level in levels} == {1, 2, 3, 4, 5}
    assert {level.modic for level in levels} == {0, 1, 2, 3}
    assert (
        5.5 < np.percentile([level.height_mm for level in levels], 10) < np.median([v.height_mm for v in levels]) < 11
    )
    assert any(abs(level.listhesis_mm) > 3 for level in levels)
    assert any(level.herniation_mm > 3 for level in levels)


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 5])
def test_their_discs_keep_their_endplates_apart(seed: int) -> None:
    for finding in measure(Scene(MANY[seed])):
        if finding.feature == "disc_height":
            assert min(v for v in finding.details.values() if isinstance(v, float)) > 0.5


def _size(vertebra: Vertebra) -> tuple[float, float, float]:
    return 2 * vertebra.half_width, 2 * vertebra.half_depth, vertebra.height


def test_vertebrae_have_the_size_of_vertebrae() -> None:
    sizes = np.array([_size(Scene(p).spine.vertebrae[3]) for p in MANY[:10]])
    np.testing.assert_allclose(sizes.mean(0), [46.5, 34.5, 27.0], rtol=0.07)
