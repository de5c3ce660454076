"""The policy as data: its rules, conditions and thresholds, each with its source and provenance."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, PrivateAttr, StringConstraints, model_validator

from service.questionnaire.model import Frozen, Number, Provenance, Text
from service.triage.expression import Expression, compiled
from service.triage.model import Effect, Pathway, PolicyReference, Strength, Urgency

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class Limit(Frozen):
    """A threshold with its meaning and origin."""

    value: Number
    unit: str | None = None
    meaning: str
    provenance: Provenance
    source: str


class Table(Frozen):
    """A look-up from one anatomical name to nerve roots."""

    meaning: str
    provenance: Provenance
    source: str
    values: dict[str, tuple[str, ...]]


class Named(Frozen):
    """A named condition in the Common Expression Language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Name
    when: str
    _expression: Expression = PrivateAttr()

    @model_validator(mode="after")
    def _compile(self) -> "Named":
        self._expression = compiled(self.when)
        return self

    @property
    def expression(self) -> Expression:
        """The compiled condition."""
        return self._expression


class Rule(Named):
    """A condition, what follows from it, and why."""

    effect: Effect
    urgency: Urgency = "undetermined"
    reason: Text
    source: str
    provenance: Provenance

    @model_validator(mode="after")
    def _urgency_fits(self) -> "Rule":
        needs = self.effect in ("urgent_review", "surgical_consult", "non_surgical_consult")
        if needs == (self.urgency == "undetermined"):
            raise ValueError("a pathway, and only a pathway, has an urgency")
        if self.effect == "urgent_review" and self.urgency not in ("urgent", "emergency"):
            raise ValueError("urgent_review must be urgent or emergency")
        return self


class Weighing(Named):
    """A condition that speaks for or against a surgical opinion, of the patient or of each level."""

    about: Literal["patient", "level"]
    stands: Literal["for", "against"]
    strength: Strength
    text: Text
    source: str
    provenance: Provenance


class PredictorRule(Named):
    """A predictor of a prognostic model: ``when`` the patient has it, and the number that a coefficient multiplies."""

    value: str | None = None
    text: Text
    source: str
    provenance: Provenance
    _value_expression: Expression | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _compile_value(self) -> "PredictorRule":
        self._value_expression = compiled(self.value) if self.value else None
        return self

    @property
    def value_expression(self) -> Expression | None:
        """The compiled number, None where being present counts as 1."""
        return self._value_expression


class PrognosticModel(Frozen):
    """The shape of a prognostic model: its outcome and its predictors, without coefficients."""

    id: Name
    title: Text
    predictors: tuple[Name, ...] = Field(min_length=1)


class Span(Frozen):
    """The range over which something that was not measured is varied."""

    low: Number
    high: Number


class ConcordanceNames(Frozen):
    """Which conditions the table of concordance shows."""

    complaints: Name
    radicular: Name
    imaging: tuple[Name, ...]
    root: Name
    side: Name
    match: tuple[Name, ...]


class Policy(Frozen):
    """A whole policy. ``sha256`` is of the file that it was read from."""

    id: str
    version: str
    precedence: tuple[Pathway, ...]
    required_levels: tuple[str, ...] = Field(min_length=1)
    features: tuple[Name, ...] = Field(description="MRI features that conditions may name")
    lateralised: tuple[Name, ...] = Field(
        default=(), description="Features that have one finding per level with its side"
    )
    presence_only: tuple[Name, ...] = Field(
        default=(),
        description="Features that are never excluded by a low probability: below limit.present, and not graded, they are open",
    )
    ranges: dict[str, Span] = Field(default_factory=dict, description="Range of a feature's value, when it is missing")
    limits: dict[Name, Limit]
    roots: Table
    areas: Table
    level_facts: tuple[Named, ...]
    facts: tuple[Named, ...]
    rules: tuple[Rule, ...] = Field(min_length=1)
    evidence: tuple[Weighing, ...] = ()
    predictors: tuple[PredictorRule, ...] = ()
    prognosis: tuple[PrognosticModel, ...] = ()
    concordance: ConcordanceNames
    intended_use: Text
    sha256: str = ""

    def limit(self, name: str) -> float:
        """The value of a threshold."""
        return self.limits[name].value

    @property
    def reference(self) -> PolicyReference:
        """Which policy this is."""
        return PolicyReference(id=self.id, version=self.version, sha256=self.sha256)
