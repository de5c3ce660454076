from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import sleep

import pytest
from fastapi.testclient import TestClient

from service import runtime
from service.anatomy.network import ModelRecord
from service.api.service import Models
from service.app import create_app
from service.errors import ConfigurationError
from service.findings.graders import TrainedGrader
from service.settings import Settings
from tests.toys import ToySegmenter, block_files


def test_healthz(client: TestClient) -> None:
    assert client.get("/healthz").json()["status"] == "alive"


def test_readyz_says_what_runs(client: TestClient) -> None:
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["provider"] == "CPUExecutionProvider"
    assert ready.json()["models"][0]["sha256"] == "0" * 64


def test_not_ready_on_another_provider_than_configured() -> None:
    with TestClient(create_app(Settings(provider="cuda"), ToySegmenter("CPUExecutionProvider"))) as client:
        assert client.get("/healthz").status_code == 200
        response = client.get("/readyz")
    assert (response.status_code, response.json()["code"]) == (503, "wrong_provider")


@pytest.mark.parametrize(("provider", "status"), [("CPUExecutionProvider", 200), ("CUDAExecutionProvider", 503)])
def test_every_grader_must_run_where_the_segmenter_does(provider: str, status: int) -> None:
    class Network:
        record = ModelRecord("disc-grader", "1", "0" * 64, "none", provider)

    grader = TrainedGrader(Network(), lambda *_: [])  # type: ignore[arg-type]
    app = create_app(Settings(provider="cpu"), ToySegmenter())
    with TestClient(app) as client:
        app.state.service = replace(app.state.service, loaded=Models(ToySegmenter(), (grader,)))
        ready = client.get("/readyz")
    assert ready.status_code == status
    assert ("disc-grader on CUDAExecutionProvider" in ready.text) == (status == 503)


def test_without_a_model_it_lives_and_says_why_it_is_not_ready(tmp_path: Path) -> None:
    with TestClient(create_app(Settings(models=tmp_path, provider="cpu"))) as client:
        assert client.get("/healthz").status_code == 200
        ready = client.get("/readyz")
        triage = client.post("/v1/triage", files=[("study", file) for file in block_files()])
    assert (ready.status_code, ready.json()["code"]) == (503, "model_missing")
    assert (triage.status_code, triage.json()["code"]) == (503, "model_missing")


def test_both_runtimes_stop_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "runtime_distributions", lambda: {"onnxruntime", "onnxruntime-gpu"})
    with (
        pytest.raises(ConfigurationError, match="overwrite each other"),
        TestClient(create_app(segmenter=ToySegmenter())),
    ):
        pass


def test_a_broken_policy_stops_the_start(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("id: broken\nrules: 7\n")
    with pytest.raises(ConfigurationError), TestClient(create_app(Settings(policy=policy), ToySegmenter())):
        pass


def test_metrics_count_by_route_and_never_by_path(client: TestClient) -> None:
    client.get("/patients/MRN1234")
    client.get("/forms/static/MRN1234.js")
    client.get("/openapi.json")
    client.post("/v1/triage", files=[("study", file) for file in block_files()])
    text = client.get("/metrics").text
    assert 'lumbar_triage_requests_total{route="unmatched",status="404"} 1.0' in text
    assert 'lumbar_triage_requests_total{route="/forms/static",status="404"} 1.0' in text
    assert 'lumbar_triage_requests_total{route="/openapi.json",status="200"} 1.0' in text
    assert 'lumbar_triage_requests_total{route="/v1/triage",status="200"} 1.0' in text
    assert 'lumbar_triage_recommendations_total{pathway="no_recommendation"} 1.0' in text
    assert 'lumbar_triage_step_seconds_count{step="segment"} 1.0' in text
    assert "MRN" not in text


def test_a_full_service_says_when_to_come_back() -> None:
    segmenter = ToySegmenter()
    segmenter.may_go.clear()
    files = [("study", file) for file in block_files()]
    settings = Settings(concurrent_analyses=1, waiting_analyses=0)
    with TestClient(create_app(settings, segmenter)) as client, ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.post, "/v1/findings", files=files)
        while not segmenter.calls:
            sleep(0.01)
        second = client.post("/v1/findings", files=files)
        segmenter.may_go.set()
        assert first.result(timeout=20).status_code == 200
    assert (second.status_code, second.json()["code"]) == (503, "busy")
    assert int(second.headers["retry-after"]) > 0
