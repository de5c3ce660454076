"""The entries of a ZIP archive, read in memory and no further than the limits allow.

Nothing is ever written to disk, so a name that climbs out of the archive ("../../x") is only a name.
"""

import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from service.errors import InputTooLargeError, UnreadableInputError
from service.study.limits import Limits

_CHUNK = 1024 * 1024
_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07")


def is_zip(data: bytes) -> bool:
    """Whether the bytes begin as a ZIP archive does (an empty one included)."""
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def is_archive(content: bytes) -> bool:
    """Whether a file is itself an archive of a usual kind."""
    return content.startswith(_ARCHIVES)


def entries(archive: bytes, limits: Limits) -> Iterator[tuple[str, bytes]]:
    """The (name, content) of each file in a ZIP archive.

    Raises:
        UnreadableInputError: damaged or encrypted.
        InputTooLargeError: an entry breaks a limit of size, number or compression ratio.
    """
    try:
        with zipfile.ZipFile(BytesIO(archive)) as opened:
            files = [info for info in opened.infolist() if not info.is_dir()]
            _check_number(files, limits)
            for info in files:
                yield info.filename, _content(opened, info, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
        raise UnreadableInputError(
            "The ZIP archive is damaged or packed in an unusual way. Pack the study again.", code="damaged_archive"
        ) from None


def _check_number(files: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(files) > limits.files:
        raise InputTooLargeError(f"The archive holds more than {limits.files} files.", code="too_many_files")
    if any(info.flag_bits & 0x1 for info in files):
        raise UnreadableInputError("The archive is encrypted. Upload it without a password.", code="encrypted_archive")
    if sum(info.file_size for info in files) > limits.total_bytes:
        raise InputTooLargeError("The archive unpacks to more than the service accepts.", code="archive_bomb")


def _content(opened: zipfile.ZipFile, info: zipfile.ZipInfo, limits: Limits) -> bytes:
    """Unpacks one entry piece by piece: the size that the archive declares is a claim, not a fact."""
    content = bytearray()
    with opened.open(info) as stream:
        while chunk := stream.read(_CHUNK):
            content += chunk
            _check_size(len(content), info.compress_size, limits)
    return bytes(content)


def _check_size(unpacked: int, packed: int, limits: Limits) -> None:
    if unpacked > limits.file_bytes:
        raise InputTooLargeError("A file in the archive is larger than the service accepts.", code="archive_bomb")
    if unpacked > limits.ratio_from_bytes and unpacked > limits.ratio * max(packed, 1):
        raise InputTooLargeError("A file in the archive unpacks to far more than its size.", code="archive_bomb")
