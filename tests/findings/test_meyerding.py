"""Grades of a slip."""

import pytest

from service.findings.listhesis import direction_of, meyerding


@pytest.mark.parametrize(
    ("percent", "grade"),
    [(9, "I"), (25, "I"), (25.1, "II"), (50, "II"), (75, "III"), (100, "IV"), (101, "V")],
)
def test_grades_are_quarters_of_the_endplate(percent: float, grade: str) -> None:
    assert meyerding(0.35 * percent, percent) == grade
    assert meyerding(-0.35 * percent, percent) == grade


@pytest.mark.parametrize(("slip", "grade"), [(0.0, "0"), (2.9, "0"), (-2.9, "0"), (3.0, "I"), (-3.0, "I")])
def test_less_than_three_millimetres_are_no_slip(slip: float, grade: str) -> None:
    assert meyerding(slip, abs(slip) / 0.35) == grade


def test_direction_only_of_a_slip() -> None:
    assert direction_of(2.9) == "none"
    assert direction_of(5.0) == "anterior"
    assert direction_of(-5.0) == "posterior"
