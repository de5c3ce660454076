"""Answers: what is accepted, and that a refusal names the item and never the value."""

import pytest

from service.errors import InvalidAnswersError
from service.questionnaire import Answers
from service.questionnaire.ndt_clbp import ITEMS


def test_what_was_not_answered_is_left_out() -> None:
    answers = Answers.model_validate({"odi_1": 3, "odi_2": None, "leg_area": ["inner_shin"]})
    assert answers.root == {"leg_area": ("inner_shin",), "odi_1": 3}
    assert answers.get("odi_2") is None


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"odi_1": 6}, "odi_1 must be from 0 to 5"),
        ({"odi_1": -1}, "odi_1 must be from 0 to 5"),
        ({"odi_1": 2.0}, "odi_1 must be a whole number"),
        ({"odi_1": "2"}, "odi_1 must be a whole number"),
        ({"odi_1": True}, "odi_1 must be a whole number"),
        ({"weight_kg": float("nan")}, "weight_kg must be from 25 to 350 kg"),
        ({"weight_kg": "heavy"}, "weight_kg must be a number"),
        ({"rf_fever": 1}, "rf_fever must be true or false"),
        ({"sex": "secret"}, "sex must be one of female, male, other"),
        ({"sex": ["female"]}, "sex must be one of"),
        ({"care": "exercise"}, "care must be a list of"),
        ({"care": ["exercise", "exercise"]}, "care must be a list of"),
        ({"care": ["secret"]}, "care must be a list of"),
        ({"nrs_bak": 3}, "did you mean nrs_back"),
        ({"Jane Secret": 3}, "not of the questionnaire"),
        ([], "one JSON object"),
        ("text", "one JSON object"),
    ],
)
def test_a_refusal_names_the_item_and_the_range(given: object, named: str) -> None:
    with pytest.raises(InvalidAnswersError) as caught:
        Answers.model_validate(given)
    assert named in caught.value.detail
    assert "ecret" not in caught.value.detail


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(InvalidAnswersError) as caught:
        Answers.model_validate({"odi_1": 9, "nrs_leg": 11, "sex": "x"})
    assert all(code in caught.value.detail for code in ("odi_1", "nrs_leg", "sex"))


def test_changes_replace_and_take_away() -> None:
    answers = Answers.model_validate({"odi_1": 3, "nrs_leg": 4}).with_changes({"odi_1": None, "nrs_leg": 5})
    assert answers.root == {"nrs_leg": 5}


def test_the_schema_lists_every_item_and_nothing_else() -> None:
    schema = Answers.model_json_schema()
    assert set(schema["properties"]) == set(ITEMS)
    assert schema["additionalProperties"] is False
    assert (schema["properties"]["odi_1"]["minimum"], schema["properties"]["odi_1"]["maximum"]) == (0, 5)


def test_json_round_trip() -> None:
    answers = Answers.model_validate({"odi_1": 3, "leg_area": ["inner_shin"], "height_cm": 180.5})
    assert Answers.model_validate_json(answers.model_dump_json()) == answers


def test_a_flood_of_unknown_codes_is_refused_briefly() -> None:
    with pytest.raises(InvalidAnswersError) as caught:
        Answers.model_validate({f"odi_{n}" + "x" * 10_000: 1 for n in range(2_000)})
    assert len(caught.value.detail) < 1_000
