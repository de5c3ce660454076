"""From the data to the shipped grader: ``python -m onnx_models.training.graders --data DIR``; a quarter of an hour on one core.

Segmentations are kept in ``--run`` until the segmenter changes. Nothing here looks at a patient who is held out.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml

from onnx_models.training.export import MODELS
from onnx_models.training.graders.discs import Discs, read_discs
from onnx_models.training.graders.export import export, whole
from onnx_models.training.graders.metrics import auc, calibration_error, kappa
from onnx_models.training.graders.network import BINARY
from onnx_models.training.graders.stack import Floats, cross_weighed, weigh
from onnx_models.training.graders.targets import present
from onnx_models.training.graders.texture import textures_of
from service.findings.disc_reading import GRADES
from service.findings.pfirrmann import median_grade

CONFIG = Path(__file__).with_name("config.yaml")
OF_BOTH = ("modic",)
"""What is called only where T1 and T2 both show the disc."""


def make(data: Path, models: Path, run: Path, config: dict[str, Any]) -> Path:
    """Weigh and export; print how it does on the training patients, each judged by what has not seen them."""
    torch.set_num_threads(1)
    discs, faults = read_discs(data, models, run, held=False)
    print(f"{len(discs)} discs of {len(set(discs.patient.tolist()))} patients; {len(faults)} levels did not match")
    seen = textures_of(discs.pictures)
    print(crossed(discs, cross_weighed(discs, seen, config)))
    return export(whole(weigh(discs, seen, config)), models)


def crossed(discs: Discs, said: Floats) -> str:
    """A line for each kind of study: kappa of the Pfirrmann grade, then AUC and calibration error of each finding where it is called."""
    shown, lines = discs.pictures.any((2, 3)).all(1), []
    for study in dict.fromkeys(discs.study.tolist()):
        own = discs.study == study
        odds = [dict(enumerate(row, 1)) for row in said[own, :GRADES].tolist()]
        grade = np.array([median_grade(one) for one in odds], float)
        parts = [f"pfirrmann {kappa(discs.labels['pfirrmann'][own], grade):.3f}"]
        for k, name in enumerate(BINARY, GRADES):
            told = own & shown if name in OF_BOTH else own
            truth = present(discs, name)[told].astype(int)
            if len(set(truth.tolist())) > 1:
                parts.append(f"{name} {auc(truth, said[told, k]):.3f} ({calibration_error(truth, said[told, k]):.3f})")
        lines.append(f"{study}: {', '.join(parts)}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--models", type=Path, default=MODELS, help="folder with the segmenter; the grader is put there"
    )
    parser.add_argument("--run", type=Path, default=Path("runs/graders"))
    parser.add_argument("--config", type=Path, default=CONFIG)
    arguments = parser.parse_args()
    print(make(arguments.data, arguments.models, arguments.run, yaml.safe_load(arguments.config.read_text())))


if __name__ == "__main__":
    main()
