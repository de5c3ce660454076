import pytest
from pydicom import Dataset

from service.study.header import Header

from .dicom import enhanced, image


def test_a_frame_outranks_what_is_shared_which_outranks_the_image() -> None:
    dataset = enhanced(2, SliceThickness=9.0, EchoTime=7.0)
    item = Dataset()
    item.EffectiveEchoTime = 55.0
    dataset.PerFrameFunctionalGroupsSequence[0].MREchoSequence = [item]
    assert Header(dataset, 0).number("EffectiveEchoTime") == 55
    assert Header(dataset, 1).number("EffectiveEchoTime") == 100
    assert Header(dataset, 1).number("SliceThickness") == 4
    assert Header(dataset, 1).number("EchoTime") == 7


def test_an_empty_or_malformed_value_is_none() -> None:
    dataset = image(EchoTime="", SeriesDescription="  ")
    dataset.add_new("RepetitionTime", "DS", "4000")
    dataset["RepetitionTime"]._value = "4ooo"
    header = Header(dataset)
    assert header.number("EchoTime") is None
    assert header.number("RepetitionTime") is None
    assert header.text("SeriesDescription") is None
    assert header.texts("ScanOptions") == ()
    assert header.items("AnatomicRegionSequence") == []


def test_the_first_attribute_that_is_there() -> None:
    assert Header(image()).number("EffectiveEchoTime", "EchoTime") == 100


@pytest.mark.parametrize(("value", "expected"), [("SE", ("SE",)), (["se", "IR"], ("SE", "IR"))])
def test_texts_are_upper_case(value: object, expected: tuple[str, ...]) -> None:
    assert Header(image(ScanningSequence=value)).texts("ScanningSequence") == expected
