"""Stored pixel values of one image become intensities: any transfer syntax, sign, depth and photometric interpretation."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.pixels.utils import pixel_array
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from service.errors import UnreadableInputError, UnsupportedStudyError


class PixelSource:
    """The pixel data of one image object, decoded once, when first asked for."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset

    def frame(self, index: int, slope: float, intercept: float) -> NDArray[np.float32]:
        """float32 (rows, columns): the modality values, with MONOCHROME1 turned so that more signal is brighter.

        Source: DICOM PS3.3 C.7.6.3.1.2 (photometric interpretation), C.11.1 (rescale).

        Raises:
            UnreadableInputError: the pixel data are damaged.
            UnsupportedStudyError: not one grey value per pixel, or a compression that cannot be decoded.
        """
        stored = self._stored[index].astype(np.float32)
        if self._dataset.get("PhotometricInterpretation") == "MONOCHROME1":
            stored = self._turned(stored)
        return np.asarray(stored * np.float32(slope) + np.float32(intercept), np.float32)

    def _turned(self, stored: NDArray[np.float32]) -> NDArray[np.float32]:
        bits = int(self._dataset.get("BitsStored") or self._dataset.get("BitsAllocated") or 16)
        lowest_plus_highest = -1 if self._dataset.get("PixelRepresentation") == 1 else 2**bits - 1
        return lowest_plus_highest - stored

    @cached_property
    def _stored(self) -> NDArray[np.generic]:
        """(frames, rows, columns) as stored."""
        dataset = self._dataset
        if int(dataset.get("SamplesPerPixel") or 1) != 1 or dataset.get("PhotometricInterpretation") == "PALETTE COLOR":
            raise UnsupportedStudyError(
                "An MR image is in colour. Send the original images.", code="unsupported_pixels"
            )
        _complete(dataset)
        try:
            decoded = pixel_array(dataset)
        except Exception:  # each decoder raises its own; its message may quote the header
            raise UnreadableInputError(
                "The pixel data of an image are damaged, or compressed in a way that cannot be read.",
                code="damaged_pixels",
            ) from None
        return decoded[None] if decoded.ndim == 2 else decoded


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
