"""Stored pixel values of one image become intensities: any transfer syntax, sign, depth and photometric interpretation."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import generate_frames
from pydicom.pixels.utils import pixel_array
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from service.errors import UnreadableInputError, UnsupportedStudyError
from service.study.codestream import declared_size
from service.study.header import Header

_DECODERS: dict[str, str] = {
    RLELossless: "pydicom",
    JPEGLSLossless: "pyjpegls",
    JPEGLSNearLossless: "pyjpegls",
    JPEG2000Lossless: "pylibjpeg",
    JPEG2000: "pylibjpeg",
    HTJ2KLossless: "pylibjpeg",
    HTJ2KLosslessRPCL: "pylibjpeg",
    HTJ2K: "pylibjpeg",
}
"""One decoder for each, and no second try: given damaged data, GDCM's JPEG 2000 and JPEG-LS end the process, and
pylibjpeg-rle panics. What is not listed (the older JPEG processes) is left to whichever decoder pydicom finds."""


class PixelSource:
    """The pixel data of one image object, decoded once, when first asked for."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset, self._header = dataset, Header(dataset)

    def frame(self, index: int, slope: float, intercept: float) -> NDArray[np.float32]:
        """float32 (rows, columns): the modality values, with MONOCHROME1 turned so that more signal is brighter.

        Source: DICOM PS3.3 C.7.6.3.1.2 (photometric interpretation), C.11.1 (rescale).

        Raises:
            UnreadableInputError: the pixel data are damaged.
            UnsupportedStudyError: not one grey value per pixel, or a compression that cannot be decoded.
        """
        stored = self._stored[index].astype(np.float32)
        if self._header.text("PhotometricInterpretation") == "MONOCHROME1":
            stored = self._turned(stored)
        return np.asarray(stored * np.float32(slope) + np.float32(intercept), np.float32)

    def _turned(self, stored: NDArray[np.float32]) -> NDArray[np.float32]:
        bits = int(self._header.number("BitsStored", "BitsAllocated") or 16)
        lowest_plus_highest = -1 if self._header.number("PixelRepresentation") == 1 else 2**bits - 1
        return lowest_plus_highest - stored

    @cached_property
    def _stored(self) -> NDArray[np.generic]:
        """(frames, rows, columns) as stored."""
        samples = self._header.number("SamplesPerPixel") or 1
        if samples != 1 or self._header.text("PhotometricInterpretation") == "PALETTE COLOR":
            raise UnsupportedStudyError(
                "An MR image is in colour. Send the original images.", code="unsupported_pixels"
            )
        try:
            _complete(self._dataset)
            self._check_declared_size()
            plugin = _DECODERS.get(str(self._dataset.file_meta.TransferSyntaxUID), "")
            decoded = pixel_array(self._dataset, decoding_plugin=plugin).reshape(self._shape)
        except Exception:  # each decoder raises its own; its message may quote the header
            raise UnreadableInputError(
                "The pixel data of an image are damaged, or compressed in a way that cannot be read.",
                code="damaged_pixels",
            ) from None
        return np.asarray(decoded)

    @property
    def _shape(self) -> tuple[int, int, int]:
        frames, rows, columns = (int(self._header.number(k) or 1) for k in ("NumberOfFrames", "Rows", "Columns"))
        return frames, rows, columns

    def _check_declared_size(self) -> None:
        """A code stream may claim another size than the header, and a decoder would reserve memory for that."""
        if not self._dataset.file_meta.TransferSyntaxUID.is_encapsulated:
            return
        frames, *size = self._shape
        for frame in generate_frames(self._dataset.PixelData, number_of_frames=frames):
            if declared_size(frame) not in (None, tuple(size)):
                raise ValueError("the code stream declares another size than the header")


def _complete(dataset: Dataset) -> None:
    """Adds what a file without preamble or with a poor header leaves out and the decoder insists on."""
    if not hasattr(dataset, "file_meta"):
        dataset.file_meta = FileMetaDataset()
    if "TransferSyntaxUID" not in dataset.file_meta:
        implicit, little = dataset.original_encoding
        explicit = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else explicit
    for keyword, usual in (
        ("SamplesPerPixel", 1),
        ("PhotometricInterpretation", "MONOCHROME2"),
        ("PixelRepresentation", 0),
    ):
        if dataset.get(keyword) is None:
            setattr(dataset, keyword, usual)
    if dataset.get("BitsStored") is None:
        dataset.BitsStored = dataset.get("BitsAllocated", 16)
