"""Findings and scores to a recommendation: evaluate, vary, abstain where it would not hold, and explain."""

from collections.abc import Iterable, Mapping

from service.findings.model import Finding
from service.questionnaire.answers import Answers
from service.questionnaire.model import Scores
from service.triage.age_norms import common_at_age
from service.triage.case import case as as_case
from service.triage.change import would_change
from service.triage.engine import Engine, Evaluation
from service.triage.explanation import concordance, evidence, fired
from service.triage.missing import missing, open_rules
from service.triage.model import Recommendation, Stability
from service.triage.policy import Policy
from service.triage.prognosis import ProbabilityModel, prognoses
from service.triage.stability import stability
from service.triage.summary import summarise


def recommend(
    findings: Iterable[Finding],
    scores: Scores,
    answers: Answers,
    policy: Policy,
    models: Mapping[str, ProbabilityModel] | None = None,
) -> Recommendation:
    """What ``policy`` proposes for these findings, scores and answers, with its reasons.

    A proposal for a surgical or non-surgical consult that uncertain inputs would likely overturn becomes
    ``no_recommendation``; an urgent review never does. ``models`` are a site's prognostic models, if it has any; they
    inform and never decide.
    """
    found = tuple(findings)
    case = as_case(found, scores, answers)
    engine = Engine(policy)
    evaluation = engine.evaluate(case, weigh=True)
    firm = stability(case, evaluation, engine)
    holds = _holds(evaluation, firm)
    pathway, urgency = (evaluation.pathway, evaluation.urgency) if holds else ("no_recommendation", "undetermined")
    rules = fired(evaluation, policy, evaluation.deciding if holds else ())
    undecided = open_rules(case, evaluation, policy)
    lacking = missing(undecided, found, scores, policy) if evaluation.pathway == "no_recommendation" else ()
    common = common_at_age(found, answers, policy)
    weighed, agreement = evidence(evaluation, policy), concordance(evaluation, policy)
    return Recommendation(
        pathway=pathway,
        urgency=urgency,
        policy=policy.reference,
        rules=rules,
        undetermined=undecided,
        evidence=weighed,
        concordance=agreement,
        missing=lacking,
        would_change=would_change(case, evaluation, engine),
        stability=firm,
        prognosis=prognoses(case, engine, models or {}),
        common_at_age=common,
        summary=summarise(
            pathway=pathway,
            urgency=urgency,
            rules=rules,
            evidence=weighed,
            concordance=agreement,
            missing=lacking,
            stability=firm,
            common=common,
        ),
        intended_use=policy.intended_use,
    )


def _holds(evaluation: Evaluation, firm: Stability) -> bool:
    return firm.stable or evaluation.pathway in ("urgent_review", "no_recommendation")
