from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from service.findings.cobb import FEATURE
from service.findings.model import Finding
from service.report.pictures.cobb import cobb, ends_of, refusal, tilts_of
from service.report.pictures.coronal import PIXEL_MM, shadows
from service.report.pictures.style import BLUE, VERMILION
from service.report.pictures.subject import Subject
from tests.anatomy.stack import DEPTH, HEIGHT, WIDTH, Stack, build
from tests.report.pictures.drawn import curved, has_colour, pixels, poor, texts

UPRIGHT = build(Stack(vertebrae=2, rows=130, sacral_slope=24)).anatomy()


def test_the_projection_of_a_box_is_as_wide_and_as_high_as_the_box() -> None:
    body = next(s for s in shadows(UPRIGHT) if s.structure.name == "L4")
    seen = body.thickness > 10
    assert np.ptp(body.x[seen.any(axis=0)]) == pytest.approx(WIDTH, abs=4.5)
    assert np.ptp(body.z[seen.any(axis=1)]) == pytest.approx(HEIGHT, abs=2.5)
    assert body.thickness.max() == pytest.approx(DEPTH, abs=3)


def test_a_tilted_endplate_is_a_line_and_no_staircase() -> None:
    body = next(s for s in curved().shadows if s.structure.name == "L3")
    seen = body.thickness > 10
    middle = np.abs(body.x - np.average(body.x, weights=body.thickness.sum(axis=0))) < 15
    top = np.array([body.z[column].max() for column in seen.T[middle]])
    line = np.polyfit(body.x[middle], top, 1)
    assert np.abs(top - np.polyval(line, body.x[middle])).max() < 1.5 * PIXEL_MM


def test_the_patients_left_is_on_the_right() -> None:
    labels = UPRIGHT.labels.copy()
    right_half = labels[: len(labels) // 2]
    right_half[right_half == 2] = 0
    body = next(s for s in shadows(replace(UPRIGHT, labels=labels)) if s.structure.name == "L4")
    assert np.average(body.x, weights=body.thickness.sum(axis=0)) > 5
    assert np.all(np.diff(body.x) > 0)


def test_the_lines_are_those_of_the_endplates_that_differ_most() -> None:
    finding = curved().finding(FEATURE)
    assert finding is not None
    tilts = tilts_of(finding)
    ends = ends_of(tilts)
    assert ends is not None
    assert abs(ends[0].degrees - ends[1].degrees) == pytest.approx(finding.value, abs=0.02)
    assert {ends[0].vertebra, ends[1].vertebra} == {finding.details["upper"], finding.details["lower"]}


def test_the_picture_writes_the_angle_and_all_pairs() -> None:
    figure = cobb(curved())
    finding = curved().finding(FEATURE)
    assert finding is not None
    written = texts(figure)
    assert f"{finding.value:.1f}°" in written
    assert "R" in written
    assert "L" in written
    tilts = tilts_of(finding)
    whole = [text for text in written if text.isdigit()]
    assert len(whole) >= len(tilts) ** 2
    widest = max(abs(a.degrees - b.degrees) for a, b in combinations(tilts, 2))
    assert f"{widest:.0f}" in whole
    image = pixels(figure)
    assert has_colour(image, VERMILION)
    assert has_colour(image, BLUE)


def test_another_curve_is_another_picture() -> None:
    found = curved().finding(FEATURE)
    assert found is not None
    straighter = found.model_copy(update={"value": 3.0, "details": {**found.details, "tilt_L3_lower": 0.0}})
    changed = Subject(curved().anatomy, [straighter])
    assert "3.0°" in texts(cobb(changed))
    assert not np.array_equal(pixels(cobb(changed)), pixels(cobb(curved())))


def test_without_an_angle_there_is_the_findings_own_reason() -> None:
    assert refusal(poor("one slice")) == "a single slice does not show the coronal plane"
    assert refusal(curved()) == ""


def test_an_angle_without_its_tilts_cannot_be_drawn() -> None:
    bare = Finding(feature=FEATURE, status="assessed", value=12.0, unit="degrees")
    assert refusal(Subject(curved().anatomy, [bare])) == "no angle was measured"
