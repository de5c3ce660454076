"""Small parts that the instruments share: numbered items, bands, and the two ways that a scale can come out."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.questionnaire.model import Answered, Instrument, Item, Provenance, Score, Worse

Bands = Sequence[tuple[float, str]]
"""(upper edge, name) from low to high; a value belongs to the first band whose upper edge it does not exceed."""


def numbered(prefix: str, count: int, low: int, high: int) -> tuple[Item, ...]:
    """``count`` licensed items, coded prefix_1, prefix_2, …, each a whole number from ``low`` to ``high``."""
    return tuple(Item(code=f"{prefix}_{n}", kind="integer", low=low, high=high) for n in range(1, count + 1))


def band(value: float, bands: Bands) -> str:
    """The name of the band that ``value`` falls in."""
    return next((name for edge, name in bands if value <= edge), bands[-1][1])


def missing(answers: Answered, codes: Sequence[str]) -> tuple[str, ...]:
    """Those of ``codes`` that were not answered."""
    return tuple(code for code in codes if answers.get(code) is None)


def numbers(answers: Answered, codes: Sequence[str]) -> list[float]:
    """The answers that were given to ``codes``."""
    return [value for code in codes if (value := answers.number(code)) is not None]


@dataclass(frozen=True)
class Scale:
    """What every score of one scale says about itself."""

    instrument: Instrument
    name: str
    range: tuple[float, float]
    worse: Worse
    provenance: Provenance
    source: str
    bands: Bands = ()

    def scored(
        self,
        value: float,
        rule: str,
        missing: tuple[str, ...] = (),
        value_set: str | None = None,
        profile: str | None = None,
    ) -> Score:
        """A score with its band."""
        return self._score(
            status="scored", value=value, rule=rule, missing=missing, value_set=value_set, profile=profile,
            band=band(value, self.bands) if self.bands else None,
        )  # fmt: skip

    def not_scored(self, reason: str, rule: str, missing: tuple[str, ...] = (), value_set: str | None = None) -> Score:
        """No score, and why."""
        return self._score(status="not_scored", reason=reason, rule=rule, missing=missing, value_set=value_set)

    def _score(self, **result: object) -> Score:
        return Score.model_validate(
            {
                "instrument": self.instrument.id,
                "version": self.instrument.version,
                "scale": self.name,
                "range": self.range,
                "worse": self.worse,
                "provenance": self.provenance,
                "source": self.source,
                **result,
            }
        )
