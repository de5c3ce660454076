"""Faults of the request itself."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict

from service.api.edge import Edge
from service.api.problem import install
from service.settings import Settings
from service.telemetry import Metrics


class Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
    number: float


@pytest.fixture
def small() -> Iterator[TestClient]:
    """An application of two routes behind the same edge."""
    app = FastAPI()

    @app.post("/body")
    async def body(content: Body) -> Body:
        return content

    @app.get("/fault")
    async def fault() -> None:
        raise RuntimeError("Jansen is in this message")

    install(app)
    app.add_middleware(Edge, settings=Settings(max_upload_mb=1), metrics=Metrics())
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def problem(response: object, status: int, code: str) -> str:
    assert response.headers["content-type"] == "application/problem+json", response.text  # type: ignore[attr-defined]
    assert response.status_code == status  # type: ignore[attr-defined]
    assert response.json()["code"] == code  # type: ignore[attr-defined]
    return str(response.text)  # type: ignore[attr-defined]


@pytest.mark.parametrize("content", ['{"number": NaN}', '{"number": "Jansen"}', '{"number": 1, "Jansen": 2}', "{}"])
def test_a_body_that_breaks_its_schema(small: TestClient, content: str) -> None:
    response = small.post("/body", content=content, headers={"content-type": "application/json"})
    assert "Jansen" not in problem(response, 422, "invalid_request")
    assert response.json()["errors"][0]["location"].startswith("/body")


@pytest.mark.parametrize("content", ["{", "[" * 100_000, '{"number": ' + "9" * 5000 + "}", b"\xff\xfe", ""])
def test_a_body_that_is_not_json(small: TestClient, content: str | bytes) -> None:
    response = small.post("/body", content=content, headers={"content-type": "application/json"})
    assert response.headers["content-type"] == "application/problem+json"
    assert response.status_code in (400, 422)


def test_a_body_that_is_too_large(small: TestClient) -> None:
    content = b'{"number": 1' + b" " * 2**20 + b"}"
    problem(small.post("/body", content=content, headers={"content-type": "application/json"}), 413, "input_too_large")


def test_a_body_that_is_too_large_and_does_not_say_so(small: TestClient) -> None:
    def drip() -> Iterator[bytes]:
        for _ in range(20):
            yield b" " * 2**17

    response = small.post("/body", content=drip(), headers={"content-type": "application/json"})
    problem(response, 413, "input_too_large")


def test_an_unknown_path(small: TestClient) -> None:
    assert "Jansen" not in problem(small.get("/patients/Jansen"), 404, "not_found")


def test_a_wrong_method(small: TestClient) -> None:
    response = small.get("/body")
    problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "POST"


def test_a_fault_of_ours_says_nothing(small: TestClient) -> None:
    assert "Jansen" not in problem(small.get("/fault"), 500, "internal")
