"""EQ-5D against the published vectors of each Dutch value set."""

import pytest

from service.questionnaire import ScoringOptions
from service.questionnaire.eq5d import DIMENSIONS
from tests.questionnaire.given import scored


def state(profile: str, version: int) -> dict[str, object]:
    return {f"eq5d{version}l_{name}": int(level) for name, level in zip(DIMENSIONS, profile, strict=True)}


@pytest.mark.parametrize(
    ("profile", "index"), [("11111", 1), ("11112", 0.883), ("32332", 0.609), ("21143", 0.413), ("55555", -0.446)]
)
def test_five_levels_2016(profile: str, index: float) -> None:
    found = scored("eq5d_5l_index", state(profile, 5))
    assert (found.value, found.value_set, found.profile) == (index, "nl-5l-2016", profile)


@pytest.mark.parametrize(("profile", "index"), [("11111", 1), ("21232", 0.174), ("33333", -0.329)])
def test_three_levels_2006(profile: str, index: float) -> None:
    found = scored("eq5d_3l_index", state(profile, 3))
    assert (found.value, found.value_set) == (index, "nl-3l-2006")


@pytest.mark.parametrize(("profile", "index"), [("11111", 1), ("21232", 0.185), ("33333", -0.723)])
def test_three_levels_2026(profile: str, index: float) -> None:
    found = scored("eq5d_3l_index", state(profile, 3), ScoringOptions(eq5d_3l_value_set="nl-3l-2026"))
    assert (found.value, found.value_set) == (index, "nl-3l-2026")


@pytest.mark.parametrize(("version", "key"), [(5, "eq5d_5l"), (3, "eq5d_3l")])
@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_no_index_without_all_five(version: int, key: str, dimension: str) -> None:
    found = scored(f"{key}_index", {**state("11111", version), f"eq5d{version}l_{dimension}": None})
    assert (found.status, found.missing) == ("not_scored", (f"eq5d{version}l_{dimension}",))
    assert found.value_set


def test_the_scale_of_health_is_its_own_score() -> None:
    assert scored("eq5d_5l_vas", {"eq5d5l_vas": 70}).value == 70
    assert scored("eq5d_5l_vas", {}).status == "not_scored"
