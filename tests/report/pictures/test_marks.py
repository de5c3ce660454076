import pytest

from service.findings.catalogue import CATALOGUE
from service.findings.model import Finding, not_assessable
from service.report.pictures.marks import COLOURS, absent_at, marks_at
from service.report.pictures.style import PALETTE


def found(feature: str, **rest: object) -> Finding:
    return Finding.model_validate({"feature": feature, "level": "L4-L5", "status": "assessed", **rest})


@pytest.mark.parametrize(
    ("finding", "text", "notable"),
    [
        (found("pfirrmann_grade", grade="5"), "Pfirrmann 5", True),
        (found("pfirrmann_grade", grade="2"), "Pfirrmann 2", False),
        (found("modic_type", grade="1", probability=0.8), "Modic 1", True),
        (found("spondylolisthesis", value=6.12, unit="mm", grade="I", probability=0.99), "slip 6.1 mm (I)", True),
        (found("spondylolisthesis", value=5.15, unit="mm", grade="I", probability=0.49), "slip 5.2 mm (I)", True),
        (found("spondylolisthesis", value=-5.0, unit="mm", grade="I", probability=0.1), "slip -5.0 mm (I)", False),
        (found("spondylolisthesis", probability=0.6), "slip 60 %", True),
        (found("spondylolisthesis", value=0.4, unit="mm", grade="0", probability=0.01), "slip 0.4 mm", False),
        (found("canal_ap_diameter", value=8.9, unit="mm"), "canal 8.9 mm", True),
        (found("canal_ap_diameter", value=13.0, unit="mm"), "canal 13.0 mm", False),
        (found("central_canal_stenosis", grade="2"), "canal stenosis 2", True),
        (found("central_canal_stenosis", grade="1"), "canal stenosis 1", False),
        (found("disc_herniation", probability=0.84), "herniation 84 %", True),
        (found("foraminal_stenosis", grade="2", side="left"), "foramen L 2", True),
        (found("disc_herniation", probability=0.9, confidence=0.4), "herniation 90 % ?", False),
        (found("endplate_defect", probability=0.7, value=3.4, unit="mm"), "endplate defect 3.4 mm", True),
    ],
)
def test_a_finding_in_a_few_words(finding: Finding, text: str, notable: bool) -> None:
    (mark,) = marks_at([finding], "L4-L5", "en")
    assert (mark.text, mark.notable) == (text, notable)


def test_the_notable_come_first() -> None:
    ordinary, notable = found("pfirrmann_grade", grade="2"), found("modic_type", grade="2")
    assert [m.notable for m in marks_at([ordinary, notable], "L4-L5", "en")] == [True, False]


def test_what_was_not_assessed_is_neither_marked_nor_called_absent() -> None:
    missing = [not_assessable("modic_type", "no T1", level="L4-L5")]
    assert marks_at(missing, "L4-L5", "en") == []
    assert absent_at(missing, "L4-L5", "en") == []


def test_what_was_looked_for_and_not_seen_is_named_and_not_marked() -> None:
    absent = [found("modic_type", grade="0"), found("disc_herniation", probability=0.1)]
    assert marks_at(absent, "L4-L5", "nl") == []
    assert absent_at(absent, "L4-L5", "nl") == ["Modic", "hernia"]


def test_what_was_not_surely_seen_to_be_absent_is_not_called_absent() -> None:
    unsure = found("central_canal_stenosis", grade="0", probability=0.1, confidence=0.2)
    assert absent_at([unsure], "L4-L5", "en") == []


@pytest.mark.parametrize("feature", ["spondylolisthesis", "disc_bulging"])
def test_a_low_probability_is_no_measurement(feature: str) -> None:
    unlikely = found(feature, grade="absent" if feature == "disc_bulging" else None, probability=0.02)
    assert marks_at([unlikely], "L4-L5", "en") == []
    assert len(absent_at([unlikely], "L4-L5", "en")) == 1


def test_what_is_left_open_is_not_called_absent() -> None:
    left_open = found("disc_herniation", probability=0.1).model_copy(
        update={"reason": "a low probability excludes nothing"}
    )
    assert absent_at([left_open], "L4-L5", "en") == []


def test_other_levels_stay_where_they_are() -> None:
    assert marks_at([found("modic_type", grade="1")], "L5-S1", "en") == []


@pytest.mark.parametrize("feature", sorted(CATALOGUE))
def test_every_feature_of_the_catalogue_has_a_mark_of_the_palette(feature: str) -> None:
    for lang in ("nl", "en"):
        (mark,) = marks_at([found(feature, grade="5", probability=1.0, value=1.0, unit="mm")], "L4-L5", lang)
        assert mark.colour in PALETTE
        assert mark.text


def test_categories_differ_in_colour() -> None:
    assert len(set(COLOURS.values())) == len(COLOURS)
