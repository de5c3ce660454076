"""EQ-5D-5L with the Dutch value set of Versteegh 2016 (Value in Health, doi 10.1016/j.jval.2016.01.003)."""

from service.questionnaire import eq5d
from service.questionnaire.model import Answered, Score
from service.questionnaire.options import ScoringOptions

INSTRUMENT = eq5d.instrument(5)
NL_2016 = eq5d.ValueSet(
    id="nl-5l-2016",
    any_problem=0.047,
    any_worst=0,
    decrements={
        "mo": (0.035, 0.057, 0.166, 0.203),
        "sc": (0.038, 0.061, 0.168, 0.168),
        "ua": (0.039, 0.087, 0.192, 0.192),
        "pd": (0.066, 0.092, 0.360, 0.415),
        "ad": (0.070, 0.145, 0.356, 0.421),
    },
    source="Versteegh MM et al. 2016, doi 10.1016/j.jval.2016.01.003",
)


def score(answers: Answered, _options: ScoringOptions) -> tuple[Score, ...]:
    """Index and visual analogue scale."""
    return eq5d.score(answers, INSTRUMENT, NL_2016)
