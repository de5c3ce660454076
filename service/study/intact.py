"""Whether a NIfTI file holds all the voxels that its header promises: its reader fills up with zeros and says nothing."""

import gzip
import zlib
from pathlib import Path

from service.errors import InputTooLargeError, UnreadableInputError
from service.study.limits import Limits

_CHUNK = 1024 * 1024
_HEADER_BYTES = 348
"""Of NIfTI-1; that of NIfTI-2 is longer."""


def check_intact(path: Path, voxel_bytes: int, limits: Limits) -> None:
    """Refuses a file that holds less than its header and ``voxel_bytes``, once unpacked.

    Raises:
        UnreadableInputError: cut off or damaged.
        InputTooLargeError: it unpacks to more than a file may hold.
    """
    try:
        size = _unpacked_size(path, limits) if path.name.lower().endswith(".gz") else path.stat().st_size
    except (EOFError, OSError, zlib.error):
        size = -1
    if size < _HEADER_BYTES + voxel_bytes:
        raise UnreadableInputError("The image file is truncated. Send it again.", code="truncated_file")


def _unpacked_size(path: Path, limits: Limits) -> int:
    size = 0
    with gzip.open(path) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > limits.total_bytes:
                raise InputTooLargeError("The image unpacks to more than the service accepts.", code="archive_bomb")
    return size
