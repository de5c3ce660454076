"""STarT Back: the published risk groups and the missing-item rule."""

import pytest

from service.questionnaire.start_back import risk
from tests.questionnaire.given import scored


def start(physical: int, distress: int) -> dict[str, object]:
    """Answers with so many positive items among the first four and the last five."""
    first = {f"start_{n}": int(n <= physical) for n in range(1, 5)}
    return {
        **first,
        **{f"start_{n}": int(n - 4 <= distress) for n in range(5, 9)},
        "start_9": 4 if distress == 5 else 2,
    }


@pytest.mark.parametrize(
    ("physical", "distress", "total", "band"),
    [
        (0, 0, 0, "low"),
        (3, 0, 3, "low"),
        (0, 3, 3, "low"),
        (1, 3, 4, "medium"),
        (4, 3, 7, "medium"),
        (0, 4, 4, "high"),
        (4, 5, 9, "high"),
    ],
)
def test_risk_groups(physical: int, distress: int, total: int, band: str) -> None:
    answers = start(physical, distress)
    found = scored("start_back_total", answers)
    assert (found.value, found.band) == (total, band)
    assert scored("start_back_distress", answers).value == distress


@pytest.mark.parametrize(
    ("total", "distress", "band"), [(3, 3, "low"), (4, 3, "medium"), (4, 4, "high"), (9, 5, "high")]
)
def test_published_vectors(total: int, distress: int, band: str) -> None:
    assert risk(total, distress) == band


@pytest.mark.parametrize(("bothersome", "counts"), [(0, 0), (1, 0), (2, 0), (3, 1), (4, 1)])
def test_bothersomeness_counts_from_very_much(bothersome: int, counts: int) -> None:
    assert scored("start_back_total", {**start(0, 0), "start_9": bothersome}).value == counts


@pytest.mark.parametrize("number", range(1, 10))
def test_a_missing_item_leaves_its_scales_unscored(number: int) -> None:
    answers = {**start(2, 2), f"start_{number}": None}
    assert scored("start_back_total", answers).missing == (f"start_{number}",)
    assert scored("start_back_total", answers).status == "not_scored"
    assert scored("start_back_distress", answers).status == ("not_scored" if number >= 5 else "scored")
