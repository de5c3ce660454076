from io import BytesIO
from pathlib import Path

import gdcm
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import (
    JPEG2000,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from service.errors import UnreadableInputError, UnsupportedStudyError
from service.study import Series, read_study

from .dicom import encoded, image, ramp


def _read(*datasets: Dataset) -> Series:
    return read_study([(str(k), encoded(d)) for k, d in enumerate(datasets)]).series[0]


def _pixels(dataset: Dataset) -> np.ndarray:
    return _read(dataset).pixels[0]


DEPTHS = [
    (np.uint8, 8, 255),
    (np.uint16, 12, 4095),
    (np.uint16, 16, 65535),
    (np.int16, 12, 2047),
    (np.int16, 16, 32767),
]


def _deep(dtype: type[np.generic], bits: int, top: int) -> tuple[np.ndarray, Dataset]:
    """Values over the whole range, signed ones from the most negative."""
    low = -top - 1 if np.dtype(dtype).kind == "i" else 0
    stored = np.linspace(low, top, 4096).reshape(64, 64).astype(dtype)
    return stored, image(stored, BitsStored=bits, HighBit=bits - 1)


@pytest.mark.parametrize(("dtype", "bits", "top"), DEPTHS)
@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_little_endian_of_any_depth(syntax: str, dtype: type[np.generic], bits: int, top: int) -> None:
    stored, dataset = _deep(dtype, bits, top)
    dataset.file_meta.TransferSyntaxUID = syntax
    np.testing.assert_array_equal(_pixels(dataset), stored)


@pytest.mark.parametrize(("dtype", "bits", "top"), DEPTHS[1:])
def test_big_endian(dtype: type[np.generic], bits: int, top: int) -> None:
    stored, dataset = _deep(dtype, bits, top)
    dataset.PixelData = stored.astype(stored.dtype.newbyteorder(">")).tobytes()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    np.testing.assert_array_equal(_pixels(dataset), stored)


@pytest.mark.parametrize(("dtype", "bits", "top"), DEPTHS)
@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless, JPEGLSLossless])
def test_lossless_compression(syntax: str, dtype: type[np.generic], bits: int, top: int) -> None:
    stored, dataset = _deep(dtype, bits, top)
    dataset.compress(syntax, generate_instance_uid=False)
    np.testing.assert_array_equal(_pixels(dataset), stored)


@pytest.mark.parametrize(("dtype", "bits", "top"), DEPTHS)
@pytest.mark.parametrize("process", ["JPEGLosslessProcess14", "JPEGLosslessProcess14_1"])
def test_jpeg_lossless(process: str, dtype: type[np.generic], bits: int, top: int, tmp_path: Path) -> None:
    stored, dataset = _deep(dtype, bits, top)
    np.testing.assert_array_equal(_pixels(transcoded(dataset, getattr(gdcm.TransferSyntax, process), tmp_path)), stored)


def transcoded(dataset: Dataset, syntax: int, folder: Path) -> Dataset:
    """The data set with its pixels compressed by GDCM."""
    (folder / "in.dcm").write_bytes(encoded(dataset))
    reader, change, writer = gdcm.ImageReader(), gdcm.ImageChangeTransferSyntax(), gdcm.ImageWriter()
    reader.SetFileName(str(folder / "in.dcm"))
    assert reader.Read()
    change.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer.SetFileName(str(folder / "out.dcm"))
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    assert writer.Write()
    return pydicom.dcmread(folder / "out.dcm")


def test_lossy_jpeg_2000_is_close() -> None:
    stored = ramp((64, 64))
    dataset = image(stored, BitsStored=12, HighBit=11)
    dataset.compress(JPEG2000, j2k_cr=[4], generate_instance_uid=False)
    assert np.abs(_pixels(dataset) - stored).max() < 50


def test_bits_above_the_stored_ones_are_ignored() -> None:
    dataset = image(ramp() | 0xF000, BitsStored=12, HighBit=11)
    np.testing.assert_array_equal(_pixels(dataset), ramp())


def test_rescale_applies_to_each_image_by_itself() -> None:
    one = image(np.full((10, 10), 5, np.int16), RescaleSlope=2, RescaleIntercept=-3)
    two = image(np.full((10, 10), 5, np.int16), (5, 0, 0), RescaleSlope=0.5, RescaleIntercept=10)
    assert _read(one, two).pixels[:, 4, 4].tolist() == [7, 12.5]


def test_rescale_of_an_enhanced_image_lies_in_its_groups() -> None:
    from .dicom import enhanced

    dataset, item = enhanced(3), Dataset()
    item.RescaleSlope, item.RescaleIntercept, item.RescaleType = 10, 1, "US"
    dataset.PerFrameFunctionalGroupsSequence[0].PixelValueTransformationSequence = [item]
    assert _read(dataset).pixels[:, 0, 0].tolist() == [0, 1, 21]


@pytest.mark.parametrize(("dtype", "bits", "low", "high"), [(np.uint16, 12, 0, 4095), (np.int16, 12, -2048, 2047)])
def test_monochrome1_is_turned(dtype: type[np.generic], bits: int, low: int, high: int) -> None:
    stored = np.full((10, 10), high, dtype)
    stored[3, 4] = low
    pixels = _pixels(image(stored, BitsStored=bits, HighBit=bits - 1, PhotometricInterpretation="MONOCHROME1"))
    assert pixels[3, 4] == high
    assert pixels[0, 0] == low


def test_a_file_without_preamble_or_meta_header() -> None:
    dataset = image(ramp())
    buffer = BytesIO()
    pydicom.dcmwrite(buffer, Dataset(dataset), implicit_vr=True, little_endian=True, enforce_file_format=False)
    for data in (encoded(dataset, preamble=False), buffer.getvalue()):
        np.testing.assert_array_equal(read_study(data).series[0].pixels[0], ramp())


def test_damaged_pixels_are_refused_without_quoting_anything() -> None:
    dataset = image(ramp((64, 64)))
    dataset.compress(JPEG2000Lossless, generate_instance_uid=False)
    data = bytearray(encoded(dataset))
    start = data.find(b"\xff\x4f\xff\x51")
    data[start + 60 : -8] = b"\x55" * (len(data) - start - 68)
    with pytest.raises(UnreadableInputError) as caught:
        read_study(bytes(data))
    assert caught.value.code == "damaged_pixels"
    assert caught.value.__cause__ is None


def test_colour_is_refused() -> None:
    dataset = image(np.zeros((10, 30), np.uint8), Columns=10, SamplesPerPixel=3, PhotometricInterpretation="RGB")
    dataset.PlanarConfiguration = 0
    with pytest.raises(UnsupportedStudyError) as caught:
        read_study(encoded(dataset))
    assert caught.value.code == "unsupported_pixels"
