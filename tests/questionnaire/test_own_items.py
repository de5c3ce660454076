"""The project's own items: body mass index and the count of red flags."""

import pytest

from service.questionnaire.red_flags import INSTRUMENT
from tests.questionnaire.given import scored

CODES = [item.code for item in INSTRUMENT.items]
NONE: dict[str, object] = dict.fromkeys(CODES, False)


@pytest.mark.parametrize(
    ("weight", "band"),
    [
        (73.9, "underweight"),
        (74, "normal"),
        (99.9, "normal"),
        (100, "overweight"),
        (119.9, "overweight"),
        (120, "obese"),
        (139.9, "obese"),
        (140, "obese_35_or_more"),
    ],
)
def test_body_mass_index_at_two_metres(weight: float, band: str) -> None:
    found = scored("background_bmi", {"height_cm": 200, "weight_kg": weight})
    assert found.value == pytest.approx(weight / 4)
    assert found.band == band


@pytest.mark.parametrize("left_out", ["height_cm", "weight_kg"])
def test_body_mass_index_needs_both(left_out: str) -> None:
    found = scored("background_bmi", {"height_cm": 180, "weight_kg": 80, left_out: None})
    assert (found.status, found.missing) == ("not_scored", (left_out,))


@pytest.mark.parametrize("code", [code for code in CODES if code != "rf_new_pain"])
def test_each_sign_counts(code: str) -> None:
    assert scored("red_flags_count", {**NONE, code: True, "age": 40}).value == 1


@pytest.mark.parametrize("code", CODES)
def test_each_sign_must_be_answered(code: str) -> None:
    found = scored("red_flags_count", {**NONE, code: None})
    assert (found.status, found.missing) == ("not_scored", (code,))


@pytest.mark.parametrize(("age", "count"), [(19, 1), (20, 0), (50, 0), (51, 1)])
def test_new_pain_counts_at_the_ends_of_life(age: int, count: int) -> None:
    assert scored("red_flags_count", {**NONE, "rf_new_pain": True, "age": age}).value == count


def test_new_pain_needs_an_age() -> None:
    assert scored("red_flags_count", {**NONE, "rf_new_pain": True}).missing == ("age",)
