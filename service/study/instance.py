"""The bytes of one file become a DICOM dataset that is known to be whole, and what kind of object it is."""

import struct
import zlib
from io import BytesIO
from typing import Literal

import pydicom
from pydicom import Dataset
from pydicom.dataelem import RawDataElement
from pydicom.uid import DeflatedExplicitVRLittleEndian

from service.errors import InputTooLargeError, UnreadableInputError, UnsupportedStudyError
from service.study.header import Header
from service.study.limits import Limits

Kind = Literal["mr", "image", "other"]

pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
"""Real headers break the standard in harmless ways, and a warning would quote their values."""

_MR = {
    "1.2.840.10008.5.1.4.1.1.4",
    "1.2.840.10008.5.1.4.1.1.4.1",
    "1.2.840.10008.5.1.4.1.1.4.4",
}
"""MR Image, Enhanced MR Image, and Legacy Converted Enhanced MR Image Storage."""
_DIRECTORY = "1.2.840.10008.1.3.10"
_WITHOUT_PREAMBLE = (b"\x02\x00", b"\x08\x00", b"\x00\x08")
"""Group 0002 or 0008, little or big endian."""
_ENCAPSULATED_PIXELS = b"\xe0\x7f\x10\x00OB\x00\x00\xff\xff\xff\xff"
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")


def read_instance(data: bytes, limits: Limits) -> Dataset | None:
    """Parses one file; None when it is not DICOM. A missing 128-byte preamble is forgiven.

    Raises:
        UnreadableInputError: DICOM, and cut off.
        InputTooLargeError: a deflated dataset that inflates to more than a file may hold.
    """
    bare = data[128:132] != b"DICM"
    if bare and not data.startswith(_WITHOUT_PREAMBLE):
        return None
    _check_deflated(data, limits)
    try:
        dataset = pydicom.dcmread(BytesIO(data), force=True)
        if bare and "SOPClassUID" not in dataset and "Modality" not in dataset:
            return None
        cut = _is_cut(dataset, data)
    except (EOFError, OSError, struct.error, zlib.error):
        cut = True
    except Exception:  # malformed in any other way: pydicom raises what it comes across
        if bare:
            return None
        raise UnreadableInputError(
            "A DICOM file is malformed. Export the study again.", code="malformed_dicom"
        ) from None
    if cut:
        raise UnreadableInputError(
            "A DICOM file is truncated: it ends before its data do. Send it again.", code="truncated_file"
        )
    return dataset


def kind(dataset: Dataset) -> Kind:
    """An MR image, an image of another sort (another modality, a screen capture), or no image at all."""
    header = Header(dataset)
    sop_class, modality = header.text("SOPClassUID") or "", (header.text("Modality") or "").upper()
    if sop_class in _MR or not sop_class:
        if modality in ("MR", ""):
            return "mr" if sop_class or modality else "other"
        return "image"
    has_pixels = any(keyword in dataset for keyword in _PIXELS)
    return "image" if has_pixels and sop_class != _DIRECTORY and modality not in ("SEG", "PR", "SR") else "other"


def check_pixels(dataset: Dataset, limits: Limits) -> int:
    """The number of voxels that an MR image says it holds.

    Raises:
        UnsupportedStudyError: no pixel data, or more than one sample per pixel.
        InputTooLargeError: more rows or columns than the limit.
    """
    rows, columns = _count(dataset, "Rows"), _count(dataset, "Columns")
    if not any(keyword in dataset for keyword in _PIXELS) or rows < 1 or columns < 1:
        raise UnsupportedStudyError("An MR image has no pixel data. Export the study again.", code="missing_pixel_data")
    if max(rows, columns) > limits.image_side:
        raise InputTooLargeError(f"An image has more than {limits.image_side} rows or columns.", code="too_large")
    return rows * columns * max(_count(dataset, "NumberOfFrames"), 1)


def _count(dataset: Dataset, keyword: str) -> int:
    return int(Header(dataset).number(keyword) or 0)


def _is_cut(dataset: Dataset, data: bytes) -> bool:
    """Whether encapsulated pixels lack their end, or an MR image's last element is shorter than it says.

    pydicom complains of neither; after the first it returns nothing at all. Objects that are not MR images are not read, so
    their faults do not matter.
    """
    if "PixelData" not in dataset and _ENCAPSULATED_PIXELS in data:
        return True
    if kind(dataset) != "mr":
        return False
    last = dataset.get_item(max(dataset.keys()))
    if isinstance(last, RawDataElement) and last.length != 0xFFFFFFFF and len(last.value or b"") < last.length:
        return True
    return _lacks_native_pixels(dataset)


def _lacks_native_pixels(dataset: Dataset) -> bool:
    """Whether uncompressed pixel data are shorter than rows, columns and frames ask for."""
    meta = dataset.file_meta if hasattr(dataset, "file_meta") else Dataset()
    syntax = meta.get("TransferSyntaxUID")
    if "PixelData" not in dataset or (syntax is not None and syntax.is_encapsulated):
        return False
    pixels = _count(dataset, "Rows") * _count(dataset, "Columns") * max(_count(dataset, "NumberOfFrames"), 1)
    samples = pixels * max(_count(dataset, "SamplesPerPixel"), 1)
    return len(dataset.PixelData) < samples * _count(dataset, "BitsAllocated") // 8


def _check_deflated(data: bytes, limits: Limits) -> None:
    if DeflatedExplicitVRLittleEndian.encode() not in data[132:1024] or len(data) < 144:
        return
    start = 144 + int(struct.unpack("<I", data[140:144])[0])
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        inflate.decompress(data[start:], limits.file_bytes)
    except zlib.error:
        return  # the parser meets the same fault and reports it
    if inflate.unconsumed_tail:
        raise InputTooLargeError("A deflated DICOM file inflates to more than a file may hold.", code="archive_bomb")
