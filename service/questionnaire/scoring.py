"""Answers to scores: every instrument in turn."""

from service.questionnaire import (
    background,
    dass21,
    eq5d_3l,
    eq5d_5l,
    nrs,
    odi,
    paindetect,
    rand36,
    red_flags,
    start_back,
)
from service.questionnaire.answers import Answers
from service.questionnaire.model import Scores
from service.questionnaire.options import ScoringOptions

_INSTRUMENTS = (
    red_flags.score,
    background.score,
    nrs.score,
    paindetect.score,
    start_back.score,
    dass21.score,
    odi.score,
    eq5d_5l.score,
    eq5d_3l.score,
    rand36.score,
)


def score(answers: Answers, options: ScoringOptions | None = None) -> Scores:
    """Every score that ``answers`` allow; what cannot be scored says why."""
    chosen = options or ScoringOptions()
    return Scores(scores=tuple(one for instrument in _INSTRUMENTS for one in instrument(answers, chosen)))


SCORE_KEYS = tuple(one.key for one in score(Answers.model_validate({})).scores)
"""Every score that there is, by the name that the policy gives it: ``odi_total``."""
