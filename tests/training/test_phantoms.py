from collections.abc import Callable

import numpy as np

from onnx_models.training.phantoms import ORDINARY, SEVERE, parameters_of, tissue_sets
from onnx_models.training.sources import BACKGROUND, BODY, CANAL, DISC
from service.anatomy.tissue import Tissue
from service.phantom import DiscLevel


def test_a_disc_is_open_beside_a_body_and_certain_elsewhere() -> None:
    tissue = np.zeros((1, 20, 20), np.uint8)
    tissue[0, 2:8, 2:12] = Tissue.BODY
    tissue[0, 8:14, 2:12] = Tissue.DISC
    tissue[0, 2:18, 12:16] = Tissue.CANAL
    allowed = tissue_sets(tissue)
    assert allowed[0, 8, 5] == DISC | BACKGROUND
    assert allowed[0, 10, 5] == DISC
    assert allowed[0, 10, 11] == DISC, "its posterior margin is exact"
    assert (allowed[0, 7, 5], allowed[0, 10, 13], allowed[0, 19, 19]) == (BODY, CANAL, BACKGROUND)


def test_severe_phantoms_have_narrow_canals_slips_and_herniations_the_ordinary_ones_seldom_have() -> None:
    def share(numbers: range, there: Callable[[DiscLevel], bool]) -> float:
        return float(np.mean([there(level) for n in numbers for level in parameters_of(n).levels]))

    ordinary, hard = range(ORDINARY), range(ORDINARY, ORDINARY + SEVERE)
    kinds: list[Callable[[DiscLevel], bool]] = [
        lambda level: level.canal_ap_mm < 9,
        lambda level: abs(level.listhesis_mm) > 2,
        lambda level: level.herniation_mm > 0,
    ]
    for kind in kinds:
        assert share(hard, kind) > 0.3
        assert share(ordinary, kind) < 0.6 * share(hard, kind)
