import pytest

from service.study.acquisition import Acquisition, read_acquisition
from service.study.header import Header
from service.study.weighting import weighting

from .dicom import enhanced, image


def _read(**attributes: object) -> Acquisition:
    return read_acquisition(Header(image(**attributes)))


def _weighting(**attributes: object) -> str:
    return weighting(_read(**attributes))


@pytest.mark.parametrize(
    ("echo", "repetition", "expected"),
    [
        (8, 450, "T1"),
        (14, 746, "T1"),
        (97, 3500, "T2"),
        (124, 1000, "T2"),
        (264, 1500, "T2"),
        (30, 3000, "unknown"),
        (45, 3000, "unknown"),
        (740, 8000, "unknown"),
    ],
)
def test_spin_echo_timing(echo: float, repetition: float, expected: str) -> None:
    assert _weighting(EchoTime=echo, RepetitionTime=repetition) == expected


@pytest.mark.parametrize(
    ("inversion", "echo", "expected"),
    [(150, 60, "STIR"), (220, 40, "STIR"), (860, 12, "T1"), (2500, 120, "unknown"), (860, 90, "unknown")],
)
def test_inversion_recovery(inversion: float, echo: float, expected: str) -> None:
    timing = {"InversionTime": inversion, "EchoTime": echo, "RepetitionTime": 4000}
    assert _weighting(ScanningSequence=["SE", "IR"], **timing) == expected


def test_inversion_without_its_time_needs_the_description() -> None:
    assert _weighting(ScanningSequence="IR", EchoTime=40) == "unknown"
    assert _weighting(ScanningSequence="IR", EchoTime=40, SeriesDescription="t2_tirm_sag") == "STIR"


def test_an_inversion_time_of_zero_is_none_at_all() -> None:
    assert _weighting(InversionTime=0) == "T2"


@pytest.mark.parametrize(
    ("echo", "flip", "variant", "expected"),
    [
        (2.4, 10, "SP", "T1"),
        (4, 70, "SP", "T1"),
        (2.4, 3, "SP", "unknown"),
        (20, 30, "SP", "unknown"),
        (2, 50, "SS", "unknown"),
    ],
)
def test_gradient_echo(echo: float, flip: float, variant: str, expected: str) -> None:
    timing = {"EchoTime": echo, "RepetitionTime": 8, "FlipAngle": flip}
    assert _weighting(ScanningSequence="GR", SequenceVariant=variant, **timing) == expected


def test_timing_outranks_a_description_that_lies() -> None:
    assert _weighting(EchoTime=100, RepetitionTime=4000, SeriesDescription="T1 TSE SAG") == "T2"


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("t2_tse_sag", "T2"),
        ("sT1W_TSE", "T1"),
        ("T2* MERGE", "unknown"),
        ("SAG STIR T2", "STIR"),
        ("T1/T2", "unknown"),
        ("T12 block", "unknown"),
    ],
)
def test_a_description_stands_in_for_missing_timing(description: str, expected: str) -> None:
    assert _weighting(EchoTime=None, RepetitionTime=None, SeriesDescription=description) == expected


def test_a_description_is_not_believed_against_the_echo_time_alone() -> None:
    assert _weighting(EchoTime=100, RepetitionTime=None, SeriesDescription="T1") == "unknown"
    assert _weighting(EchoTime=100, RepetitionTime=None, SeriesDescription="T2") == "T2"


def test_malformed_timing_counts_as_missing() -> None:
    assert _weighting(EchoTime=None, RepetitionTime=None) == "unknown"


@pytest.mark.parametrize("kind", ["P", "ADC", "PROJECTION IMAGE", "F"])
def test_what_is_not_an_ordinary_image_has_no_weighting(kind: str) -> None:
    assert _weighting(ImageType=["DERIVED", "PRIMARY", kind]) == "unknown"


def test_dixon_images_carry_their_trait() -> None:
    assert _read(ImageType=["DERIVED", "PRIMARY", "DIXON", "WATER"]).traits == {"water", "fat_suppressed"}
    assert _read(ImageType=["DERIVED", "PRIMARY", "DIXON", "IN_PHASE"]).traits == {"in_phase"}
    assert _read(ImageType=["DERIVED", "PRIMARY", "DIXON", "OPP_PHASE"]).traits == {"out_of_phase"}


def test_fat_saturation_contrast_agent_and_localizer_are_seen() -> None:
    assert "fat_suppressed" in _read(ScanOptions=["PFP", "FS"]).traits
    assert "contrast_agent" in _read(ContrastBolusAgent="Gadolinium").traits
    assert "contrast_agent" not in _read(ContrastBolusAgent="NONE").traits
    assert "localizer" in _read(ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]).traits


def test_an_enhanced_image_tells_its_timing_in_functional_groups() -> None:
    acquisition = read_acquisition(Header(enhanced(), 2))
    assert (acquisition.echo_time_ms, acquisition.repetition_time_ms, acquisition.flip_angle_deg) == (100, 4000, 90)
    assert weighting(acquisition) == "T2"


def test_only_known_vendors_are_passed_on() -> None:
    assert _read(Manufacturer="SIEMENS Healthineers").manufacturer == "Siemens"
    assert _read(Manufacturer="Doe Imaging, bed of J. Doe").manufacturer is None


def test_a_field_strength_in_gauss_becomes_tesla() -> None:
    assert _read(MagneticFieldStrength=15000).field_strength_t == 1.5
    assert _read(MagneticFieldStrength=3).field_strength_t == 3
