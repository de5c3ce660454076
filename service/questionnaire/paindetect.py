"""painDETECT: seven items of 0 to 5, radiation for 2, and the course of pain for -1, 0 or 1; -1 to 38 in all.

At most 12 a neuropathic component is unlikely, from 19 it is likely, in between it is unclear (src-signal.com). No rule
for missing items is known here, so any missing item leaves it unscored.
"""

from service.questionnaire.model import Answered, Instrument, Item, Score, Text
from service.questionnaire.options import ScoringOptions
from service.questionnaire.scale import Scale, missing, numbered, numbers

INSTRUMENT = Instrument(
    id="paindetect",
    title=Text(nl="painDETECT", en="painDETECT"),
    version="PD-Q",
    items=(
        *numbered("paindetect", 7, 0, 5),
        Item(code="paindetect_radiation", kind="boolean"),
        Item(code="paindetect_course", kind="integer", low=-1, high=1),
    ),
    licence="Copyright Pfizer. Item codes and scores only",
    source="painDETECT scoring, src-signal.com",
    embedded_text=False,
)
_RULE = "sum of 7 items, 2 for radiation, and the course (-1, 0 or 1); any missing item leaves it unscored"
_BANDS = ((12, "unlikely"), (18, "unclear"), (38, "likely"))
_SCALE = Scale(INSTRUMENT, "total", (-1, 38), "higher", "published", INSTRUMENT.source, _BANDS)


def score(answers: Answered, _options: ScoringOptions) -> tuple[Score, ...]:
    """The total, -1 to 38."""
    codes = [item.code for item in INSTRUMENT.items]
    left_out = missing(answers, codes)
    if left_out:
        return (_SCALE.not_scored(f"{len(left_out)} of 9 items missing", _RULE, left_out),)
    radiation = 2 if answers.get("paindetect_radiation") is True else 0
    rest = [code for code in codes if code != "paindetect_radiation"]
    return (_SCALE.scored(sum(numbers(answers, rest)) + radiation, _RULE),)
