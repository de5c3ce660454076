"""Findings and scores to a recommendation: the policy as data, a small engine, and the explanation."""

from service.triage.model import Pathway, Recommendation
from service.triage.policy import Policy
from service.triage.policy_file import load_policy
from service.triage.prognosis import load_models
from service.triage.recommend import recommend
from service.triage.what_if import Changes, WhatIf, what_if

__all__ = [
    "Changes",
    "Pathway",
    "Policy",
    "Recommendation",
    "WhatIf",
    "load_models",
    "load_policy",
    "recommend",
    "what_if",
]
