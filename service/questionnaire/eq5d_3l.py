"""EQ-5D-3L with a Dutch value set, of 2006 or of 2026; the two give very different indices and must not be mixed."""

from service.questionnaire import eq5d
from service.questionnaire.model import Answered, Score
from service.questionnaire.options import ScoringOptions

INSTRUMENT = eq5d.instrument(3)
NL_2006 = eq5d.ValueSet(
    id="nl-3l-2006",
    any_problem=0.071,
    any_worst=0.234,
    decrements={
        "mo": (0.036, 0.161),
        "sc": (0.082, 0.152),
        "ua": (0.032, 0.057),
        "pd": (0.086, 0.329),
        "ad": (0.124, 0.325),
    },
    source="Lamers LM et al. 2006, doi 10.1002/hec.1124",
)
NL_2026 = eq5d.ValueSet(
    id="nl-3l-2026",
    any_problem=0.154,
    any_worst=0,
    decrements={
        "mo": (0.045, 0.424),
        "sc": (0.059, 0.144),
        "ua": (0.011, 0.132),
        "pd": (0.114, 0.509),
        "ad": (0.096, 0.360),
    },
    source="doi 10.1007/s10198-025-01892-2",
)
VALUE_SETS = {values.id: values for values in (NL_2006, NL_2026)}


def score(answers: Answered, options: ScoringOptions) -> tuple[Score, ...]:
    """Index by the value set that ``options`` names, and visual analogue scale."""
    return eq5d.score(answers, INSTRUMENT, VALUE_SETS[options.eq5d_3l_value_set])
