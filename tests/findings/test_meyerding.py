"""Grades of a slip."""

import pytest

from service.findings.listhesis import direction_of, meyerding


@pytest.mark.parametrize(
    ("percent", "grade"),
    [(0, "0"), (4.9, "0"), (5, "I"), (25, "I"), (25.1, "II"), (50, "II"), (75, "III"), (100, "IV"), (101, "V")],
)
def test_grades_are_quarters_of_the_endplate(percent: float, grade: str) -> None:
    assert meyerding(percent) == grade


def test_direction_only_of_a_slip() -> None:
    assert direction_of(1.0, 3.0) == "none"
    assert direction_of(5.0, 15.0) == "anterior"
    assert direction_of(-5.0, 15.0) == "posterior"
