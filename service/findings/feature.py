"""What the catalogue says of one feature: its key, scale, evidence, and what it takes to assess it."""

from dataclasses import dataclass, field
from typing import Literal

Category = Literal["discogenic", "neurogenic", "osseous", "facetogenic", "paraspinal", "measurement"]
Applies = Literal["disc level", "disc level and side", "vertebra", "whole spine"]
Needs = Literal[
    "sagittal", "sagittal T1", "sagittal T2", "sagittal T1 and T2", "axial", "contrast or laboratory", "CT or axial"
]


@dataclass(frozen=True)
class OddsRatio:
    """Odds of pain with the finding against without it, with its 95 % interval."""

    value: float
    low: float
    high: float
    source: str = "meta"


@dataclass(frozen=True)
class Feature:
    """One entry of the output dictionary.

    Attributes:
        key: ``Finding.feature``.
        scale: the grades in words; none for a pure measurement.
        reported_as: the key of the finding that carries it, where several features share one.
        agreement: percentage of studies that found a relation with pain; none where not known.
        association: what the review concluded.
        without_pain: percentage of people without pain who have it, by age in years; empty where not known.
        details: companion values in ``Finding.details``, with their meaning.
    """

    key: str
    name: str
    category: Category
    applies: Applies
    needs: Needs
    unit: str | None = None
    scale: str | None = None
    reported_as: str | None = None
    agreement: int | None = None
    association: Literal["positive", "mixed", "none", "inconclusive", "unknown"] = "unknown"
    odds_ratio: OddsRatio | None = None
    without_pain: dict[int, int] = field(default_factory=dict)
    sources: tuple[str, ...] = ("review",)
    details: dict[str, str] = field(default_factory=dict)

    @property
    def finding(self) -> str:
        """The key under which a finding of this feature is reported."""
        return self.reported_as or self.key
