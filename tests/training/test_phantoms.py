import numpy as np

from onnx_models.training.phantoms import tissue_sets
from onnx_models.training.sources import BACKGROUND, BODY, CANAL, DISC
from service.anatomy.tissue import Tissue


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
