"""The prognostic-model slot: published predictors, present or absent, and a probability only from a site's own models.

The coefficients of the four models of van Hooff 2018 (PLoS ONE 13:e0203518) are not public. A site that has coefficients
exports them to ONNX (see ``prognosis_export``) and names the folder; without it there is no probability.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import cel
import numpy as np

from service.errors import ConfigurationError
from service.questionnaire.model import Text
from service.triage.case import Case
from service.triage.engine import Engine
from service.triage.expression import Truth, holds, number
from service.triage.model import Predictor, Prognosis
from service.triage.policy import Policy, PredictorRule, PrognosticModel

_NO_COEFFICIENTS = Text(
    nl="De coëfficiënten van dit model zijn niet openbaar en niet door deze instelling ingevuld; er is geen kans berekend.",
    en="The coefficients of this model are not public and were not supplied by this site; no probability was computed.",
)
_MISSING = Text(
    nl="Er ontbreken antwoorden om de kans te berekenen.", en="Answers are missing to compute the probability."
)
_COMPUTED = Text(
    nl="Berekend met het model van deze instelling; de geldigheid ervan is aan de instelling.",
    en="Computed with this site's own model, for whose validity the site answers.",
)


class ProbabilityModel(Protocol):
    """A site's model: the predictors it wants, in order, and the probability that it gives."""

    version: str
    predictors: Sequence[str]

    def probability(self, values: Sequence[float]) -> float:
        """The probability of the outcome."""


class OnnxModel:
    """A site's model as ``prognosis_export`` writes it.

    Raises:
        ConfigurationError: the file is not such a model.
    """

    def __init__(self, path: Path) -> None:
        import onnxruntime

        try:
            self._session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
            properties: Mapping[str, str] = self._session.get_modelmeta().custom_metadata_map
            self.version = properties["version"]
            self.predictors: Sequence[str] = tuple(properties["predictors"].split(","))
        except Exception as error:
            reason = "it is not an ONNX model that names its version and predictors"
            raise ConfigurationError(f"the prognostic model {path.name} cannot be used: {reason}") from error

    def probability(self, values: Sequence[float]) -> float:
        """The probability of the outcome for the values of the predictors, in order."""
        results: list[Any] = self._session.run(["probabilities"], {"predictors": np.array([values], np.float32)})
        return float(np.clip(results[0][0, 1], 0, 1))


def load_models(folder: Path | None, policy: Policy) -> dict[str, ProbabilityModel]:
    """A site's models by id; none where there is no folder.

    Raises:
        ConfigurationError: no models there, a file that is none, or one that wants predictors that the policy does not
            have for it.
    """
    if folder is None:
        return {}
    shapes = {shape.id: shape for shape in policy.prognosis}
    found: dict[str, ProbabilityModel] = {}
    files = sorted(folder.glob("*.onnx"))
    if not files:
        raise ConfigurationError(f"the folder of prognostic models {folder.name} holds no .onnx file")
    for path in files:
        model = OnnxModel(path)
        if path.stem not in shapes or not set(model.predictors) <= set(shapes[path.stem].predictors):
            raise ConfigurationError(f"the prognostic model {path.name} does not fit the policy")
        found[path.stem] = model
    return found


def prognoses(case: Case, engine: Engine, models: Mapping[str, ProbabilityModel]) -> tuple[Prognosis, ...]:
    """All prognostic models of the policy, with a probability where ``models`` has one of that id."""
    context = engine.context(case)
    rules = {rule.id: rule for rule in engine.policy.predictors}
    return tuple(_prognosis(shape, rules, context, models.get(shape.id)) for shape in engine.policy.prognosis)


def _prognosis(
    shape: PrognosticModel, rules: Mapping[str, PredictorRule], context: cel.Context, model: ProbabilityModel | None
) -> Prognosis:
    shown = tuple(_predictor(rules[name], context) for name in shape.predictors)
    if model is None:
        return Prognosis(
            model=shape.id, title=shape.title, predictors=shown, status="no_coefficients", reason=_NO_COEFFICIENTS
        )
    values = [value for name in model.predictors if (value := _value(rules[name], context)) is not None]
    if len(values) < len(model.predictors):
        return Prognosis(model=shape.id, title=shape.title, predictors=shown, status="inputs_missing", reason=_MISSING)
    return Prognosis(
        model=shape.id,
        title=shape.title,
        predictors=shown,
        status="computed",
        probability=model.probability(values),
        coefficients=model.version,
        reason=_COMPUTED,
    )


def _predictor(rule: PredictorRule, context: cel.Context) -> Predictor:
    states: dict[Truth, Any] = {True: "present", False: "absent", None: "unknown"}
    return Predictor(name=rule.id, state=states[holds(rule.expression, context)], text=rule.text, source=rule.source)


def _value(rule: PredictorRule, context: cel.Context) -> float | None:
    if rule.value_expression is not None:
        return number(rule.value_expression, context)
    truth = holds(rule.expression, context)
    return None if truth is None else float(truth)
