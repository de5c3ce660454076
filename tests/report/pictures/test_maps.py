from dataclasses import replace

import numpy as np

from service.findings.disc_map import DiscMap
from service.findings.model import Finding
from service.report.pictures.maps import LINES, describe, disc_maps, refusal, shown
from service.report.pictures.subject import Subject
from tests.report.pictures.drawn import curved, has_colour, pixels, poor, texts

SLIP = Finding(
    feature="spondylolisthesis",
    level="L4-L5",
    status="assessed",
    value=6.0,
    unit="mm",
    grade="I",
    confidence=0.6,
    details={"percent": 17.6, "direction": "anterior"},
)


def test_there_is_a_panel_for_each_level_from_the_highest_down() -> None:
    figure = disc_maps(curved())
    levels = shown(curved())
    assert levels == ["L2-L3", "L3-L4", "L4-L5", "L5-S1"]
    assert len(figure.axes) == len(levels) + 1
    assert set(levels) <= set(texts(figure))


def test_both_endplates_are_drawn_in_their_colours() -> None:
    image = pixels(disc_maps(curved()))
    assert all(has_colour(image, colour) for colour, _ in LINES.values())


def test_all_four_sides_are_marked() -> None:
    written = texts(disc_maps(curved()))
    assert {"R", "L", "A (front)", "P (back)"} <= set(written)
    assert {"A (voor)", "P (achter)"} <= set(texts(disc_maps(Subject(curved().anatomy, (), "nl"))))


def test_slip_and_height_are_written_with_their_doubt() -> None:
    subject = Subject(curved().anatomy, [SLIP])
    assert describe(subject, "L4-L5") == ["slip 6.0 mm (18 %) forwards ?"]
    assert "slip 6.0 mm (18 %) forwards ?" in texts(disc_maps(subject))
    assert "slip: of the endplate's length" in texts(disc_maps(subject))
    assert describe(subject, "L3-L4") == []
    slight = SLIP.model_copy(update={"value": -0.8, "confidence": 0.9, "details": {"direction": "none"}})
    assert describe(Subject(curved().anatomy, [slight]), "L4-L5") == ["slip -0.8 mm"]


def test_a_deeper_bulge_is_another_picture() -> None:
    flat, deep = (Subject(curved().anatomy, ()) for _ in range(2))
    level = deep.maps["L3-L4"]
    assert isinstance(level, DiscMap)
    depth = level.posterior.depth + 5
    stretched = replace(level.posterior, depth=depth, margin=level.posterior.margin + [0, 5])
    deep.maps["L3-L4"] = replace(level, posterior=stretched)
    assert not np.array_equal(pixels(disc_maps(flat)), pixels(disc_maps(deep)))
    assert f"{depth.max():.1f} mm" in texts(disc_maps(deep))


def test_a_level_without_a_map_says_why() -> None:
    subject = Subject(curved().anatomy, ())
    subject.maps["L3-L4"] = "no disc was segmented"
    assert any("no disc was" in text for text in texts(disc_maps(subject)))


def test_an_unsure_numbering_shows() -> None:
    unsure = Subject(replace(curved().anatomy, numbering_confidence=0.1), ())
    assert "L4-L5?" in texts(disc_maps(unsure))


def test_without_any_map_there_is_a_reason() -> None:
    assert refusal(curved()) == ""
    assert "fewer than three slices" in refusal(poor("one slice"))
    assert refusal(poor("nothing")) == "no disc was segmented"


def test_a_large_disc_keeps_within_its_panel() -> None:
    subject = curved()
    found = subject.maps["L4-L5"]
    assert isinstance(found, DiscMap)
    wide = replace(
        found, disc=replace(found.disc, anterior=3 * found.disc.anterior, posterior=3 * found.disc.posterior)
    )
    subject.maps["L4-L5"] = wide
    panels = disc_maps(subject).axes[:-1]
    assert {panel.get_xlim() for panel in panels} == {panels[0].get_xlim()}
    assert panels[0].get_xlim()[1] > float(np.abs(wide.disc.points[:, 0]).max())
    assert max(panels[0].get_ylim()) > float(wide.disc.points[:, 1].max())
