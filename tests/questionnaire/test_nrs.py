"""Pain in numbers: bands and missing answers."""

import pytest

from tests.questionnaire.given import scored


@pytest.mark.parametrize(
    ("value", "band"),
    [(0, "none"), (1, "mild"), (3, "mild"), (4, "moderate"), (6, "moderate"), (7, "severe"), (10, "severe")],
)
@pytest.mark.parametrize("place", ["back", "leg"])
def test_band_edges(place: str, value: int, band: str) -> None:
    found = scored(f"nrs_{place}", {f"nrs_{place}": value})
    assert (found.value, found.band) == (value, band)


def test_not_answered_is_not_scored() -> None:
    found = scored("nrs_leg", {"nrs_back": 3})
    assert (found.status, found.missing, found.value) == ("not_scored", ("nrs_leg",), None)
