from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from service.errors import InputTooLargeError, LumbarTriageError, UnreadableInputError, UnsupportedStudyError
from service.study import Limits, read_study
from service.study.instance import check_pixels, kind, read_instance

from .dicom import CT, SR, encoded, enhanced, image, ramp

LIMITS = Limits()


def test_what_is_not_dicom_is_none() -> None:
    for data in (b"", b"hello", b"\x89PNG\r\n", bytes(1000), b"\x08\x00\x05\x00 a text that begins like group 8"):
        assert read_instance(data, LIMITS) is None


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9, 0.999])
def test_a_truncated_file_is_refused(syntax: str, kept: float) -> None:
    dataset = image(np.random.default_rng(0).integers(0, 4000, (32, 32)).astype(np.uint16))
    dataset.file_meta.TransferSyntaxUID = syntax
    data = encoded(dataset)
    assert _refusal(data[: int(len(data) * kept)]) in ("truncated_file", "missing_pixel_data")
    if kept > 0.5:
        assert _refusal(data[: int(len(data) * kept)]) == "truncated_file"


@pytest.mark.parametrize("kept", [0.7, 0.9, 0.99])
def test_a_truncated_compressed_file_is_refused(kept: float) -> None:
    dataset = image(np.random.default_rng(0).integers(0, 4000, (64, 64)).astype(np.uint16))
    dataset.compress(RLELossless, generate_instance_uid=False)
    data = encoded(dataset)
    assert _refusal(data[: int(len(data) * kept)]) == "truncated_file"


def test_a_truncated_enhanced_file_is_refused() -> None:
    data = encoded(enhanced(20))
    for kept in (0.2, 0.4, 0.6, 0.99):
        assert _refusal(data[: int(len(data) * kept)]) in ("truncated_file", "missing_pixel_data")


def test_a_truncated_object_that_is_not_an_mr_image_does_not_matter() -> None:
    data = encoded(image(SOPClassUID=CT, Modality="CT"))
    dataset = read_instance(data[:-60], LIMITS)
    assert dataset is not None
    assert kind(dataset) == "image"


def _refusal(data: bytes) -> str:
    with pytest.raises((UnreadableInputError, UnsupportedStudyError)) as caught:
        check_pixels(read_instance(data, LIMITS), LIMITS)  # type: ignore[arg-type]
    return caught.value.code


def test_kinds_of_object() -> None:
    assert kind(image()) == "mr"
    assert kind(image(SOPClassUID=None)) == "mr"
    assert kind(image(Modality=None)) == "mr"
    assert kind(image(SOPClassUID=CT, Modality="CT")) == "image"
    assert kind(image(Modality="CT")) == "image"
    assert kind(image(SOPClassUID="1.2.840.10008.5.1.4.1.1.7")) == "image"
    report = image(SOPClassUID=SR, Modality="SR")
    del report.PixelData
    assert kind(report) == "other"


def test_an_image_without_pixels() -> None:
    dataset = image()
    del dataset.PixelData
    with pytest.raises(UnsupportedStudyError) as caught:
        check_pixels(dataset, LIMITS)
    assert caught.value.code == "missing_pixel_data"


def test_voxels_are_counted_over_frames_and_bounded_by_side() -> None:
    assert check_pixels(enhanced(7), LIMITS) == 700
    with pytest.raises(InputTooLargeError):
        check_pixels(image(), Limits(image_side=9))


def test_a_deflated_bomb() -> None:
    dataset = image(np.zeros((1000, 1000), np.uint16))
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    with pytest.raises(InputTooLargeError) as caught:
        read_instance(encoded(dataset), Limits(file_bytes=100_000))
    assert caught.value.code == "archive_bomb"


_WHOLE = encoded(image(ramp(), SOPInstanceUID="1.2.3.4"))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(_WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_corrupted_bytes_never_raise_anything_else(changes: list[tuple[int, int]]) -> None:
    corrupted = bytearray(_WHOLE)
    for place, value in changes:
        corrupted[place] = value
    with suppress(LumbarTriageError):
        assert read_study(bytes(corrupted)).series
