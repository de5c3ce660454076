"""Two series of one patient, measured both."""

from dataclasses import replace

import numpy as np
import pytest

from service.anatomy.landmarks import find_landmarks
from service.anatomy.model import Anatomy
from service.findings.agreement import same_levels
from service.findings.measure import measure, no_series
from service.findings.model import Finding
from service.study.geometry import Geometry
from tests.anatomy.stack import Stack, build

ORDINARY = Stack(slices=11)


def of(weighting: str, stack: Stack = ORDINARY) -> Anatomy:
    anatomy = build(stack).anatomy()
    series = replace(anatomy.series, id=f"series-{weighting}", weighting=weighting)  # type: ignore[arg-type]
    return replace(anatomy, series=series)


def renumbered(anatomy: Anatomy) -> Anatomy:
    """The same spine, called one level higher: what was L4 is L5."""
    table = np.arange(256, dtype=np.uint8)
    table[1:7] = [26, 1, 2, 3, 4, 5]
    table[[26, 201, 202, 203, 204, 205, 206]] = [0, 0, 201, 202, 203, 204, 205]
    labels = table[anatomy.labels]
    structures = tuple(s for s in anatomy.structures if s.label in np.unique(labels))
    return replace(anatomy, labels=labels, structures=structures)


def at(findings: tuple[Finding, ...], feature: str, level: str | None = "L3-L4") -> Finding:
    (found,) = [f for f in findings if (f.feature, f.level) == (feature, level) and f.side is None]
    return found


T2, T1 = of("T2"), of("T1", Stack(slices=11, gap=11))


def test_the_interval_covers_what_the_other_series_gave() -> None:
    alone, other, both = measure([T2]), measure([T1]), measure([T2, T1])
    first, second, agreed = (at(found, "disc_height") for found in (alone, other, both))
    assert agreed.value == first.value
    assert agreed.series == "series-T2"
    assert agreed.details["T1_value"] == second.value
    low, high = first.interval or (0.0, 0.0)
    assert (second.value or 0) > high
    assert agreed.interval == (low, second.value)


def test_series_that_agree_leave_the_interval_as_it_was() -> None:
    alone, both = at(measure([T2]), "disc_height"), at(measure([T2, of("T1")]), "disc_height")
    assert both.interval == alone.interval
    assert both.details["T1_value"] == alone.value


def test_what_the_first_series_does_not_show_is_taken_from_the_other() -> None:
    short = of("T2", Stack(slices=11, vertebrae=3))
    found = at(measure([short, T1]), "disc_height", "L1-L2")
    assert (found.status, found.series) == ("assessed", "series-T1")
    assert found.reason
    assert "from the T1 series" in found.reason


def test_levels_that_are_named_otherwise_are_not_compared() -> None:
    other = renumbered(of("T1"))
    assert not same_levels(find_landmarks(T2), find_landmarks(other))
    found = at(measure([T2, other]), "disc_height")
    assert "T1_value" not in found.details
    assert found.reason
    assert "names the levels otherwise" in found.reason


def test_another_method_is_not_compared() -> None:
    found = at(measure([T2, of("T1", Stack(slices=11, sacrum=False))]), "lumbar_lordosis", None)
    assert "T1_value" not in found.details


def test_a_given_segmentation_is_no_second_reading() -> None:
    found = at(measure([replace(T2, given=True), replace(T1, given=True)]), "disc_height")
    assert "T1_value" not in found.details


def test_nothing_is_reported_twice() -> None:
    keys = [(f.feature, f.level, f.side) for f in measure([T2, T1])]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(("has", "lacks"), [("T1", "T2"), ("T2", "T1")])
def test_a_missing_weighting_is_said_and_never_negative(has: str, lacks: str) -> None:
    found = [f for f in measure([of(has)], graders=()) if f.feature == "modic_type"]
    assert found
    for finding in found:
        assert finding.status == "not_assessable"
        assert finding.reason == f"no sagittal {lacks} series was read"
    assert no_series("sagittal T1 and T2", [T2, T1]) is None
    assert no_series("axial", [T2]) is None


def test_one_slice_tells_no_side_and_nothing_in_three_dimensions() -> None:
    single = of("T2", Stack(slices=1))
    found = measure([single])
    assert at(found, "herniation_depth").details["side"] == "unknown"
    for feature, level in (("cobb_angle", None), ("canal_area", "L3-L4")):
        finding = at(found, feature, level)
        assert finding.status == "not_assessable"
        assert "slice" in (finding.reason or "")
    for feature in ("disc_height", "spondylolisthesis", "canal_ap_diameter", "disc_bulging"):
        assert at(found, feature).status == "assessed"
    for feature in ("vertebral_height", "vertebral_wedge", "endplate_depth"):
        assert at(found, feature, "L3").status == "assessed"
    assert at(found, "lumbar_lordosis", None).status == "assessed"


def test_series_lie_where_they_lie() -> None:
    affine = T1.series.geometry.affine.copy()
    affine[0, 3] += 3
    moved = replace(T1, series=replace(T1.series, geometry=Geometry(affine, T1.series.geometry.shape)))
    assert same_levels(find_landmarks(T2), find_landmarks(moved))
