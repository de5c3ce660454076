"""What a finding is: one feature at one level, assessed or not, with how sure and how it was measured."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class Finding(BaseModel):
    """One row of the report's flat list of findings.

    ``value`` is a measurement in ``unit``; ``grade`` is a class on the feature's own scale; ``probability`` is that the
    finding is present. What was not assessed says why in ``reason`` and carries none of the three.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    feature: str = Field(description="Key in the catalogue, such as disc_height")
    level: str | None = Field(
        default=None, description="L4-L5 for a disc level, L4 for a vertebra, none for the whole spine"
    )
    side: Literal["left", "right"] | None = None
    status: Literal["assessed", "not_assessable"]
    value: Number | None = None
    unit: str | None = None
    grade: str | None = None
    probability: Fraction | None = None
    interval: tuple[Number, Number] | None = Field(default=None, description="95 % interval of the value, same unit")
    confidence: Fraction | None = None
    method: str | None = None
    series: str | None = None
    reason: str | None = Field(default=None, description="Why it could not be assessed, or what qualifies it")
    details: dict[str, Number | str] = Field(
        default_factory=dict, description="Companion values named in the catalogue"
    )

    @model_validator(mode="after")
    def _not_assessable_says_why(self) -> "Finding":
        if self.status == "not_assessable":
            if not self.reason:
                raise ValueError(f"{self.feature} at {self.level} is not assessable and must say why")
            if self.value is not None or self.grade is not None or self.probability is not None:
                raise ValueError(f"{self.feature} at {self.level} is not assessable and must carry no result")
        return self


def not_assessable(feature: str, reason: str, *, level: str | None = None, series: str | None = None) -> Finding:
    """The finding that says why there is none."""
    return Finding(feature=feature, level=level, status="not_assessable", reason=reason, series=series)
