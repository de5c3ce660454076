from typing import Any

import numpy as np
import pytest

from service.errors import UnsupportedStudyError
from service.study import Selection, Series, Study, select
from service.study.geometry import Geometry

_AXES = {"sagittal": [0, 2, 1], "coronal": [1, 2, 0], "axial": [2, 1, 0]}


def _series(
    name: str,
    weighting: str = "T2",
    z: float = 100,
    slices: int = 15,
    height: float = 300,
    **rest: Any,  # noqa: ANN401
) -> Series:
    """A series whose rows run ``height`` mm down from ``z``."""
    plane = rest.pop("plane", "sagittal")
    affine = np.eye(4)
    affine[:3, :3] = np.eye(3)[:, _AXES[plane]] * [4, -height / 300, rest.pop("pixel", 1.0)]
    affine[:3, 3] = (0, 0, z)
    pixels = np.zeros((slices, 300, 10), np.float32)
    traits = frozenset(rest.pop("traits", ()))
    return Series(name, pixels, Geometry(affine, pixels.shape), plane, weighting, traits=traits, **rest)  # type: ignore[arg-type]


def _select(*series: Series) -> Selection:
    return select(Study(series))


def _ids(*series: Series) -> list[str]:
    return [one.id for one in _select(*series).chosen]


def test_t2_comes_first_then_t1_then_stir() -> None:
    selection = _select(_series("a", "STIR"), _series("b", "T1"), _series("c", "T2"), _series("d", plane="axial"))
    assert [one.id for one in selection.chosen] == ["c", "b", "a"]
    assert selection.missing == ()
    assert selection.reasons["c"] == "chosen: sagittal T2, 15 slices, 300 mm from head to feet"
    assert selection.reasons["d"] == "rejected: axial, not sagittal"


def test_what_is_missing_is_listed_and_every_series_has_a_reason() -> None:
    selection = _select(_series("a", "T1"), _series("b", "unknown"))
    assert selection.missing == ("T2", "STIR")
    assert selection.reasons == {
        "a": "chosen: sagittal T1, 15 slices, 300 mm from head to feet",
        "b": "rejected: weighting unknown",
    }


@pytest.mark.parametrize(
    "worse",
    [
        {"traits": {"fat_suppressed"}},
        {"traits": {"contrast_agent"}},
        {"traits": {"out_of_phase"}},
        {"traits": {"gradient_echo"}},
        {"traits": {"reformatted"}},
        {"traits": {"localizer"}},
        {"slices": 3},
        {"height": 150.0},
        {"height": 110.0},
        {"pixel": 45.0},
        {"region": "other"},
        {"plane": "coronal"},
    ],
)
def test_the_better_of_two_is_chosen_in_either_order(worse: dict[str, Any]) -> None:
    good, bad = _series("good"), _series("bad", **worse)
    for pair in ((good, bad), (bad, good)):
        selection = _select(*pair)
        assert [one.id for one in selection.chosen] == ["good"]
        assert selection.reasons["bad"].startswith("rejected: ")


def test_a_flawed_series_is_taken_when_it_is_the_only_one_and_the_flaw_is_said() -> None:
    selection = _select(_series("a", traits={"fat_suppressed"}, slices=2))
    assert selection.reasons["a"].endswith("(fat suppressed, only 2 slices)")


def test_the_lowest_station_of_a_whole_spine_is_the_lumbar_one() -> None:
    assert _ids(_series("upper", z=500), _series("lower", z=200)) == ["lower"]


def test_a_header_that_says_lumbar_outranks_position() -> None:
    assert _ids(_series("lumbar", z=500, region="lumbar"), _series("pelvis", z=100)) == ["lumbar"]


def test_t1_is_chosen_to_overlap_t2() -> None:
    assert _ids(_series("t2", z=100), _series("t1 beside", "T1", z=180), _series("t1 same", "T1", z=100)) == [
        "t2",
        "t1 same",
    ]


def test_an_unknown_weighting_is_the_last_resort() -> None:
    selection = _select(_series("a", "unknown"))
    assert [one.id for one in selection.chosen] == ["a"]
    assert selection.missing == ("T2", "T1", "STIR")


@pytest.mark.parametrize(
    ("series", "code"),
    [
        ([_series("a", plane="axial"), _series("b", "T1", plane="axial")], "only_axial"),
        ([_series("a", plane="axial"), _series("b", plane="coronal")], "no_sagittal_series"),
        ([_series("a", plane="axial"), _series("b", traits={"localizer"})], "only_axial"),
        ([_series("a", traits={"localizer"})], "no_sagittal_series"),
        ([_series("a", region="other"), _series("b", traits={"localizer"})], "wrong_body_region"),
        ([_series("a", region="other"), _series("b", region="other", plane="axial")], "wrong_body_region"),
        ([_series("a", plane="axial", region="other")], "wrong_body_region"),
        ([_series("a", height=90)], "insufficient_coverage"),
        ([_series("a", "unknown", traits={"diffusion"})], "insufficient_coverage"),
    ],
)
def test_studies_that_cannot_be_read(series: list[Series], code: str) -> None:
    with pytest.raises(UnsupportedStudyError) as caught:
        _select(*series)
    assert caught.value.code == code


def test_pixels_too_coarse_to_measure_on_are_not_read() -> None:
    coarse, fine = _series("coarse", pixel=3.0), _series("fine", "T1")
    selection = _select(coarse, fine)
    assert [one.id for one in selection.chosen] == ["fine"]
    assert selection.reasons["coarse"] == "rejected: pixels of 3.0 mm are too coarse to measure on"
    with pytest.raises(UnsupportedStudyError) as caught:
        _select(coarse)
    assert caught.value.code == "insufficient_coverage"


def test_a_lesser_part_of_a_series_with_gaps_is_not_read() -> None:
    part, whole = _series("part", traits=["incomplete"]), _series("whole", "T1")
    assert _ids(part, whole) == ["whole"]
    with pytest.raises(UnsupportedStudyError) as caught:
        _select(part)
    assert caught.value.code == "slices_missing"
