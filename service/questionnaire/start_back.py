"""STarT Back screening tool: nine items, of which the last five are about distress.

Items 1 to 8 are 0 (disagree) or 1 (agree); item 9, bothersomeness, runs from 0 to 4 and counts from 3 ("very much").
Total 0-3 is low risk; from 4, distress 0-3 is medium and 4-5 is high (Keele University, keele.ac.uk/sbst). Validated in
primary care; the Dutch physiotherapy guideline asks never to rest on it alone. No published rule for missing items is
known here, so a missing item leaves its scale without a score.
"""

from service.questionnaire.model import Answered, Instrument, Item, Score, Text
from service.questionnaire.options import ScoringOptions
from service.questionnaire.scale import Scale, missing, numbered

INSTRUMENT = Instrument(
    id="start_back",
    title=Text(nl="STarT Back Screening Tool", en="STarT Back Screening Tool"),
    version="9-item",
    items=(*numbered("start", 8, 0, 1), Item(code="start_9", kind="integer", low=0, high=4)),
    licence="Keele University; free for non-commercial use, otherwise ask Keele. Item codes and scores only",
    source="keele.ac.uk/sbst",
    embedded_text=False,
)
_BOTHERED = 3
_RULE = "count of positive items; any missing item leaves the scale unscored"
_TOTAL = Scale(INSTRUMENT, "total", (0, 9), "higher", "published", INSTRUMENT.source)
_DISTRESS = Scale(INSTRUMENT, "distress", (0, 5), "higher", "published", INSTRUMENT.source)


def score(answers: Answered, _options: ScoringOptions) -> tuple[Score, ...]:
    """Total (0 to 9) with the risk group as its band, and distress (0 to 5)."""
    codes = [item.code for item in INSTRUMENT.items]
    total, distress = _count(answers, codes, _TOTAL), _count(answers, codes[4:], _DISTRESS)
    if total.value is not None and distress.value is not None:
        total = total.model_copy(update={"band": risk(total.value, distress.value)})
    return total, distress


def risk(total: float, distress: float) -> str:
    """The risk group of a total and a distress score."""
    if total <= 3:
        return "low"
    return "high" if distress >= 4 else "medium"


def _count(answers: Answered, codes: list[str], scale: Scale) -> Score:
    left_out = missing(answers, codes)
    if left_out:
        return scale.not_scored(f"{len(left_out)} items missing", _RULE, left_out)
    return scale.scored(sum(_positive(answers, code) for code in codes), _RULE)


def _positive(answers: Answered, code: str) -> bool:
    return (answers.number(code) or 0) >= (_BOTHERED if code == "start_9" else 1)
