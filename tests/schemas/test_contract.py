"""What schemas/ publishes is what the code does."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

from service.api.answers import FHIR, JSON, parse
from service.api.examples import ANSWERS
from service.app import create_app
from service.schemas import documents
from service.settings import ROOT
from tests.toys import ToySegmenter, block_files

SCHEMAS = ROOT / "schemas"
MADE = documents()


def published(name: str) -> Any:  # noqa: ANN401
    return json.loads((SCHEMAS / name).read_text())


@pytest.mark.parametrize("name", MADE)
def test_no_document_has_drifted_from_the_code(name: str) -> None:
    assert (SCHEMAS / name).read_text() == MADE[name], f"{name} differs from the code: run make schemas"


@pytest.mark.parametrize("name", ["answers.schema.json", "report.schema.json"])
def test_each_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(published(name))


def test_the_example_answers_fit_their_schema() -> None:
    validator = Draft202012Validator(published("answers.schema.json"))
    validator.validate(published("answers.example.json"))
    assert not validator.is_valid({**ANSWERS, "nrs_leg": 11})
    assert not validator.is_valid({**ANSWERS, "nonsense": 1})


def test_a_report_of_the_service_fits_its_schema() -> None:
    with TestClient(create_app(segmenter=ToySegmenter())) as client:
        files = [("study", file) for file in block_files()]
        report = client.post("/v1/triage", files=files, data={"answers": json.dumps(ANSWERS)}).json()
    validator = Draft202012Validator(published("report.schema.json"))
    validator.validate(report)
    broken = {**report, "findings": [{**report["findings"][0], "status": "guessed"}]}
    assert not validator.is_valid(broken)


def test_every_route_of_the_openapi_document_describes_its_problems() -> None:
    document = published("openapi.json")
    assert {"/v1/triage", "/v1/findings", "/v1/scores", "/healthz", "/readyz"} <= set(document["paths"])
    for path in ("/v1/triage", "/v1/findings"):
        operation = document["paths"][path]["post"]
        assert "multipart/form-data" in operation["requestBody"]["content"]
        assert {"400", "413", "415", "422", "503"} <= set(operation["responses"])
        for status in ("400", "413", "415", "422", "503"):
            assert "application/problem+json" in operation["responses"][status]["content"]


def test_every_reference_of_the_openapi_document_leads_somewhere() -> None:
    document = published("openapi.json")
    text = json.dumps(document)
    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= set(document["components"]["schemas"])


def test_every_body_and_every_answer_has_an_example_that_is_valid() -> None:
    document = published("openapi.json")
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    described = [one["responses"]["200"] for one in operations] + [
        one["requestBody"] for one in operations if "requestBody" in one
    ]
    assert len(described) == len(operations) + 6
    for content in (content for one in described for content in one["content"].values()):
        schema = {**content["schema"], "components": document["components"]}
        Draft202012Validator(schema).validate(content["example"])


def test_the_example_of_a_fhir_response_gives_the_same_answers() -> None:
    bodies = published("openapi.json")["paths"]["/v1/scores"]["post"]["requestBody"]["content"]
    own, fhir = (parse(json.dumps(bodies[kind]["example"]).encode(), kind) for kind in (JSON, FHIR))
    assert own == fhir
