"""Findings and scores to a recommendation: the policy as data, a small engine, and the explanation."""

from service.triage.model import Pathway, Recommendation
from service.triage.policy import Policy
from service.triage.policy_file import load_policy
from service.triage.recommend import recommend

__all__ = ["Pathway", "Policy", "Recommendation", "load_policy", "recommend"]
