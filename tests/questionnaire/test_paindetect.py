"""painDETECT: both ends, band edges and the missing-item rule."""

import pytest

from tests.questionnaire.given import scored


def pain(total: int, radiation: bool, course: int) -> dict[str, object]:
    """Answers whose seven items add up to ``total``."""
    whole, rest = divmod(total, 7)
    items = {f"paindetect_{n}": whole + (n <= rest) for n in range(1, 8)}
    return {**items, "paindetect_radiation": radiation, "paindetect_course": course}


@pytest.mark.parametrize(
    ("items", "radiation", "course", "total", "band"),
    [
        (0, False, -1, -1, "unlikely"),
        (12, False, 0, 12, "unlikely"),
        (10, True, 1, 13, "unclear"),
        (18, False, 0, 18, "unclear"),
        (18, False, 1, 19, "likely"),
        (35, True, 1, 38, "likely"),
    ],
)
def test_band_edges(items: int, radiation: bool, course: int, total: int, band: str) -> None:
    found = scored("paindetect_total", pain(items, radiation, course))
    assert (found.value, found.band) == (total, band)


@pytest.mark.parametrize(
    "code", [*(f"paindetect_{n}" for n in range(1, 8)), "paindetect_radiation", "paindetect_course"]
)
def test_any_missing_item_leaves_it_unscored(code: str) -> None:
    found = scored("paindetect_total", {**pain(10, False, 0), code: None})
    assert (found.status, found.missing) == ("not_scored", (code,))
