"""Where a study comes from: a folder, a file, an archive or an upload become (name, content) pairs in memory."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from service.errors import InputTooLargeError, UnreadableInputError
from service.study.archive import entries, is_zip
from service.study.limits import Limits

Upload = tuple[str, bytes]
Source = str | Path | bytes | Sequence[str | Path | Upload]
"""A folder, a file or ZIP (path or content), or the files of an upload (paths, or names with their contents)."""

_LITTER = ("._", ".DS_Store", "Thumbs.db", "desktop.ini")


def contents(source: Source, limits: Limits) -> Iterator[Upload]:
    """The (name, content) of every file of a study; archives are opened, once.

    Raises:
        UnreadableInputError: nothing is there, or an archive cannot be opened.
        InputTooLargeError: too many files or bytes.
    """
    files = total = 0
    for name, content in _unpacked(_raw(source, limits), limits):
        if name.rpartition("/")[2].startswith(_LITTER) or name.startswith("__MACOSX/"):
            continue
        files, total = files + 1, total + len(content)
        if files > limits.files:
            raise InputTooLargeError(f"The study holds more than {limits.files} files.", code="too_many_files")
        if total > limits.total_bytes:
            raise InputTooLargeError("The study is larger than the service accepts.", code="too_large")
        yield name, content


def _raw(source: Source, limits: Limits) -> Iterator[Upload]:
    if isinstance(source, bytes):
        yield "upload", source
    elif isinstance(source, str | Path):
        yield from _read(_files(Path(source)), limits)
    else:
        for item in source:
            if isinstance(item, tuple):
                yield item
            else:
                yield from _read(_files(Path(item)), limits)


def _files(path: Path) -> Iterable[Path]:
    if not path.exists():
        raise UnreadableInputError("There is no such file or folder.", code="not_found")
    return [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())


def _read(paths: Iterable[Path], limits: Limits) -> Iterator[Upload]:
    for path in paths:
        if path.stat().st_size > limits.file_bytes:
            raise InputTooLargeError("A file is larger than the service accepts.", code="too_large")
        yield path.name, path.read_bytes()


def _unpacked(files: Iterable[Upload], limits: Limits) -> Iterator[Upload]:
    for name, content in files:
        if is_zip(content):
            yield from entries(content, limits)
        else:
            yield name, content
