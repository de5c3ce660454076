"""The way of a trained grader from the manifest to the report."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
from fastapi.testclient import TestClient
from onnx import TensorProto, helper

from service.anatomy.landmarks import Landmarks
from service.anatomy.model import Anatomy
from service.anatomy.network import Network
from service.api import service as api
from service.app import create_app
from service.errors import ConfigurationError
from service.findings.graders import TRAINED, load_graders
from service.findings.model import Finding
from service.pipeline import analyze, see
from service.questionnaire import Answers
from service.settings import Settings
from service.triage import load_policy
from tests.toys import RECORD, ToySegmenter, block_study


def grade(network: Network, anatomies: Sequence[Anatomy], landmarks: Landmarks) -> list[Finding]:
    """Half of the number of series, as a probability, by way of the model."""
    (probability,) = network(np.array([len(anatomies)], np.float32))
    shared = {"level": "L4-L5", "status": "assessed", "probability": float(probability)}
    return [Finding.model_validate({"feature": name, **shared}) for name in ("endplate_defect", "spondylolisthesis")]


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder with one model, which halves its input, and its manifest."""
    half = helper.make_tensor("half", TensorProto.FLOAT, [1], [0.5])
    sides = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["n"]) for n in ("count", "probability")]
    node = helper.make_node("Mul", ["count", "half"], ["probability"])
    graph = helper.make_graph([node], "half", sides[:1], sides[1:], [half])
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), tmp_path / "half.onnx"
    )
    digest = hashlib.sha256((tmp_path / "half.onnx").read_bytes()).hexdigest()
    entry = {"file": "half.onnx", "version": "1", "sha256": digest}
    (tmp_path / "manifest.json").write_text(json.dumps({"models": {"half": entry}}))
    return tmp_path


def test_a_trained_grader_reads_all_series_and_joins_what_was_measured(models: Path) -> None:
    graders = load_graders(models, trained={"half": grade})
    reading = see(block_study(), ToySegmenter(), graders).reading
    found = {f.feature: f for f in reading.findings if f.level == "L4-L5"}
    assert found["endplate_defect"].probability == 1.0
    assert found["spondylolisthesis"].probability == 1.0
    assert found["spondylolisthesis"].value is not None
    places = [(f.feature, f.level, f.side) for f in reading.findings]
    assert len(places) == len(set(places))


def test_the_report_names_every_model_that_ran(models: Path) -> None:
    graders = load_graders(models, trained={"half": grade})
    done = analyze(block_study(), Answers.model_validate({}), ToySegmenter(), load_policy(), graders)
    assert done.report.run.models == (RECORD, graders[0].record)
    assert graders[0].record.name == "half"


def test_a_missing_or_altered_model_is_no_silent_loss(models: Path) -> None:
    with pytest.raises(ConfigurationError, match="third"):
        load_graders(models, trained={"third": grade})
    (models / "half.onnx").write_bytes(b"other")
    with pytest.raises(ConfigurationError, match="not the one of the manifest"):
        load_graders(models, trained={"half": grade})


def test_the_shipped_models_have_every_trained_grader() -> None:
    assert len(load_graders(Settings().models)) == len(TRAINED)


def test_readyz_names_the_graders(monkeypatch: pytest.MonkeyPatch, models: Path) -> None:
    monkeypatch.setattr(api.Segmenter, "load", lambda *_: ToySegmenter())
    monkeypatch.setattr(api, "load_graders", lambda *_: load_graders(models, trained={"half": grade}))
    with TestClient(create_app(Settings(models=models, provider="cpu"))) as client:
        ready = client.get("/readyz")
    assert [model["name"] for model in ready.json()["models"]] == ["toy", "half"]
