from dataclasses import replace

import numpy as np
import pytest

from service.findings.model import Finding
from service.report.pictures.canal import canal_profile, courses_of, refusal, values_at
from service.report.pictures.style import BLUE, GREEN
from service.report.pictures.subject import Subject
from tests.report.pictures.drawn import curved, has_colour, pixels, poor, texts


def test_levels_and_their_diameters_are_written() -> None:
    found = curved().finding("canal_ap_diameter", "L4-L5")
    assert found is not None
    assert found.value is not None
    assert {"L4-L5", "L4", f"{found.value:.1f}"} <= set(texts(canal_profile(curved())))


def test_the_values_are_those_of_the_findings() -> None:
    measured = Finding(feature="canal_ap_diameter", level="L4-L5", status="assessed", value=7.7, unit="mm")
    subject, profile = Subject(curved().anatomy, [measured]), curved().profile
    assert profile is not None
    at = values_at(subject, courses_of(profile)[0], profile)
    assert at["L4-L5"] == 7.7
    read = np.interp(profile.levels["L3-L4"], profile.distance_mm, profile.diameter_mm)
    assert at["L3-L4"] == pytest.approx(float(read))


def test_each_quantity_has_its_colour() -> None:
    image = pixels(canal_profile(curved()))
    assert has_colour(image, BLUE)
    assert has_colour(image, GREEN)


def test_a_narrower_canal_is_another_picture() -> None:
    profile, changed = curved().profile, Subject(curved().anatomy, ())
    assert profile is not None
    vars(changed)["profile"] = replace(profile, diameter_mm=profile.diameter_mm - 4)
    assert not np.array_equal(pixels(canal_profile(changed)), pixels(canal_profile(curved())))


def test_what_was_not_measured_gets_no_panel() -> None:
    profile = curved().profile
    assert profile is not None
    unknown = replace(profile, csf_fraction=np.full_like(profile.csf_fraction, np.nan))
    assert [course.key for course in courses_of(unknown)] == ["diameter", "area"]
    single = poor("one slice").profile
    assert single is not None
    assert "area" not in [course.key for course in courses_of(single)]


def test_without_a_canal_there_is_a_reason() -> None:
    assert refusal(curved()) == ""
    assert refusal(poor("no canal")) == "too little of the canal was segmented"


def test_an_unsure_numbering_shows() -> None:
    unsure = Subject(replace(curved().anatomy, numbering_confidence=0.1), ())
    assert "L4-L5?" in texts(canal_profile(unsure))
