"""RAND-36: eight scales from 0 (worst) to 100 (best), each the mean of its answered items after recoding.

The scoring is RAND's own (Hays, Sherbourne and Mazel 1993, Health Econ 2:217-27), in which general health and pain
differ from the SF-36. Recoding and scales were checked against RAND's instructions as printed in Top Clin Chiro
1994;1(1):51-59. Item 2, the change over a year, belongs to no scale.
"""

from service.questionnaire.model import Answered, Instrument, Item, Score, Text
from service.questionnaire.options import ScoringOptions
from service.questionnaire.scale import Scale, missing

SCALES: dict[str, tuple[int, ...]] = {
    "physical_functioning": (3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
    "role_physical": (13, 14, 15, 16),
    "role_emotional": (17, 18, 19),
    "energy": (23, 27, 29, 31),
    "emotional_wellbeing": (24, 25, 26, 28, 30),
    "social_functioning": (20, 32),
    "pain": (21, 22),
    "general_health": (1, 33, 34, 35, 36),
}
_CHOICES = {
    **dict.fromkeys((1, 2, 20, 22, *range(32, 37)), 5),
    **dict.fromkeys(range(3, 13), 3),
    **dict.fromkeys(range(13, 20), 2),
    **dict.fromkeys((21, *range(23, 32)), 6),
}
BEST_FIRST = frozenset((1, 2, 20, 21, 22, 23, 26, 27, 30, 34, 36))
"""Items whose first choice is the best health; of the others it is the worst."""

INSTRUMENT = Instrument(
    id="rand36",
    title=Text(nl="RAND-36", en="RAND-36"),
    version="1.0",
    items=tuple(Item(code=f"rand_{n}", kind="integer", low=1, high=_CHOICES[n]) for n in range(1, 37)),
    licence="RAND: may be used with credit; whoever uses a translation answers for it. Item codes and scores only",
    source="Hays RD, Sherbourne CD, Mazel RM. Health Econ 1993;2:217-27; Top Clin Chiro 1994;1(1):51-59",
    embedded_text=False,
    attribution="The RAND 36-Item Health Survey was developed at RAND as part of the Medical Outcomes Study.",
)
_RULE = "mean of the answered items of the scale, each recoded to 0-100; unscored only if none is answered"


def score(answers: Answered, _options: ScoringOptions) -> tuple[Score, ...]:
    """The eight scales."""
    return tuple(_scale(answers, name, items) for name, items in SCALES.items())


def recoded(number: int, answer: float) -> float:
    """The answer to item ``number`` (1 to 36) from 0, the worst health, to 100, the best."""
    share = (answer - 1) / (_CHOICES[number] - 1)
    return 100 * (1 - share if number in BEST_FIRST else share)


def _scale(answers: Answered, name: str, items: tuple[int, ...]) -> Score:
    scale = Scale(INSTRUMENT, name, (0, 100), "lower", "published", INSTRUMENT.source)
    left_out = missing(answers, [f"rand_{n}" for n in items])
    given = [recoded(n, value) for n in items if (value := answers.number(f"rand_{n}")) is not None]
    if not given:
        return scale.not_scored("no item of the scale answered", _RULE, left_out)
    return scale.scored(sum(given) / len(given), _RULE, left_out)
