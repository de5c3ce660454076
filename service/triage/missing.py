"""What is missing: the inputs that left a rule undecided, found by walking its conditions."""

from collections.abc import Iterable, Iterator

from service.findings.model import Finding
from service.questionnaire.model import Scores
from service.triage.case import Case, usable
from service.triage.engine import Evaluation, LevelState
from service.triage.labels import label
from service.triage.model import Missing, OpenRule
from service.triage.policy import Named, Policy

_PATHWAYS = ("urgent_review", "no_recommendation", "surgical_consult", "non_surgical_consult")


def open_rules(case: Case, evaluation: Evaluation, policy: Policy) -> tuple[OpenRule, ...]:
    """The rules about a pathway that could not be decided, each with the inputs that it lacks.

    Inputs are written ``answer:leg_area``, ``score:odi_total`` and ``finding:disc_herniation:L4-L5:left``.
    """
    walker = _Walker(case, evaluation, policy)
    return tuple(
        OpenRule(id=rule.id, effect=rule.effect, missing=tuple(dict.fromkeys(walker.lacking(rule, None))))
        for rule in policy.rules
        if evaluation.rules[rule.id] is None and rule.effect in _PATHWAYS
    )


def missing(
    rules: Iterable[OpenRule], findings: Iterable[Finding], scores: Scores, policy: Policy
) -> tuple[Missing, ...]:
    """Every missing input once, with why it is missing and which rules wait for it."""
    waiting: dict[str, list[str]] = {}
    for rule in rules:
        for name in rule.missing:
            waiting.setdefault(name, []).append(rule.id)
    reasons = _reasons(findings, scores, policy)
    return tuple(
        Missing(input=name, label=label(name), reason=reasons.get(name) or _default_reason(name), rules=tuple(ids))
        for name, ids in waiting.items()
    )


def _default_reason(name: str) -> str:
    return "not answered" if name.startswith("answer:") else "not available"


def _reasons(findings: Iterable[Finding], scores: Scores, policy: Policy) -> dict[str, str]:
    reasons = {f"score:{score.key}": score.reason for score in scores.scores if score.reason}
    for finding in findings:
        if not usable(finding, policy):
            name = finding_name(finding.feature, finding.level, finding.side)
            reasons[name] = finding.reason or "confidence too low"
    return reasons


def finding_name(feature: str, level: str | None, side: str | None) -> str:
    """How a finding is named as an input."""
    return ":".join(part for part in ("finding", feature, level, side) if part)


class _Walker:
    """Follows the names in a condition down to the inputs that are absent."""

    def __init__(self, case: Case, evaluation: Evaluation, policy: Policy) -> None:
        self._case = case
        self._evaluation = evaluation
        self._facts = {fact.id: fact for fact in policy.facts}
        self._level_facts = {fact.id: fact for fact in policy.level_facts}
        self._required = policy.required_levels

    def lacking(self, named: Named, state: LevelState | None) -> Iterator[str]:
        """Names of the absent inputs of ``named``, which is undetermined; ``state`` is the level that it is about."""
        for root, name in sorted(named.expression.required):
            if root == "answer" and name not in self._case.answers:
                yield f"answer:{name}"
            elif root == "score" and name not in self._case.scores:
                yield f"score:{name}"
            elif root == "fact" and self._evaluation.facts[name] is None:
                yield from self.lacking(self._facts[name], None)
            elif root == "any" and self._evaluation.anywhere[name] is None:
                yield from self._at_levels(name)
            elif state is not None:
                yield from self._of_level(root, name, state)

    def _at_levels(self, name: str) -> Iterator[str]:
        for state in self._evaluation.levels:
            if state.facts[name] is None and state.level in self._required:
                yield from self.lacking(self._level_facts[name], state)

    def _of_level(self, root: str, name: str, state: LevelState) -> Iterator[str]:
        if root == "here" and state.facts[name] is None:
            yield from self.lacking(self._level_facts[name], state)
        elif root == "finding" and name not in state.found:
            yield finding_name(name, state.level, state.side)
        elif root == "symptom" and state.facts is not None:
            yield from () if self._has_roots() else ("answer:leg_area",)
        elif root == "level" and name == "side" and state.side is None:
            yield f"side:{state.level}"

    def _has_roots(self) -> bool:
        areas = self._case.answers.get("leg_area")
        return isinstance(areas, tuple) and set(areas) != {"not_sure"}
