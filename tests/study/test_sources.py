from pathlib import Path

import pytest

from service.errors import InputTooLargeError, UnreadableInputError
from service.study import Limits
from service.study.sources import Source, contents


def _names(source: Source, limits: Limits | None = None) -> list[str]:
    return [name for name, _ in contents(source, limits or Limits())]


def test_a_folder_is_read_to_its_depths_without_litter(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name in ("1", "a/b/2", "a/._2", "a/.DS_Store"):
        (tmp_path / name).write_bytes(b"x")
    assert _names(tmp_path) == _names(str(tmp_path)) == ["1", "2"]


def test_an_upload_mixes_paths_and_contents(tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(b"x")
    assert _names([("0", b"y"), tmp_path / "1", str(tmp_path)]) == ["0", "1", "1"]


def test_a_path_that_is_not_there() -> None:
    with pytest.raises(UnreadableInputError) as caught:
        _names("/no/such/Doe_Jane")
    assert caught.value.code == "not_found"
    assert "Doe" not in caught.value.detail


def test_limits_of_number_and_size(tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(bytes(11))
    for source, limits in (
        ([("0", b"a"), ("1", b"b")], Limits(files=1)),
        ([("0", b"aa"), ("1", b"bb")], Limits(total_bytes=3)),
        (tmp_path, Limits(file_bytes=10)),
    ):
        with pytest.raises(InputTooLargeError):
            _names(source, limits)  # type: ignore[arg-type]
