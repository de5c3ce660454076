"""The Oswestry Disability Index against published vectors, every rule for missing sections, and every band edge."""

import pytest

from service.questionnaire import Answers, Score, ScoringOptions, score
from service.questionnaire.options import OdiMissing

RULES: tuple[OdiMissing, ...] = ("at_least_8", "at_most_1_missing", "prorate_any", "complete_only")


def odi(values: list[int | None], rule: OdiMissing = "at_least_8") -> Score:
    answers = Answers.model_validate({f"odi_{n}": value for n, value in enumerate(values, 1)})
    found = score(answers, ScoringOptions(odi_missing=rule)).get("odi_total")
    assert found is not None
    return found


def test_sixteen_of_fifty() -> None:
    assert odi([1, 2, 1, 2, 1, 2, 1, 2, 2, 2]).value == 32


def test_sixteen_of_forty_five_when_one_section_is_open() -> None:
    found = odi([2, 2, 2, 2, 2, 2, 2, None, 1, 1])
    assert found.value == pytest.approx(35.5556, abs=1e-4)
    assert found.missing == ("odi_8",)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("left_out", range(11))
def test_each_rule_for_open_sections(rule: OdiMissing, left_out: int) -> None:
    least = {"at_least_8": 8, "at_most_1_missing": 9, "prorate_any": 1, "complete_only": 10}[rule]
    found = odi([None] * left_out + [3] * (10 - left_out), rule)
    assert (found.status == "scored") == (10 - left_out >= least)
    assert found.rule.startswith(rule)
    assert found.value == (60 if found.status == "scored" else None)
    assert len(found.missing) == left_out


@pytest.mark.parametrize(
    ("points", "band"),
    [
        (0, "minimal"),
        (10, "minimal"),
        (11, "moderate"),
        (20, "moderate"),
        (21, "severe"),
        (30, "severe"),
        (31, "crippled"),
        (40, "crippled"),
        (41, "bed_bound_or_exaggerated"),
        (50, "bed_bound_or_exaggerated"),
    ],
)
def test_band_edges(points: int, band: str) -> None:
    whole, rest = divmod(points, 10)
    found = odi([whole + (n < rest) for n in range(10)])
    assert (found.value, found.band) == (2 * points, band)
