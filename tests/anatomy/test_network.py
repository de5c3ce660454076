import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper

from service.anatomy.network import Network
from service.errors import ConfigurationError
from service.runtime import Provider


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder with one model, which doubles its input, and its manifest."""
    node = helper.make_node("Add", ["slices", "slices"], ["logits"])
    sides = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["n"]) for n in ("slices", "logits")]
    graph = helper.make_graph([node], "double", sides[:1], sides[1:])
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), tmp_path / "double.onnx"
    )
    digest = hashlib.sha256((tmp_path / "double.onnx").read_bytes()).hexdigest()
    entry = {"file": "double.onnx", "version": "1", "sha256": digest}
    (tmp_path / "manifest.json").write_text(json.dumps({"models": {"double": entry}}))
    return tmp_path


def test_runs_the_model_and_says_which_and_where(models: Path) -> None:
    loaded = Network.load(models, "double")
    assert loaded(np.array([1, 2.5], np.float32)).tolist() == [2, 5]
    assert loaded.record.provider == "CPUExecutionProvider"
    assert len(loaded.record.sha256) == 64


def code_of(models: Path, name: str = "double", provider: Provider = "cpu") -> str:
    with pytest.raises(ConfigurationError) as caught:
        Network.load(models, name, provider=provider)
    return caught.value.code


def test_refuses_an_altered_model(models: Path) -> None:
    path = models / "double.onnx"
    path.write_bytes(path.read_bytes() + b"\0")
    assert code_of(models) == "model_altered"


def test_refuses_a_missing_model_file_entry_or_manifest(models: Path) -> None:
    assert code_of(models, "triple") == "model_missing"
    (models / "double.onnx").unlink()
    assert code_of(models) == "model_missing"
    assert code_of(models / "nowhere") == "model_missing"


@pytest.mark.skipif("CUDAExecutionProvider" in ort.get_available_providers(), reason="this ONNX Runtime can do CUDA")
@pytest.mark.filterwarnings("ignore:Specified provider")
def test_does_not_fall_back_to_the_processor_in_silence(models: Path) -> None:
    assert code_of(models, provider="cuda") == "provider"
