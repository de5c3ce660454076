import gdcm
import numpy as np
import pytest
from pydicom.encaps import generate_frames
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

from service.errors import UnreadableInputError
from service.study import read_study
from service.study.codestream import declared_size

from .dicom import encoded, image, ramp
from .test_pixels import transcoded


@pytest.mark.parametrize(
    ("syntax", "expected"), [(JPEG2000Lossless, (64, 48)), (JPEGLSLossless, (64, 48)), (RLELossless, None)]
)
def test_the_declared_size_of_a_frame(syntax: str, expected: tuple[int, int] | None) -> None:
    dataset = image(ramp((64, 48)), BitsStored=12, HighBit=11)
    dataset.compress(syntax, generate_instance_uid=False)
    assert declared_size(next(generate_frames(dataset.PixelData, number_of_frames=1))) == expected


def test_the_declared_size_of_lossless_jpeg(tmp_path: object) -> None:
    dataset = transcoded(image(ramp((64, 48))), gdcm.TransferSyntax.JPEGLosslessProcess14_1, tmp_path)  # type: ignore[arg-type]
    assert declared_size(next(generate_frames(dataset.PixelData, number_of_frames=1))) == (64, 48)


@pytest.mark.parametrize("frame", [b"", b"\xff\xd8", b"\xff\xd8\xff\xe0\x00\x04ab", b"\xff\x4f\xff\x51", bytes(99)])
def test_a_stub_declares_nothing(frame: bytes) -> None:
    assert declared_size(frame) is None


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEGLSLossless])
def test_a_frame_larger_than_its_header_says_is_not_decoded(syntax: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = image(np.zeros((64, 64), np.uint16))
    dataset.compress(syntax, generate_instance_uid=False)
    dataset.Rows = 32
    monkeypatch.setattr("service.study.pixels.pixel_array", lambda _: pytest.fail("decoded"))
    with pytest.raises(UnreadableInputError) as caught:
        read_study(encoded(dataset))
    assert caught.value.code == "damaged_pixels"
