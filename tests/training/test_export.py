"""What a run knows of itself is what its exported models say."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

torch = pytest.importorskip("torch", reason="torch is there for training alone")

from onnx import numpy_helper  # noqa: E402

from onnx_models.training import export as exporting  # noqa: E402
from onnx_models.training.export import export_run  # noqa: E402
from onnx_models.training.quantise import agreement  # noqa: E402
from onnx_models.training.train import train  # noqa: E402
from service.anatomy.tissue import Tissue  # noqa: E402
from tests.training.test_train import CONFIG, made  # noqa: E402

BIAS = {"disc": 0.5}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of three steps on phantoms, with widths and a bias of its own."""
    folder = made(tmp_path_factory.mktemp("run"))
    train(folder, folder, CONFIG | {"bias": BIAS}, stage=0)
    return folder


@pytest.fixture(scope="module")
def models(run: Path) -> Path:
    export_run(run, run / "models")
    return run / "models"


def entry(models: Path) -> dict[str, Any]:
    return dict(json.loads((models / "manifest.json").read_text())["models"]["segmenter"])


def added(models: Path, run: Path) -> np.ndarray:
    """What export added to the logit of each tissue."""
    initial = onnx.load(models / "segmenter.onnx").graph.initializer
    bias = next(numpy_helper.to_array(i) for i in initial if i.name == "head.bias")
    return np.asarray(bias - torch.load(run / "last.pt", weights_only=True)["average"]["head.bias"].numpy())


def test_a_run_is_exported_by_the_configuration_that_it_was_trained_with(run: Path, models: Path) -> None:
    assert added(models, run) == pytest.approx([0.5 * (tissue == Tissue.DISC) for tissue in Tissue], abs=1e-6)


def test_a_configuration_that_is_given_goes_before_that_of_the_run(run: Path, tmp_path: Path) -> None:
    export_run(run, tmp_path, config=CONFIG | {"bias": {"canal": 0.25}})
    assert added(tmp_path, run)[Tissue.CANAL] == pytest.approx(0.25)


def test_the_manifest_tells_the_version_and_the_sources_that_were_read(run: Path, models: Path) -> None:
    assert entry(models)["version"] == f"{run.name}-3"
    assert entry(models)["training_data"] == "phantoms"


def test_a_run_that_began_with_another_model_tells_its_sources_too(run: Path, models: Path) -> None:
    manifest = models / "manifest.json"
    told = manifest.read_text().replace('"training_data": "phantoms"', '"training_data": "one, phantoms"')
    manifest.write_text(told)
    again = made(run / "again")
    last = train(again, again, CONFIG, stage=1, start=models / "segmenter-float32.onnx")
    assert torch.load(last, weights_only=True)["training_data"] == ["one", "phantoms"]


def test_a_checkpoint_that_keeps_neither_is_exported_by_the_shipped_configuration(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = torch.load(run / "last.pt", weights_only=True)
    torch.save({name: saved[name] for name in ("model", "average", "optimiser", "step")}, tmp_path / "last.pt")
    shipped = tmp_path / "config.yaml"
    shipped.write_text("widths: [4, 4, 4, 4, 4]\nbias: {disc: -0.1}\n")
    monkeypatch.setattr(exporting, "CONFIG", shipped)
    export_run(tmp_path, tmp_path / "models", version="1.2.3")
    assert added(tmp_path / "models", run)[Tissue.DISC] == pytest.approx(-0.1)
    assert entry(tmp_path / "models")["version"] == "1.2.3"
    assert entry(tmp_path / "models")["training_data"].startswith("SPIDER (CC BY 4.0), backspine v3 (CC BY 4.0), vb2")


def slices(*_: Path) -> Iterator[np.ndarray]:
    """Four random slices."""
    rng = np.random.default_rng(4)
    return (rng.normal(size=(1, 3, 64, 48)).astype(np.float32) for _ in range(4))


def test_the_8_bit_form_is_compared_with_float32(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    full, reduced = models / "segmenter-float32.onnx", tmp_path / "reduced.onnx"
    assert set(agreement(full, full, slices()).values()) == {1.0}
    monkeypatch.setattr(exporting, "calibration_slices", slices)
    monkeypatch.setattr(exporting, "LEAST_AGREEMENT", 0.0)
    exporting.reduce(full, reduced, tmp_path, tmp_path)
    assert "Dice of 8 bits with float32: " in capsys.readouterr().out
    monkeypatch.setattr(exporting, "LEAST_AGREEMENT", 1.1)
    with pytest.raises(AssertionError, match="agree by less"):
        exporting.reduce(full, reduced, tmp_path, tmp_path)
