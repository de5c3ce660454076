from dataclasses import replace

import numpy as np
import pytest

from service.findings.model import Finding
from service.report.model import Language
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


@pytest.mark.parametrize(("least", "filled"), [(9.9, ["L4-L5"]), (10.1, [])])
def test_a_point_is_filled_where_the_canal_is_narrow_and_not_because_it_is_the_least(
    least: float, filled: list[str]
) -> None:
    values = {"L2-L3": 12.0, "L3-L4": 11.0, "L4-L5": least, "L5-S1": 13.0}
    measured = [
        Finding(feature="canal_ap_diameter", level=level, status="assessed", value=value, unit="mm")
        for level, value in values.items()
    ]
    subject = Subject(curved().anatomy, measured)
    axes = canal_profile(subject).axes[0]
    points = [line for line in axes.lines if line.get_marker() == "o"]
    dark = [line.get_xdata()[0] for line in points if line.get_markerfacecolor() != "white"]
    assert dark == [values[level] for level in filled]
    bold = [text.get_text() for text in axes.texts if text.get_weight() == "bold"]
    assert bold == [f"{least:.1f}"]


@pytest.mark.parametrize("case", ["one slice", "whole"])
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_note_stays_on_the_page_and_below_the_panels(case: str, lang: Language) -> None:
    subject = replace(poor(case) if case == "one slice" else curved(), lang=lang)
    figure = canal_profile(subject)
    width = pixels(figure).shape[1]
    (note,) = (text for text in figure.texts if "10 mm" in text.get_text())
    assert note.get_window_extent().x1 <= width
    assert note.get_window_extent().y1 <= figure.axes[0].xaxis.label.get_window_extent().y0
