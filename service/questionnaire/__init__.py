"""Answers to scores: one file per instrument, and ``ndt_clbp``, which says which of them make up the questionnaire."""

from service.questionnaire.answers import Answers
from service.questionnaire.model import Score, Scores
from service.questionnaire.options import ScoringOptions
from service.questionnaire.scoring import score

__all__ = ["Answers", "Score", "Scores", "ScoringOptions", "score"]
