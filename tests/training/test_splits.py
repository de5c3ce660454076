from pathlib import Path

import pytest

from onnx_models.training import sources
from onnx_models.training.splits import HELD_OUT, held_out

DATA = Path(__file__).parents[3] / "shared" / "data"


def test_the_patients_that_only_validate_are_held_out() -> None:
    assert {105, 108, 109} <= HELD_OUT["spider"]
    assert all(held_out("vb1", n) for n in (12, 17))
    assert all(held_out("ivd", n) for n in (11, 20))


@pytest.mark.slow
@pytest.mark.skipif(not DATA.exists(), reason="the data sets are not beside the checkout")
@pytest.mark.parametrize("source", ["t2space", "tse"])
def test_no_patient_both_trains_and_validates(source: str) -> None:
    trains = {case.patient for case in sources.read(source, DATA, held=False)}
    validates = {case.patient for case in sources.read(source, DATA, held=True)}
    assert trains
    assert validates
    assert not trains & validates
