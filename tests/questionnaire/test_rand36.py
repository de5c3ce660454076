"""RAND-36: recoding, the printed example of a missing item, and the ends of every scale."""

import pytest

from service.questionnaire.ndt_clbp import ITEMS
from service.questionnaire.rand36 import BEST_FIRST, SCALES, recoded
from tests.questionnaire.given import scored


def test_the_printed_example_with_a_missing_item() -> None:
    found = scored("rand36_energy", {"rand_23": 4, "rand_27": 3, "rand_29": 3})
    assert found.value == pytest.approx(46.7, abs=0.05)
    assert found.missing == ("rand_31",)


@pytest.mark.parametrize(
    ("item", "answer", "value"),
    [
        (1, 1, 100), (1, 2, 75), (1, 5, 0), (3, 1, 0), (3, 2, 50), (3, 3, 100), (13, 1, 0), (13, 2, 100), (20, 4, 25),
        (21, 1, 100), (21, 2, 80), (21, 6, 0), (22, 3, 50), (24, 1, 0), (24, 2, 20), (24, 6, 100), (26, 3, 60),
        (32, 1, 0), (32, 2, 25), (33, 5, 100), (34, 2, 75), (35, 4, 75), (36, 5, 0),
    ],
)  # fmt: skip
def test_recoding_table(item: int, answer: int, value: float) -> None:
    assert recoded(item, answer) == pytest.approx(value)


def best(item: int) -> int:
    return 1 if item in BEST_FIRST else int(ITEMS[f"rand_{item}"].high or 0)


def worst(item: int) -> int:
    return int(ITEMS[f"rand_{item}"].high or 0) if item in BEST_FIRST else 1


@pytest.mark.parametrize("name", SCALES)
def test_the_ends_of_every_scale(name: str) -> None:
    items = SCALES[name]
    assert scored(f"rand36_{name}", {f"rand_{n}": best(n) for n in items}).value == 100
    assert scored(f"rand36_{name}", {f"rand_{n}": worst(n) for n in items}).value == 0


@pytest.mark.parametrize("name", SCALES)
def test_the_mean_of_what_was_answered(name: str) -> None:
    items = SCALES[name]
    assert scored(f"rand36_{name}", {f"rand_{items[0]}": best(items[0])}).value == 100
    empty = scored(f"rand36_{name}", {})
    assert (empty.status, len(empty.missing)) == ("not_scored", len(items))


def test_the_change_over_a_year_is_in_no_scale() -> None:
    assert sorted(n for items in SCALES.values() for n in items) == [1, *range(3, 37)]
