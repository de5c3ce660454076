"""Numeric rating scales of pain in the back and in the leg: a whole number from 0 to 10.

Free to use; the wording is this project's own. The smallest important change is 2 points or 30 % (Ostelo 2008,
Spine 33:90-4). The bands (1-3 mild, 4-6 moderate, 7-10 severe) are common in the field and not from that source.
"""

from service.questionnaire.model import Answered, Instrument, Item, Score, Text
from service.questionnaire.options import ScoringOptions
from service.questionnaire.scale import Scale

INSTRUMENT = Instrument(
    id="nrs",
    title=Text(nl="Pijn in cijfers", en="Pain in numbers"),
    version="11-point",
    items=(
        Item(
            code="nrs_back",
            kind="integer",
            low=0,
            high=10,
            text=Text(
                nl="Hoeveel pijn had u de afgelopen week gemiddeld in uw rug? 0 is geen pijn, 10 is de ergste pijn die u zich kunt voorstellen.",
                en="On average over the past week, how much pain was there in your back? 0 is none, 10 is the worst you can imagine.",
            ),
        ),
        Item(
            code="nrs_leg",
            kind="integer",
            low=0,
            high=10,
            text=Text(
                nl="Hoeveel pijn had u de afgelopen week gemiddeld in uw been of benen? 0 is geen pijn, 10 is de ergste pijn die u zich kunt voorstellen.",
                en="On average over the past week, how much pain was there in your leg or legs? 0 is none, 10 is the worst you can imagine.",
            ),
        ),
    ),
    licence="The scale is free to use; the wording is this project's own",
    source="Ostelo RWJG et al., Spine 2008;33:90-4",
    embedded_text=True,
)
_BANDS = ((0, "none"), (3, "mild"), (6, "moderate"), (10, "severe"))


def score(answers: Answered, _options: ScoringOptions) -> tuple[Score, ...]:
    """Pain in the back and in the leg, 0 to 10."""
    return tuple(_one(answers, place) for place in ("back", "leg"))


def _one(answers: Answered, place: str) -> Score:
    scale = Scale(INSTRUMENT, place, (0, 10), "higher", "expert", INSTRUMENT.source, _BANDS)
    value = answers.number(f"nrs_{place}")
    if value is None:
        return scale.not_scored("not answered", "as answered", (f"nrs_{place}",))
    return scale.scored(value, "as answered")
