"""A site's coefficients to ONNX: ``python -m service.triage.prognosis_export COEFFICIENTS.yaml FOLDER``.

The file has the form of ``coefficients.yaml`` beside this module, which is empty. Needs scikit-learn and skl2onnx, which
the running service does not.
"""

import sys
from pathlib import Path

import numpy as np
import yaml
from pydantic import ValidationError

from service.errors import ConfigurationError
from service.questionnaire.model import Frozen, Number
from service.triage.policy import Policy
from service.triage.policy_file import load_policy

EMPTY = Path(__file__).with_name("coefficients.yaml")


class Coefficients(Frozen):
    """One logistic model on the log-odds scale; null where not known."""

    intercept: Number | None = None
    coefficients: dict[str, Number | None]

    def complete(self) -> bool:
        """Whether nothing is left open."""
        return self.intercept is not None and None not in self.coefficients.values()


class CoefficientFile(Frozen):
    """A site's file: a version of its own and one entry per model."""

    version: str
    source: str
    models: dict[str, Coefficients]


def read(path: Path, policy: Policy) -> CoefficientFile:
    """A coefficient file.

    Raises:
        ConfigurationError: not readable, or models and predictors that the policy does not know.
    """
    try:
        file = CoefficientFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path.name}: {_reason(error)}") from error
    shapes = {shape.id: set(shape.predictors) for shape in policy.prognosis}
    for name, model in file.models.items():
        if name not in shapes or not set(model.coefficients) <= shapes[name]:
            raise ConfigurationError(f"{path.name}: {name} does not fit the policy")
    return file


def export(file: CoefficientFile, folder: Path) -> tuple[Path, ...]:
    """Write every complete model as ``<id>.onnx``; incomplete ones are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(_export(name, model, file, folder) for name, model in file.models.items() if model.complete())


def _export(name: str, model: Coefficients, file: CoefficientFile, folder: Path) -> Path:
    from skl2onnx import to_onnx
    from sklearn.linear_model import LogisticRegression

    regression = LogisticRegression()
    regression.classes_ = np.array([0, 1])
    regression.coef_ = np.array([list(model.coefficients.values())], dtype=float)
    regression.intercept_ = np.array([model.intercept], dtype=float)
    regression.n_features_in_ = len(model.coefficients)
    sample = np.zeros((1, len(model.coefficients)), np.float32)
    graph = to_onnx(regression, sample, options={"zipmap": False}, initial_types=None)
    _rename(graph)
    for key, value in (
        ("version", file.version),
        ("predictors", ",".join(model.coefficients)),
        ("source", file.source),
    ):
        entry = graph.metadata_props.add()
        entry.key, entry.value = key, value
    path = folder / f"{name}.onnx"
    path.write_bytes(graph.SerializeToString())
    return path


def _rename(graph: object) -> None:
    """Call the graph's input ``predictors``."""
    inner = graph.graph  # type: ignore[attr-defined]
    old = inner.input[0].name
    inner.input[0].name = "predictors"
    for node in inner.node:
        node.input[:] = ["predictors" if name == old else name for name in node.input]


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return "cannot be read"


def main() -> None:
    """Export the file that the first argument names into the folder that the second names."""
    for path in export(read(Path(sys.argv[1]), load_policy()), Path(sys.argv[2])):
        print(path)


if __name__ == "__main__":
    main()
