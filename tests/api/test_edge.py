import json
import logging
from collections.abc import Iterator
from io import StringIO
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from service.api.examples import ANSWERS
from service.app import create_app
from service.settings import Settings
from service.telemetry import JsonFormatter
from tests.toys import ToySegmenter, block_files

KNOWN = "6f1c1f2e-8a63-4bb5-9d53-1d2f7c5a9e10"


@pytest.fixture
def log(client: TestClient) -> Iterator[StringIO]:
    """Everything that is logged, as the service writes it."""
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


def test_a_uuid_of_the_caller_is_kept(client: TestClient) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": KNOWN}).headers["x-request-id"] == KNOWN


@pytest.mark.parametrize("given", ["Jansen-1950", "", "x" * 5000])
def test_any_other_request_id_is_replaced(client: TestClient, given: str) -> None:
    answered = client.get("/healthz", headers={"X-Request-ID": given}).headers["x-request-id"]
    assert answered != given
    assert UUID(answered)


@pytest.mark.parametrize("path", ["/healthz", "/nothing", "/forms/ndt-clbp"])
def test_protective_headers_are_everywhere(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors https://ehr.example" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]


def test_only_named_origins_may_call() -> None:
    settings = Settings(cors_origins=("https://ehr.example",))
    with TestClient(create_app(settings, ToySegmenter())) as client:
        named = client.get("/healthz", headers={"Origin": "https://ehr.example"})
        other = client.get("/healthz", headers={"Origin": "https://evil.example"})
    assert named.headers["access-control-allow-origin"] == "https://ehr.example"
    assert "access-control-allow-origin" not in other.headers


def test_the_log_tells_the_outcome_and_nothing_of_the_patient(client: TestClient, log: StringIO) -> None:
    parts = [("study", (f"Doe^Jane-{name}", content)) for name, content in block_files()]
    client.post(
        "/v1/triage?pictures=false",
        files=parts,
        data={"answers": json.dumps(ANSWERS)},
        headers={"X-Request-ID": KNOWN, "User-Agent": "Jane's browser"},
    )
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    audit = next(line for line in lines if line["logger"] == "lumbar_triage.audit")
    assert (audit["event"], audit["request_id"], audit["models"]) == ("triage", KNOWN, "toy 1")
    assert audit["pathway"]
    assert next(line for line in lines if line["event"] == "request")["route"] == "/v1/triage"
    assert not [word for word in ("Doe", "Jane", "19700101", "testclient", ".dcm") if word in log.getvalue()]
