import pytest

from service.study import words
from service.study.header import Header

from .dicom import enhanced, image


def _region(**attributes: object) -> str:
    return words.region(Header(image(**attributes)))


@pytest.mark.parametrize("part", ["LSPINE", "LUMBAR SPINE", "TLSPINE"])
def test_a_lumbar_body_part(part: str) -> None:
    assert _region(BodyPartExamined=part) == "lumbar"


@pytest.mark.parametrize("part", ["BRAIN", "HEAD", "CSPINE", "TSPINE", "HIP", "ABDOMEN", "PELVIS", "KNEE", "BWS"])
def test_another_body_part(part: str) -> None:
    assert _region(BodyPartExamined=part) == "other"


@pytest.mark.parametrize("part", ["", "SPINE", "WHOLE SPINE"])
def test_a_body_part_that_a_lumbar_study_may_carry(part: str) -> None:
    assert _region(BodyPartExamined=part) == "unknown"


def test_headers_that_contradict_themselves_prove_nothing() -> None:
    assert _region(BodyPartExamined="HEAD", SeriesDescription="T2 sag lumbar") == "unknown"
    assert _region(BodyPartExamined="HEAD", StudyDescription="MR LWK") == "unknown"
    assert _region(BodyPartExamined="ABDOMEN", ProtocolName="L-Spine routine") == "unknown"


_LUMBAR = """MRI lumbar spine|MR L-spine|MR LSPINE|LS_SPINE sag|MRI thoracolumbar spine|MRI dorsolumbar spine|MR TL spine
MRI LWK|MRI lumbale wervelkolom|MRI lumbosacraal|MR L-wervelkolom|MRI thoracolumbale wervelkolom|MRI lendenwervels
MRT LWS|MRT Lendenwirbelsäule|MRT L-Wirbelsäule|MRT thorakolumbal|IRM rachis lombaire"""
_OTHER = """MRI cervical spine|MR C-spine|MRI dorsal spine|MRI thoracic spine|MR T-SPINE|MR TSPINE|MRI hips|MRI pelvis|MRI abdomen
MRI CWK|MRI TWK|MRI thoracale wervelkolom|MRI thoracaal|thoracal spine|MRI nekwervels|MRI heup links|MRI bekken|MRI buik
MRT HWS|MRT BWS|MRT Halswirbelsäule|MRT Brustwirbelsäule|MRT Hüfte|MRT Becken|MRT Abdomen"""
_UNTOLD = """MRI spine|MRI total spine|MRI whole spine|MR whole_spine|t2_tse_sag|chips
MRI wervelkolom|MRI totale wervelkolom|MRI totaal wervelkolom|MRI hele wervelkolom|MRI CWK en LWK
MRT Wirbelsäule|MRT Ganzwirbelsäule|MRT gesamte Wirbelsäule|MRI cervical, thoracic and lumbar spine"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (text, region)
        for region, texts in (("lumbar", _LUMBAR), ("other", _OTHER), ("unknown", _UNTOLD))
        for text in texts.replace("\n", "|").split("|")
    ],
)
def test_people_write_english_dutch_and_german(text: str, expected: str) -> None:
    assert _region(StudyDescription=text) == expected


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
