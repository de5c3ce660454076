"""DASS-21: every band edge, the allocation of items, and one missing item."""

import pytest

from service.questionnaire.dass21 import SCALES
from tests.questionnaire.given import scored

EDGES = {
    "depression": [(0, "normal"), (4, "normal"), (5, "mild"), (6, "mild"), (7, "moderate"), (10, "moderate"), (11, "severe"), (13, "severe"), (14, "extremely_severe"), (21, "extremely_severe")],
    "anxiety": [(0, "normal"), (3, "normal"), (4, "mild"), (5, "mild"), (6, "moderate"), (7, "moderate"), (8, "severe"), (9, "severe"), (10, "extremely_severe"), (21, "extremely_severe")],
    "stress": [(0, "normal"), (7, "normal"), (8, "mild"), (9, "mild"), (10, "moderate"), (12, "moderate"), (13, "severe"), (16, "severe"), (17, "extremely_severe"), (21, "extremely_severe")],
}  # fmt: skip


def summing_to(name: str, total: int) -> dict[str, object]:
    whole, rest = divmod(total, 7)
    return {f"dass_{n}": whole + (place < rest) for place, n in enumerate(SCALES[name])}


@pytest.mark.parametrize(("name", "total", "band"), [(name, *edge) for name, edges in EDGES.items() for edge in edges])
def test_band_edges(name: str, total: int, band: str) -> None:
    found = scored(f"dass21_{name}", summing_to(name, total))
    assert (found.value, found.band, found.provenance) == (total, band, "published")


@pytest.mark.parametrize("name", SCALES)
def test_one_missing_item_is_replaced_and_two_are_not(name: str) -> None:
    items = SCALES[name]
    answers: dict[str, object] = {f"dass_{n}": 2 for n in items}
    one = scored(f"dass21_{name}", {**answers, f"dass_{items[0]}": None})
    assert (one.value, one.missing, one.provenance) == (14, (f"dass_{items[0]}",), "expert")
    two = scored(f"dass21_{name}", {**answers, f"dass_{items[0]}": None, f"dass_{items[1]}": None})
    assert (two.status, len(two.missing)) == ("not_scored", 2)


def test_the_last_item_is_about_depression() -> None:
    assert scored("dass21_depression", {f"dass_{n}": 3 * (n == 21) for n in range(1, 22)}).value == 3
    assert sorted(n for items in SCALES.values() for n in items) == list(range(1, 22))
