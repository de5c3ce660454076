import pytest

from service.study import words
from service.study.header import Header

from .dicom import enhanced, image


def _region(**attributes: object) -> str:
    return words.region(Header(image(**attributes)))


@pytest.mark.parametrize("part", ["LSPINE", "LUMBAR SPINE", "TLSPINE"])
def test_a_lumbar_body_part(part: str) -> None:
    assert _region(BodyPartExamined=part) == "lumbar"


@pytest.mark.parametrize("part", ["BRAIN", "HEAD", "CSPINE", "KNEE"])
def test_another_body_part(part: str) -> None:
    assert _region(BodyPartExamined=part) == "other"


@pytest.mark.parametrize("part", ["", "SPINE", "ABDOMEN", "PELVIS"])
def test_a_body_part_that_a_lumbar_study_may_carry(part: str) -> None:
    assert _region(BodyPartExamined=part) == "unknown"


def test_headers_that_contradict_themselves_prove_nothing() -> None:
    assert _region(BodyPartExamined="HEAD", SeriesDescription="T2 sag lumbar") == "unknown"
    assert _region(BodyPartExamined="HEAD", StudyDescription="MR LWK") == "unknown"


@pytest.mark.parametrize(
    ("study", "series", "expected"),
    [
        ("MR hersenen", "t1_mpr_sag", "other"),
        ("MR LWK", "t2_tse_sag", "lumbar"),
        ("MR cervical, thoracic and lumbar spine", "t2_tse_sag", "unknown"),
        ("MR total spine, cervical and lumbar", "T2 SAG CWK", "other"),
        ("MR cervical spine", "T2 L-SPINE", "lumbar"),
        ("MR Kopf", "t2", "other"),
    ],
)
def test_descriptions_stand_in_for_a_missing_body_part(study: str, series: str, expected: str) -> None:
    assert _region(StudyDescription=study, SeriesDescription=series) == expected


def test_the_anatomy_of_an_enhanced_frame_counts() -> None:
    dataset, code, macro = enhanced(), image(CodeMeaning="Brain"), image()
    macro.AnatomicRegionSequence = [code]
    dataset.SharedFunctionalGroupsSequence[0].FrameAnatomySequence = [macro]
    assert words.region(Header(dataset, 0)) == "other"


def test_scouts_by_name() -> None:
    assert words.is_scout(Header(image(SeriesDescription="3-plane LOC")))
    assert not words.is_scout(Header(image(SeriesDescription="T2 block L4")))
