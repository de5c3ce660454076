"""DASS-21: depression, anxiety and stress, seven items of 0 to 3 each.

Bands on the raw sums are those of PMC10560014, table 1; which item belongs to which scale is from the Addiction
Research Center, University of Wisconsin (some web pages swap depression and anxiety). That one missing item per scale
may be replaced by the mean of the others is common knowledge of the field, so such a score is marked ``expert``.
"""

from service.questionnaire.model import Answered, Instrument, Provenance, Score, Text
from service.questionnaire.options import ScoringOptions
from service.questionnaire.scale import Bands, Scale, missing, numbered, numbers

SCALES: dict[str, tuple[int, ...]] = {
    "depression": (3, 5, 10, 13, 16, 17, 21),
    "anxiety": (2, 4, 7, 9, 15, 19, 20),
    "stress": (1, 6, 8, 11, 12, 14, 18),
}
_NAMES = ("normal", "mild", "moderate", "severe", "extremely_severe")
_EDGES = {"depression": (4, 6, 10, 13, 21), "anxiety": (3, 5, 7, 9, 21), "stress": (7, 9, 12, 16, 21)}
BANDS: dict[str, Bands] = {name: tuple(zip(edges, _NAMES, strict=True)) for name, edges in _EDGES.items()}

INSTRUMENT = Instrument(
    id="dass21",
    title=Text(nl="DASS-21", en="DASS-21"),
    version="21-item",
    items=numbered("dass", 21, 0, 3),
    licence="Said to be in the public domain by its authors; check the Dutch version. Item codes and scores only",
    source="arc.psych.wisc.edu (items); PMC10560014, table 1 (bands)",
    embedded_text=False,
)
_RULE = "raw sum of 7 items; one missing item per scale is replaced by the mean of the other six"


def score(answers: Answered, _options: ScoringOptions) -> tuple[Score, ...]:
    """Depression, anxiety and stress, 0 to 21 each; twice that is on the scale of the DASS-42."""
    return tuple(_scale(answers, name, items) for name, items in SCALES.items())


def _scale(answers: Answered, name: str, items: tuple[int, ...]) -> Score:
    codes = [f"dass_{n}" for n in items]
    given, left_out = numbers(answers, codes), missing(answers, codes)
    provenance: Provenance = "expert" if left_out else "published"
    scale = Scale(INSTRUMENT, name, (0, 21), "higher", provenance, INSTRUMENT.source, BANDS[name])
    if len(left_out) > 1:
        return scale.not_scored(f"{len(left_out)} of 7 items missing", _RULE, left_out)
    return scale.scored(7 * sum(given) / len(given), _RULE, left_out)
