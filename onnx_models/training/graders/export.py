"""The whole grader as one ONNX file, checked against torch, with its entry in the manifest."""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch

from onnx_models.training.graders.network import Grader
from onnx_models.training.graders.stack import Weights
from onnx_models.training.graders.texture import Texture
from service.anatomy.network import MANIFEST
from service.findings.disc_reading import CHANNELS, SAID, SIGNS
from service.findings.disc_view import AHEAD_MM, PIXEL_MM, SIZE

NAME, VERSION = "disc-grader", "0.5.2"
TOLERANCE = 1e-4


def whole(weights: Weights) -> Grader:
    """What sees, the readers and the weights in one."""
    parts = (torch.from_numpy(np.asarray(part, np.float32)) for part in (weights.weights, weights.offset))
    return Grader(Texture(), weights.readers, weights.signs, weights.textures, *parts).eval()


def export(grader: Grader, models: Path) -> Path:
    """Write the grader for any number of discs, and its entry in the manifest.

    Raises:
        AssertionError: torch and ONNX Runtime differ.
    """
    path = models / f"{NAME}.onnx"
    example = (torch.rand(3, CHANNELS, SIZE, SIZE), torch.randn(3, len(SIGNS)))
    discs = torch.export.Dim("discs", min=1, max=64)
    torch.onnx.export(
        grader,
        example,
        str(path),
        input_names=["pictures", "signs"],
        output_names=["probabilities"],
        dynamic_shapes=({0: discs}, {0: discs}),
        opset_version=20,
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    onnx.checker.check_model(str(path))
    _compare(grader, path)
    _register(path, models / MANIFEST)
    return path


def _compare(grader: Grader, path: Path) -> None:
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for n in (1, 7):
        pictures, signs = torch.rand(n, CHANNELS, SIZE, SIZE) * 2, torch.randn(n, len(SIGNS))
        signs[0, ::3] = torch.nan
        with torch.no_grad():
            wanted = grader(pictures, signs).numpy()
        (found,) = session.run(None, {"pictures": pictures.numpy(), "signs": signs.numpy()})
        assert np.abs(found - wanted).max() < TOLERANCE, f"{n} discs: {np.abs(found - wanted).max()}"


def _register(path: Path, manifest: Path) -> None:
    content = json.loads(manifest.read_text()) if manifest.exists() else {"models": {}}
    content["models"][NAME] = {
        "file": path.name,
        "version": VERSION,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "inputs": [
            {"name": "pictures", "type": "float32", "shape": ["discs", CHANNELS, SIZE, SIZE], "pixel_mm": PIXEL_MM,
             "ahead_mm": AHEAD_MM, "channels": ["T2", "T1"],
             "preparation": "service/findings/disc_view.py"},
            {"name": "signs", "type": "float32", "shape": ["discs", len(SIGNS)], "channels": list(SIGNS),
             "preparation": "service/findings/disc_signs.py"},
        ],
        "output": {"name": "probabilities", "type": "float32", "channels": list(SAID)},
        "card": "graders.md",
        "training_data": "SPIDER (van der Graaf et al., Sci Data 2024; CC BY 4.0), mid-sagittal slices and gradings; textures: ImageNet (EfficientNet-Lite0; Apache 2.0)",
    }  # fmt: skip
    manifest.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
