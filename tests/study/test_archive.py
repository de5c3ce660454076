import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from service.errors import InputTooLargeError, LumbarTriageError, UnreadableInputError
from service.study import Limits, read_study
from service.study.archive import entries

from .dicom import encoded, image, stack


def packed(*files: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()


def _code(data: bytes, error: type[LumbarTriageError], limits: Limits | None = None) -> str:
    with pytest.raises(error) as caught:
        read_study(data, limits or Limits())
    return caught.value.code


def test_a_study_in_a_zip(tmp_path: Path) -> None:
    data = packed(*((f"a/b/{k}", encoded(d)) for k, d in enumerate(stack(3))))
    (tmp_path / "study.zip").write_bytes(data)
    for source in (data, tmp_path / "study.zip", tmp_path, [("study.zip", data)]):
        assert read_study(source).series[0].pixels.shape == (3, 10, 10)


def test_names_that_climb_out_are_only_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    monkeypatch.chdir(inner)
    assert read_study(packed(("../../escaped.dcm", encoded(image())), ("/etc/escaped", b"x"))).series
    assert [p.name for p in tmp_path.rglob("*")] == ["inner"]


def test_an_encrypted_archive() -> None:
    data = bytearray(packed(("1.dcm", encoded(image()))))
    data[6] |= 1
    data[data.find(b"PK\x01\x02") + 8] |= 1
    assert _code(bytes(data), UnreadableInputError) == "encrypted_archive"


@pytest.mark.parametrize("name", ["inner.zip", "innocent.dcm"])
def test_an_archive_in_an_archive(name: str) -> None:
    assert _code(packed((name, packed(("1.dcm", encoded(image()))))), UnreadableInputError) == "nested_archive"


def test_a_bomb_by_its_ratio() -> None:
    assert _code(packed(("zeros", bytes(10_000_000))), InputTooLargeError) == "archive_bomb"


def test_a_bomb_by_one_file_and_by_their_sum() -> None:
    one = packed(("a", bytes(range(256)) * 40), compression=zipfile.ZIP_STORED)
    assert _code(one, InputTooLargeError, Limits(file_bytes=10_000)) == "archive_bomb"
    assert _code(one, InputTooLargeError, Limits(total_bytes=10_000)) == "archive_bomb"


def test_a_bomb_that_lies_about_its_size() -> None:
    data = packed(("zeros", bytes(50_000)))
    claimed = data.replace((50_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    with pytest.raises(LumbarTriageError):
        list(entries(claimed, Limits(file_bytes=10_000)))


def test_too_many_entries() -> None:
    data = packed(*((str(k), b"x") for k in range(4)))
    assert _code(data, InputTooLargeError, Limits(files=3)) == "too_many_files"


def test_a_damaged_archive() -> None:
    data = packed(*((f"{k}", encoded(d)) for k, d in enumerate(stack(3))))
    assert _code(data[:-30], UnreadableInputError) == "damaged_archive"
    broken = bytearray(data)
    broken[60:200] = b"\xff" * 140
    assert _code(bytes(broken), UnreadableInputError) == "damaged_archive"


def test_an_empty_archive() -> None:
    assert _code(packed(), UnreadableInputError) == "empty_upload"


def test_an_archive_beside_images_is_skipped_and_said() -> None:
    viewer = packed(("viewer.jar", b"1"))
    study = read_study([("a.zip", packed(("1.dcm", encoded(image())), ("viewer.zip", viewer)))])
    assert len(study.series) == 1
    assert "1 archive inside the upload skipped" in study.notes
