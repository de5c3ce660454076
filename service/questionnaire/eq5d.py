"""What both versions of the EQ-5D share: five dimensions, a value set, and an index only when all five are answered."""

from dataclasses import dataclass

from service.questionnaire.model import Answered, Instrument, Item, Score, Text
from service.questionnaire.scale import Scale, missing

DIMENSIONS = ("mo", "sc", "ua", "pd", "ad")
"""Mobility, self-care, usual activities, pain or discomfort, anxiety or depression."""
LICENCE = "EuroQol Research Foundation; registration and terms of use. Item codes and scores only"
_INDEX_RULE = "index only when all five dimensions are answered"


@dataclass(frozen=True)
class ValueSet:
    """A national value set.

    ``decrements`` are those of levels 2 and up per dimension; ``any_problem`` is taken off when any level exceeds 1,
    ``any_worst`` when any is the worst.
    """

    id: str
    any_problem: float
    any_worst: float
    decrements: dict[str, tuple[float, ...]]
    source: str

    def index(self, levels: tuple[int, ...]) -> float:
        """The value of a health state, rounded to the three decimals of the value set."""
        lost = sum(self._lost(dimension, level) for dimension, level in zip(DIMENSIONS, levels, strict=True))
        worst = 1 + len(self.decrements["mo"])
        constants = self.any_problem * (max(levels) > 1) + self.any_worst * (max(levels) == worst)
        return round(1 - lost - constants, 3)

    def range(self) -> tuple[float, float]:
        """The lowest and highest index."""
        worst = 1 + len(self.decrements["mo"])
        return self.index((worst,) * 5), 1.0

    def _lost(self, dimension: str, level: int) -> float:
        return self.decrements[dimension][level - 2] if level > 1 else 0.0


def instrument(levels: int) -> Instrument:
    """The EQ-5D with three or five levels per dimension, and its visual analogue scale."""
    prefix = f"eq5d{levels}l"
    items = tuple(Item(code=f"{prefix}_{one}", kind="integer", low=1, high=levels) for one in DIMENSIONS)
    title = f"EQ-5D-{levels}L"
    return Instrument(
        id=f"eq5d_{levels}l",
        title=Text(nl=title, en=title),
        version=title,
        items=(*items, Item(code=f"{prefix}_vas", kind="integer", low=0, high=100)),
        licence=LICENCE,
        source="euroqol.org",
        embedded_text=False,
    )


def score(answers: Answered, instrument: Instrument, values: ValueSet) -> tuple[Score, ...]:
    """Index with its profile and value set, and the visual analogue scale."""
    return _index(answers, instrument, values), _vas(answers, instrument)


def _index(answers: Answered, instrument: Instrument, values: ValueSet) -> Score:
    scale = Scale(instrument, "index", values.range(), "lower", "published", values.source)
    codes = [item.code for item in instrument.items[:5]]
    left_out = missing(answers, codes)
    if left_out:
        return scale.not_scored(f"{len(left_out)} of 5 dimensions missing", _INDEX_RULE, left_out, values.id)
    levels = tuple(int(answers.number(code) or 0) for code in codes)
    profile = "".join(map(str, levels))
    return scale.scored(values.index(levels), _INDEX_RULE, value_set=values.id, profile=profile)


def _vas(answers: Answered, instrument: Instrument) -> Score:
    code = instrument.items[5].code
    scale = Scale(instrument, "vas", (0, 100), "lower", "published", instrument.source)
    value = answers.number(code)
    return (
        scale.not_scored("not answered", "as answered", (code,))
        if value is None
        else scale.scored(value, "as answered")
    )
