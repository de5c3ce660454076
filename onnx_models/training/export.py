"""From checkpoint to ONNX: float32, checked against torch, then 8 bits, with the manifest's entry."""

import argparse
import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import torch
import yaml

from onnx_models.training.network import UNet
from onnx_models.training.quantise import LEAST_AGREEMENT, agreement, calibration_slices, quantise
from onnx_models.training.sources import UNTOLD
from onnx_models.training.train import CONFIG
from service.anatomy.preprocess import CHANNELS, PIXEL_MM, STRIDE
from service.anatomy.segmenter import MODEL
from service.anatomy.tissue import Tissue

MODELS = Path(__file__).parents[1]


def export(checkpoint: Path, target: Path, widths: list[int], bias: Mapping[str, float] | None = None) -> None:
    """Write the averaged weights as ONNX with dynamic height and width, and compare both on random slices.

    Args:
        bias: by the name of a tissue what is added to its logit, so that outlines are as large as those of the labels.

    Raises:
        AssertionError: torch and ONNX Runtime differ by more than 1e-3 in any logit.
    """
    model = UNet(widths).eval()
    model.load_state_dict(torch.load(checkpoint, weights_only=True)["average"])
    for name, value in (bias or {}).items():
        model.head.bias.data[Tissue[name.upper()]] += value
    height, width = torch.export.Dim("h", min=1, max=64), torch.export.Dim("w", min=1, max=64)
    torch.onnx.export(
        model,
        (torch.zeros(1, CHANNELS, 4 * STRIDE, 3 * STRIDE),),
        str(target),
        input_names=["slices"],
        output_names=["logits"],
        dynamic_shapes=({2: STRIDE * height, 3: STRIDE * width},),
        opset_version=20,
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    onnx.checker.check_model(str(target))
    session = ort.InferenceSession(str(target), providers=["CPUExecutionProvider"])
    for shape in ((256, 192), (400, 320)):
        slices = np.random.default_rng(0).normal(size=(1, CHANNELS, *shape)).astype(np.float32)
        with torch.no_grad():
            expected = model(torch.from_numpy(slices)).numpy()
        difference = float(np.abs(session.run(None, {"slices": slices})[0] - expected).max())
        assert difference < 1e-3, f"torch and ONNX differ by {difference}"


def register(path: Path, name: str, version: str, training_data: Sequence[str]) -> None:
    """Write the model's entry of the manifest beside it; ``training_data`` is what taught it, as ``sources.CITED`` calls it."""
    manifest = path.parent / "manifest.json"
    content = json.loads(manifest.read_text()) if manifest.exists() else {"models": {}}
    content["models"][name] = {
        "file": path.name,
        "version": version,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "input": {"name": "slices", "type": "float32", "shape": ["n", CHANNELS, f"{STRIDE}·h", f"{STRIDE}·w"],
                  "pixel_mm": PIXEL_MM, "preparation": "service/anatomy/preprocess.py"},
        "output": {"name": "logits", "type": "float32", "channels": [t.name.lower() for t in Tissue]},
        "card": "segmenter.md",
        "training_data": ", ".join(training_data),
    }  # fmt: skip
    manifest.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _outer_convolutions(path: Path) -> list[str]:
    """The first and the last convolution, which reduction to 8 bits would hurt most and speed up least."""
    names = [node.name for node in onnx.load(path).graph.node if node.op_type == "Conv"]
    return [names[0], names[-1]]


def reduce(full: Path, reduced: Path, data: Path, run: Path) -> None:
    """Write the 8-bit form of a float32 model, and compare both on the slices that it was calibrated on.

    Raises:
        AssertionError: of some tissue they agree by less than ``LEAST_AGREEMENT``.
    """
    slices = list(calibration_slices(data, run))
    quantise(full, reduced, iter(slices), keep=_outer_convolutions(full))
    found = agreement(full, reduced, slices)
    print("Dice of 8 bits with float32: " + ", ".join(f"{tissue} {value:.4f}" for tissue, value in found.items()))
    assert min(found.values()) >= LEAST_AGREEMENT, f"8 bits and float32 agree by less than {LEAST_AGREEMENT}"


def export_run(
    run: Path,
    models: Path,
    data: Path | None = None,
    version: str | None = None,
    config: dict[str, Any] | None = None,
) -> None:
    """Export what a run has come to, and write both models' entries of the manifest.

    Args:
        data: what the 8-bit form is calibrated on; without, float32 serves for all.
        version: without, the name of the run and its number of steps.
        config: without, that of the run, and the shipped one where its checkpoint does not keep it.
    """
    models.mkdir(parents=True, exist_ok=True)
    full, reduced = (models / f"{name}.onnx" for name in (MODEL["cuda"], MODEL["cpu"]))
    saved = torch.load(run / "last.pt", weights_only=True)
    config = config or saved.get("config") or yaml.safe_load(CONFIG.read_text())
    export(run / "last.pt", full, config["widths"], config.get("bias"))
    if data:
        reduce(full, reduced, data, run)
    else:
        shutil.copy(full, reduced)
    version = version or f"{run.resolve().name}-{saved['step']}"
    for path in (full, reduced):
        register(path, path.stem, version, saved.get("training_data", UNTOLD))
        print(f"{path}: version {version}, {path.stat().st_size / 1e6:.1f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("runs/segmenter"))
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--data", type=Path, help="calibrate an 8-bit model on these; without, float32 serves for all")
    parser.add_argument("--version", help="for the manifest; without, the name of the run and its number of steps")
    parser.add_argument("--config", type=Path, help="widths and bias; without, those that the run was trained with")
    arguments = parser.parse_args()
    config = yaml.safe_load(arguments.config.read_text()) if arguments.config else None
    export_run(arguments.run, arguments.models, arguments.data, arguments.version, config)


if __name__ == "__main__":
    main()
