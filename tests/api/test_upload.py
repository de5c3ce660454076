from tempfile import SpooledTemporaryFile
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.toys import block_files

FILE = ("study", ("1.dcm", b"x" * 200))


def code(response: Any) -> tuple[int, str]:  # noqa: ANN401
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


def test_an_upload_never_touches_the_disk(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    rolled: list[int] = []
    monkeypatch.setattr(SpooledTemporaryFile, "rollover", lambda _: rolled.append(1))
    padding = ("study", ("large.bin", b"\0" * 3 * 2**20))
    response = client.post("/v1/findings", files=[*(("study", file) for file in block_files()), padding])
    assert response.status_code == 200
    assert rolled == []


def test_a_request_that_is_no_form(client: TestClient) -> None:
    assert code(client.post("/v1/triage", json={})) == (415, "unsupported_media_type")


def test_a_form_without_a_boundary(client: TestClient) -> None:
    response = client.post("/v1/triage", content=b"x", headers={"content-type": "multipart/form-data"})
    assert code(response) == (400, "unreadable_form")


def test_a_form_that_is_cut_short(client: TestClient) -> None:
    headers = {"content-type": "multipart/form-data; boundary=b"}
    content = b'--b\r\nContent-Disposition: form-data; name="study"; filename="1.dcm"\r\n\r\nxx'
    status, _ = code(client.post("/v1/triage", content=content, headers=headers))
    assert status == 400


def test_too_many_files(client: TestClient) -> None:
    assert code(client.post("/v1/triage", files=[FILE] * 201)) == (413, "too_many_files")


def test_a_field_that_nobody_asked_for(client: TestClient) -> None:
    response = client.post("/v1/triage", files=[FILE], data={"Jansen": "1950"})
    assert code(response) == (400, "unknown_field")
    assert "Jansen" not in response.text


def test_a_form_without_a_study(client: TestClient) -> None:
    assert code(client.post("/v1/triage", files=[("answers", ("a.json", b"{}"))])) == (400, "empty_upload")


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (b"{", (422, "invalid_answers")),
        (b"[1]", (422, "invalid_answers")),
        (b'{"nrs_leg": NaN}', (422, "invalid_answers")),
        (b'{"nrs_leg": true}', (422, "invalid_answers")),
        (b'{"a": "' + b"x" * 2**20 + b'"}', (400, "unreadable_answers")),
        (b"[" * 100_000, (422, "invalid_answers")),
    ],
)
def test_broken_answers(client: TestClient, answers: bytes, expected: tuple[int, str]) -> None:
    parts = [FILE, ("answers", ("a.json", answers))]
    assert code(client.post("/v1/triage", files=parts)) == expected


def test_two_sets_of_answers(client: TestClient) -> None:
    parts = [FILE, ("answers", ("a.json", b"{}")), ("answers", ("b.json", b"{}"))]
    assert code(client.post("/v1/triage", files=parts)) == (400, "unreadable_answers")
