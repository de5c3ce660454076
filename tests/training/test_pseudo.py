import numpy as np
import pytest

from onnx_models.training.allowed import ANYTHING, BACKGROUND, BODY, CANAL, DISC, SACRUM
from onnx_models.training.pseudo import settled, together
from service.anatomy.tissue import Tissue


def teacher() -> tuple[np.ndarray, np.ndarray]:
    """One slice of 40 x 20: a body on a sacral body, joined; it is certain of everything."""
    tissue = np.zeros((1, 40, 20), np.uint8)
    tissue[0, 5:20, 5:15] = Tissue.BODY
    tissue[0, 20:30, 5:15] = Tissue.SACRUM
    return tissue, np.full(tissue.shape, 0.95)


def test_what_is_open_becomes_what_the_teacher_is_certain_of() -> None:
    tissue, certainty = teacher()
    certainty[0, 10, 10] = 0.6
    sets = settled(np.full(tissue.shape, ANYTHING), tissue, certainty)
    assert sets[0, 8, 8] == BODY
    assert sets[0, 25, 8] == SACRUM
    assert sets[0, 2, 2] == BACKGROUND
    assert sets[0, 10, 10] == ANYTHING


def test_a_label_is_never_overruled() -> None:
    tissue, certainty = teacher()
    allowed = np.full(tissue.shape, DISC | CANAL, np.uint8)
    assert (settled(allowed, tissue, certainty) == allowed).all()


def test_of_two_sacral_bodies_the_upper_one_may_be_a_vertebra() -> None:
    tissue, certainty = teacher()
    tissue[0, 5:18][tissue[0, 5:18] == Tissue.BODY] = Tissue.SACRUM
    tissue[0, 18:20, 5:15] = Tissue.DISC
    sets = settled(np.full(tissue.shape, ANYTHING), tissue, certainty)
    assert sets[0, 8, 8] == BODY | SACRUM
    assert sets[0, 25, 8] == SACRUM


def test_what_lies_apart_from_the_spine_is_background() -> None:
    tissue, certainty = teacher()
    tissue[0, 36:39, 1:4] = Tissue.BODY
    assert settled(np.full(tissue.shape, ANYTHING), tissue, certainty)[0, 37, 2] == BACKGROUND


def test_t2_teaches_where_it_is_certain_and_both_where_it_is_not() -> None:
    t2, t1 = np.full((6, 1, 3), 0.02, np.float32), np.full((6, 1, 3), 0.02, np.float32)
    t2[Tissue.CANAL, 0], t2[Tissue.BACKGROUND, 0] = (0.9, 0.5, 0.1), (0.02, 0.42, 0.82)
    t1[Tissue.CANAL, 0], t1[Tissue.BACKGROUND, 0] = (0.1, 0.1, 0.9), (0.82, 0.82, 0.02)
    said = together([t2, t1])
    assert said.argmax(0)[0].tolist() == [Tissue.CANAL, Tissue.BACKGROUND, Tissue.BACKGROUND]
    assert said[Tissue.CANAL, 0, 1] == pytest.approx(0.3)
    assert np.array_equal(together([t1]), t1)
