"""What would change the proposal: for each known input, the nearest other value that leads elsewhere."""

from collections.abc import Iterator

from service.findings.model import Finding
from service.questionnaire.answers import Value
from service.questionnaire.ndt_clbp import ITEMS
from service.triage.case import Case, usable
from service.triage.engine import Engine, Evaluation
from service.triage.labels import label
from service.triage.missing import finding_name
from service.triage.model import Change
from service.triage.policy import Policy
from service.triage.variation import Variant, item_values, moved, names_used, with_answer, with_finding, with_score

_Input = tuple[str, list[Variant]]
_STEP = 1.0
"""How far beyond a threshold a value is tried."""


def would_change(case: Case, base: Evaluation, engine: Engine) -> tuple[Change, ...]:
    """The nearest change of each single input that leads to another pathway.

    Left out: changes that only bring an alarm, which any red flag does, and those that only take the proposal away.
    """
    found = []
    policy = engine.policy
    for name, variants in (*_answers(case, policy), *_scores(case, policy), *_findings(case, policy)):
        for variant in variants:
            other = engine.evaluate(variant.put(case))
            if other.pathway not in (base.pathway, "no_recommendation", "urgent_review"):
                found.append(_change(name, variant, other))
                break
    return tuple(found)


def _change(name: str, variant: Variant, other: Evaluation) -> Change:
    return Change(input=name, label=label(name), change=variant.words, pathway=other.pathway, urgency=other.urgency)


def _answers(case: Case, policy: Policy) -> Iterator[_Input]:
    used = names_used(policy)["answer"]
    for code, value in case.answers.items():
        if code in used:
            yield (
                f"answer:{code}",
                [Variant(_words(other), 1, with_answer(code, other)) for other in _others(code, value, policy)],
            )


def _others(code: str, value: Value, policy: Policy) -> list[Value]:
    item = ITEMS[code]
    if item.kind not in ("integer", "decimal") or not isinstance(value, int | float):
        return [other for other in item_values(item) if other != value]
    low, high = item.low or 0.0, item.high or 0.0
    edges = [edge for limit in _limits("answer", code, policy) for edge in (limit, limit - _STEP, limit + _STEP)]
    inside = sorted({edge for edge in (*edges, low, high) if low <= edge <= high}, key=lambda edge: abs(edge - value))
    return [int(edge) if item.kind == "integer" else edge for edge in inside if edge != value]


def _limits(root: str, name: str, policy: Policy) -> list[float]:
    """The thresholds that conditions compare this input with."""
    conditions = (*policy.facts, *policy.level_facts, *policy.rules)
    naming = [named.expression.references for named in conditions if (root, name) in named.expression.references]
    return [policy.limit(limit) for references in naming for kind, limit in sorted(references) if kind == "limit"]


def _scores(case: Case, policy: Policy) -> Iterator[_Input]:
    for key, value in case.scores.items():
        edges = {edge for limit in _limits("score", key, policy) for edge in (limit, limit - _STEP, limit + _STEP)}
        near = sorted(edges - {value}, key=lambda edge: abs(edge - value))
        yield f"score:{key}", [Variant(f"{edge:g}", 1, with_score(key, edge)) for edge in near]


def _findings(case: Case, policy: Policy) -> Iterator[_Input]:
    used = names_used(policy)["finding"]
    for finding in case.findings:
        if finding.feature in used and finding.level and usable(finding, policy):
            name = finding_name(finding.feature, finding.level, finding.side)
            yield name, list(_other_findings(finding, policy))


def _other_findings(finding: Finding, policy: Policy) -> Iterator[Variant]:
    if finding.probability is not None:
        words, value = ("not present", 0.0) if finding.probability >= policy.limit("present") else ("present", 1.0)
        yield Variant(words, 1, with_finding(finding.model_copy(update={"probability": value})))
    elif finding.value is not None:
        value = finding.value
        limits = _limits("finding", finding.feature, policy)
        edges = {edge for limit in limits for edge in (limit, limit - _STEP, limit + _STEP)}
        for edge in sorted(edges - {value}, key=lambda edge: abs(edge - value)):
            yield Variant(f"{edge:g} {finding.unit or ''}".strip(), 1, with_finding(moved(finding, edge)))


def _words(value: Value) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)
