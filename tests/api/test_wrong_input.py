"""Each kind of wrong input arrives as a problem document with its own code and status, and says nothing about the patient."""

import os
from collections.abc import Callable
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from fastapi.testclient import TestClient

from tests.study.dicom import AXIAL, encoded, image, stack, upload
from tests.toys import ToySegmenter, block_files, zipped

Files = list[tuple[str, bytes]]
CT = "1.2.840.10008.5.1.4.1.1.2"


def not_dicom() -> Files:
    return [("Doe^Jane.txt", b"this is no image of Doe^Jane" * 20)]


def ct() -> Files:
    return upload(*stack(SOPClassUID=CT, Modality="CT"))


def brain() -> Files:
    return upload(*stack(BodyPartExamined="BRAIN"))


def cervical() -> Files:
    return upload(*stack(BodyPartExamined="CSPINE"))


def only_axial() -> Files:
    return upload(*stack(step=(0, 0, 5), orientation=AXIAL))


def only_coronal() -> Files:
    return upload(*stack(step=(0, 5, 0), orientation=(1.0, 0, 0, 0, 0, -1)))


def truncated() -> Files:
    (name, content), *others = block_files()
    return [(name, content[: len(content) // 2]), *others]


def encrypted_zip() -> Files:
    content = bytearray(zipped(block_files()))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(signature, at + 4)
    return [("study.zip", bytes(content))]


def nested_zip() -> Files:
    return [("study.zip", zipped([("inner.zip", zipped(block_files()))]))]


def zip_bomb() -> Files:
    archive = BytesIO()
    with ZipFile(archive, "w", ZIP_DEFLATED) as written:
        for k in range(4):
            written.writestr(f"{k}.dcm", bytes(8 * 2**20))
    return [("study.zip", archive.getvalue())]


def empty() -> Files:
    return [("study.zip", b"")]


def empty_zip() -> Files:
    return [("study.zip", zipped([]))]


def two_patients() -> Files:
    return [*block_files(), ("other.dcm", encoded(image(PatientID="2", PatientName="Roe^Richard")))]


def too_large() -> Files:
    return [("study.dcm", os.urandom(5 * 2**20))]


CASES: list[tuple[Callable[[], Files], int, str]] = [
    (not_dicom, 400, "not_dicom"),
    (ct, 422, "wrong_modality"),
    (brain, 422, "wrong_body_region"),
    (cervical, 422, "wrong_body_region"),
    (only_axial, 422, "only_axial"),
    (only_coronal, 422, "no_sagittal_series"),
    (truncated, 400, "truncated_file"),
    (encrypted_zip, 400, "encrypted_archive"),
    (nested_zip, 400, "nested_archive"),
    (zip_bomb, 413, "archive_bomb"),
    (empty, 400, "empty_upload"),
    (empty_zip, 400, "empty_upload"),
    (two_patients, 422, "two_patients"),
    (too_large, 413, "input_too_large"),
]


@pytest.mark.parametrize("path", ["/v1/triage", "/v1/findings"])
@pytest.mark.parametrize(("make", "status", "code"), CASES, ids=[case[0].__name__ for case in CASES])
def test_wrong_input(
    client: TestClient, segmenter: ToySegmenter, make: Callable[[], Files], status: int, code: str, path: str
) -> None:
    response = client.post(path, files=[("study", file) for file in make()])
    assert response.headers["content-type"] == "application/problem+json", response.text
    problem = response.json()
    assert (response.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["title"]
    assert problem["detail"]
    assert not [word for word in ("Doe", "Jane", "Roe", ".dcm", ".txt") if word in response.text]
    assert segmenter.calls == 0
