import pytest
from pydantic import ValidationError

from service.phantom import PhantomParameters
from service.phantom.parameters import LEVELS


def test_a_level_is_changed_by_name_and_the_rest_stays() -> None:
    plain = PhantomParameters()
    changed = plain.with_level("L4-L5", listhesis_mm=5)
    assert changed.level("L4-L5").listhesis_mm == 5
    assert [changed.level(n) for n in LEVELS if n != "L4-L5"] == [plain.level(n) for n in LEVELS if n != "L4-L5"]


def test_levels_are_counted_from_the_sacrum_up() -> None:
    assert LEVELS == ("L5-S1", "L4-L5", "L3-L4", "L2-L3", "L1-L2")


@pytest.mark.parametrize("wrong", [{"cobb_degrees": 90}, {"noise": -1}, {"lumbar_vertebrae": 7}, {"unknown": 1}])
def test_what_no_spine_has_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        PhantomParameters.model_validate(wrong)


def test_an_unknown_level_or_field_is_refused() -> None:
    with pytest.raises(ValueError, match="L9"):
        PhantomParameters().with_level("L9-S1", height_mm=8)
    with pytest.raises(ValidationError):
        PhantomParameters().with_level("L4-L5", height_mm=99)


def test_parameters_survive_json() -> None:
    drawn = PhantomParameters.random(4)
    assert PhantomParameters.model_validate_json(drawn.model_dump_json()) == drawn
