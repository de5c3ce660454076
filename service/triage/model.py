"""What a recommendation is: a proposed pathway, with everything that speaks for, against and about it."""

from typing import Annotated, Literal

from pydantic import Field

from service.questionnaire.model import Frozen, Provenance, Text

Pathway = Literal["surgical_consult", "non_surgical_consult", "urgent_review", "no_recommendation"]
Urgency = Literal["emergency", "urgent", "soon", "routine", "undetermined"]
Effect = Literal["surgical_consult", "non_surgical_consult", "urgent_review", "no_recommendation", "support", "explain"]
Strength = Literal["strong", "moderate", "weak"]
Agreement = Literal["concordant", "discordant", "unknown", "not_applicable"]
Likelihood = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]

URGENCIES: tuple[Urgency, ...] = ("undetermined", "routine", "soon", "urgent", "emergency")
"""From the least to the most urgent."""


class FiredRule(Frozen):
    """A rule of the policy that is true of this case; ``decides`` when the pathway rests on it."""

    id: str
    effect: Effect
    urgency: Urgency
    decides: bool
    reason: Text
    source: str
    provenance: Provenance
    levels: tuple[str, ...] = Field(default=(), description="Levels and sides at which its conditions hold")


class OpenRule(Frozen):
    """A rule that could not be decided, and the inputs it lacks."""

    id: str
    effect: Effect
    missing: tuple[str, ...]


class Evidence(Frozen):
    """One thing that speaks for or against a surgical opinion."""

    id: str
    stands: Literal["for", "against"]
    strength: Strength
    level: str | None = None
    side: Literal["left", "right"] | None = None
    text: Text
    source: str
    provenance: Provenance


class Concordance(Frozen):
    """Whether complaints and images agree at one level and side."""

    level: str
    side: Literal["left", "right"] | None = None
    imaging: tuple[str, ...] = Field(description="Conditions of the policy that the images meet here")
    symptoms: Agreement = Field(description="Whether the complaints fit this level")
    laterality: Agreement = Field(description="Whether the complaints fit this side")
    agreement: Agreement


class Missing(Frozen):
    """An input that was not there, and why that matters."""

    input: str
    label: Text = Field(description="The input in words")
    reason: str
    rules: tuple[str, ...] = Field(default=(), description="Rules that could not be decided without it")


class Change(Frozen):
    """A change of one input that would change the proposal."""

    input: str
    label: Text = Field(description="The input in words")
    change: str
    pathway: Pathway
    urgency: Urgency
    likelihood: Likelihood | None = Field(
        default=None, description="For an uncertain input: how likely the change is, given its interval"
    )


class AgeNorm(Frozen):
    """A finding that is present, and common at this patient's age in people without pain."""

    feature: str
    levels: tuple[str, ...] = Field(default=(), description="Where it is present; none for the whole spine")
    age: float
    percent: int = Field(description="Of people of this age without pain, interpolated between the ages studied")
    text: Text
    source: str


class Stability(Frozen):
    """What happens to the proposal when uncertain findings and missing answers vary.

    ``leaning`` is the pathway before abstaining; ``flips`` name the inputs whose uncertainty alone changes it.
    """

    stable: bool
    leaning: Pathway
    flip_likelihood: Likelihood = Field(description="Share of joint variations that lead elsewhere")
    varied: tuple[str, ...]
    flips: tuple[Change, ...]
    method: str


class Summary(Frozen):
    """Plain language at two reading levels."""

    nurse: Text
    specialist: Text


class Predictor(Frozen):
    """A published predictor of one outcome, and whether this patient has it."""

    name: str
    state: Literal["present", "absent", "unknown"]
    text: Text
    source: str


class Prognosis(Frozen):
    """One of the four prognostic models: its predictors, and a probability only where a site supplied coefficients."""

    model: str
    title: Text
    predictors: tuple[Predictor, ...]
    status: Literal["computed", "no_coefficients", "inputs_missing"]
    probability: Likelihood | None = None
    coefficients: str | None = Field(default=None, description="Version of the site's coefficient file")
    reason: Text


class PolicyReference(Frozen):
    """Which policy was applied, to the byte."""

    id: str
    version: str
    sha256: str


class Recommendation(Frozen):
    """A proposal for a clinician to accept or override, with its reasons."""

    pathway: Pathway
    urgency: Urgency
    policy: PolicyReference
    rules: tuple[FiredRule, ...]
    undetermined: tuple[OpenRule, ...]
    evidence: tuple[Evidence, ...]
    concordance: tuple[Concordance, ...]
    missing: tuple[Missing, ...]
    would_change: tuple[Change, ...]
    stability: Stability
    prognosis: tuple[Prognosis, ...]
    common_at_age: tuple[AgeNorm, ...] = Field(
        default=(),
        description="What is present and common at this age without pain; empty too where the age is unknown",
    )
    summary: Summary
    intended_use: Text

    @property
    def deciding(self) -> tuple[str, ...]:
        """Ids of the rules that the pathway rests on."""
        return tuple(rule.id for rule in self.rules if rule.decides)
