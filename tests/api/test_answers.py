"""Answers that arrive as the service's own JSON or as a FHIR QuestionnaireResponse."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.api.answers import FHIR, JSON
from service.api.examples import ANSWERS
from service.questionnaire import Answers
from service.questionnaire.fhir_response import to_questionnaire_response
from tests.toys import block_files

RESPONSE = to_questionnaire_response(Answers.model_validate(ANSWERS))


def answered(code: str, answer: dict[str, Any]) -> bytes:
    items = [{"linkId": code, "answer": [answer]}]
    return json.dumps({"resourceType": "QuestionnaireResponse", "status": "completed", "item": items}).encode()


@pytest.mark.parametrize("kind", [FHIR, "application/FHIR+json; charset=utf-8; fhirVersion=4.0"])
def test_a_questionnaire_response_gives_the_same_scores(client: TestClient, kind: str) -> None:
    found = client.post("/v1/scores", content=json.dumps(RESPONSE), headers={"content-type": kind})
    assert found.status_code == 200, found.text
    assert found.json() == client.post("/v1/scores", json=ANSWERS).json()


def test_a_form_takes_one_too(client: TestClient) -> None:
    parts: list[Any] = [("study", file) for file in block_files()]
    whole = client.post("/v1/triage", files=[*parts, ("answers", ("a.json", json.dumps(RESPONSE), FHIR))]).json()
    assert whole["scores"] == client.post("/v1/scores", json=ANSWERS).json()


WRONG = [
    (FHIR, b"{", 422, "invalid_answers"),
    (FHIR, b"[" * 100_000, 422, "invalid_answers"),
    (FHIR, b"[]", 422, "invalid_answers"),
    (FHIR, b'{"resourceType": "Patient", "id": "8151"}', 422, "invalid_answers"),
    (FHIR, answered("nrs_leg", {"valueInteger": 8151}), 422, "invalid_answers"),
    (FHIR, answered("nrs_leg", {"valueString": "8151"}), 422, "invalid_answers"),
    (FHIR, answered("name-8151", {"valueString": "x"}), 422, "invalid_answers"),
    (JSON, json.dumps(RESPONSE).encode(), 422, "invalid_answers"),
    (JSON, b"{", 422, "invalid_answers"),
    (JSON, b"", 422, "invalid_answers"),
    (JSON, b"[8151]", 422, "invalid_answers"),
    ("text/plain", b"{}", 415, "unsupported_media_type"),
    ("", b"{}", 415, "unsupported_media_type"),
]


@pytest.mark.parametrize(("kind", "content", "status", "code"), WRONG)
def test_what_is_wrong_is_a_problem_and_not_repeated(
    client: TestClient, kind: str, content: bytes, status: int, code: str
) -> None:
    response = client.post("/v1/scores", content=content, headers={"content-type": kind})
    assert (response.status_code, response.json()["code"]) == (status, code), response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert "8151" not in response.text


def test_what_to_send_is_said(client: TestClient) -> None:
    assert FHIR in client.post("/v1/scores", content=b"x", headers={"content-type": "text/plain"}).json()["detail"]
    assert "multipart/form-data" in client.post("/v1/triage", json={}).json()["detail"]
    assert "one JSON object" in client.post("/v1/scores", content=b"{", headers={"content-type": JSON}).json()["detail"]
    form = client.post("/v1/triage", files=[("study", file) for file in block_files()], data={"answers": "{"})
    assert (form.status_code, form.json()["code"]) == (422, "invalid_answers")
