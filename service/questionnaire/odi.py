"""Oswestry Disability Index 2.1a: ten sections of 0 to 5, as per cent of what the answered sections allow.

Sources: Fairbank, ODI 2.1a user guide (Mapi Research Trust); Shirley Ryan AbilityLab, Rehabilitation Measures;
van Hooff 2016, Spine J 16:1221-30 for the acceptable symptom state at 22. Where two boxes of a section are ticked,
the higher one counts: the answer then holds the higher.

Published rules for unanswered sections conflict, so the rule is an option:

- ``at_least_8``: 8 or more answered; Fairbank rarely finds fewer. The default, chosen by this project.
- ``at_most_1_missing``: the rule of the AO Foundation's module.
- ``prorate_any``: the denominator falls by 5 per unanswered section, however many.
- ``complete_only``: all ten.
"""

from service.questionnaire.model import Answered, Instrument, Score, Text
from service.questionnaire.options import OdiMissing, ScoringOptions
from service.questionnaire.scale import Scale, missing, numbered, numbers

INSTRUMENT = Instrument(
    id="odi",
    title=Text(nl="Oswestry Disability Index", en="Oswestry Disability Index"),
    version="2.1a",
    items=numbered("odi", 10, 0, 5),
    licence="Copyright; licence from Mapi Research Trust. Item codes and scores only; fees may apply to healthcare organisations",
    source="Fairbank JCT, ODI 2.1a, eprovide.mapi-trust.org; sralab.org/rehabilitation-measures",
    embedded_text=False,
)
ACCEPTABLE_STATE = 22
"""At most this at one year is a response (van Hooff 2018, PLoS ONE 13:e0203518)."""
NON_RESPONSE = 41
"""At least this at one year is a non-response (same source); in between is neither."""

_LEAST = {"at_least_8": 8, "at_most_1_missing": 9, "prorate_any": 1, "complete_only": 10}
_RULES = {
    "at_least_8": "sum / (5 x answered) x 100, of 8 or more answered sections",
    "at_most_1_missing": "sum / (5 x answered) x 100, at most 1 section unanswered",
    "prorate_any": "sum / (5 x answered) x 100, of however many answered sections",
    "complete_only": "sum / 50 x 100, all 10 sections answered",
}
_SCALE = Scale(
    INSTRUMENT,
    "total",
    (0, 100),
    "higher",
    "published",
    "ODI 2.1a user guide; sralab.org",
    ((20, "minimal"), (40, "moderate"), (60, "severe"), (80, "crippled"), (100, "bed_bound_or_exaggerated")),
)


def score(answers: Answered, options: ScoringOptions) -> tuple[Score, ...]:
    """Disability in per cent, with the rule for unanswered sections that ``options`` names."""
    codes = [item.code for item in INSTRUMENT.items]
    given, left_out = numbers(answers, codes), missing(answers, codes)
    rule = _rule(options.odi_missing)
    least = _LEAST[options.odi_missing]
    if len(given) < least:
        return (_SCALE.not_scored(f"{len(given)} of 10 sections answered; {least} needed", rule, left_out),)
    return (_SCALE.scored(100 * sum(given) / (5 * len(given)), rule, left_out),)


def _rule(name: OdiMissing) -> str:
    return f"{name}: {_RULES[name]}"
