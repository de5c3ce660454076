"""How much of an upload the reader accepts, before it refuses."""

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Upper bounds that keep a hostile or mistaken upload from exhausting the machine. Provenance: expert.

    A whole lumbar examination is 50 to 500 images and 10 to 300 MiB; the defaults leave several times that.

    Attributes:
        files: files of an upload, entries of archives included.
        file_bytes: bytes of one file, once unpacked.
        total_bytes: bytes of all files together, once unpacked.
        ratio: unpacked over packed size of an archive's entry; deflate reaches 1032 on zeros, and MR images about 2 to 10.
        ratio_from_bytes: entries that unpack to less than this are not held to ``ratio``.
        image_side: rows or columns of one image.
        voxels: voxels of all images together; each takes 8 bytes at the peak, 4 of them for good.
    """

    files: int = 10_000
    file_bytes: int = 512 * _MIB
    total_bytes: int = 1024 * _MIB
    ratio: float = 200.0
    ratio_from_bytes: int = 4 * _MIB
    image_side: int = 4096
    voxels: int = 128 * _MIB


DEFAULT_LIMITS = Limits()
