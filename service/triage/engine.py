"""The engine: a case and a policy become truth values of facts, levels and rules, and from those a pathway."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cel

from service.errors import ConfigurationError
from service.triage.case import Case, LevelFindings, Side, levels, usable
from service.triage.expression import Expression, Truth, holds
from service.triage.model import URGENCIES, Pathway, Urgency
from service.triage.policy import Named, Policy, Rule

_Conditions = tuple[tuple[str, Expression], ...]


@dataclass(frozen=True)
class LevelState:
    """What holds at one level and side; ``found`` names the features that were usable there."""

    level: str
    side: Side
    found: frozenset[str]
    facts: Mapping[str, Truth]
    evidence: Mapping[str, Truth]


@dataclass(frozen=True)
class Evaluation:
    """Truth values of everything in the policy, and the pathway that follows."""

    facts: Mapping[str, Truth]
    levels: tuple[LevelState, ...]
    anywhere: Mapping[str, Truth]
    rules: Mapping[str, Truth]
    evidence: Mapping[str, Truth]
    pathway: Pathway
    urgency: Urgency
    deciding: tuple[str, ...]


class Engine:
    """Applies one policy to variants of one case, and remembers levels that it has seen.

    Keep it no longer than the case: what it remembers comes from a patient.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._facts = _conditions(policy.facts)
        self._level_facts = _conditions(policy.level_facts)
        self._rules = _conditions([rule for rule in policy.rules if rule.effect in policy.precedence])
        self._advice = _conditions([rule for rule in policy.rules if rule.effect not in policy.precedence])
        self._evidence = _conditions([one for one in policy.evidence if one.about == "patient"])
        self._level_evidence = _conditions([one for one in policy.evidence if one.about == "level"])
        self._level_inputs = _inputs((*self._level_facts, *self._level_evidence))
        self._limits = {name: limit.value for name, limit in policy.limits.items()}
        self._seen: dict[object, LevelState] = {}

    def evaluate(self, case: Case, *, weigh: bool = False) -> Evaluation:
        """The truth values and the pathway, and with ``weigh`` also the evidence and the rules that give advice.

        Raises:
            ConfigurationError: a condition compares what cannot be compared.
        """
        context = self.context(case)
        facts = _in_turn(self._facts, context, "fact")
        states = self._levels(case, facts, context, weigh)
        anywhere = {name: _anywhere(name, states, self.policy) for name, _ in self._level_facts}
        context.update({"any": _known(anywhere)})
        rules = _each(self._rules, context)
        advice, evidence = (_each(self._advice, context), _each(self._evidence, context)) if weigh else ({}, {})
        pathway, urgency, deciding = _decide(rules, self.policy)
        return Evaluation(facts, states, anywhere, {**rules, **advice}, evidence, pathway, urgency, deciding)

    def context(self, case: Case) -> cel.Context:
        """The answers, scores and thresholds that conditions about the patient may name."""
        roots = symptom_roots(case, self.policy)
        return cel.Context(
            {
                "answer": {
                    key: list(value) if isinstance(value, tuple) else value for key, value in case.answers.items()
                },
                "score": dict(case.scores),
                "limit": self._limits,
                "imaging": {"assessed": sum(usable(finding, self.policy) for finding in case.findings)},
                "symptom": {"roots": roots} if roots else {},
            }
        )

    def _levels(
        self, case: Case, facts: Mapping[str, Truth], context: cel.Context, weigh: bool
    ) -> tuple[LevelState, ...]:
        known = {"answer": case.answers, "score": case.scores, "fact": facts}
        shared = tuple(known[root].get(name) for root, name in self._level_inputs if root in known)
        patient = (shared, tuple(symptom_roots(case, self.policy)), weigh)
        states = []
        for one in levels(case, self.policy):
            key = (one.level, one.side, one.key(), patient)
            if key not in self._seen:
                self._seen[key] = self._level(one, context, weigh)
            states.append(self._seen[key])
        return tuple(states)

    def _level(self, one: LevelFindings, context: cel.Context, weigh: bool) -> LevelState:
        level = {"name": one.level, "roots": list(self.policy.roots.values.get(one.level, ()))}
        context.update({"finding": one.found, "level": {**level, "side": one.side} if one.side else level})
        here = _in_turn(self._level_facts, context, "here")
        evidence = _each(self._level_evidence, context) if weigh else {}
        return LevelState(one.level, one.side, frozenset(one.found), here, evidence)


def symptom_roots(case: Case, policy: Policy) -> list[str]:
    """Nerve roots that the painful areas of the leg stand for; empty where none was pointed out."""
    areas = case.answers.get("leg_area")
    chosen = areas if isinstance(areas, tuple) else ()
    return sorted({root for area in chosen for root in policy.areas.values.get(area, ())})


def _conditions(named: Sequence[Named]) -> _Conditions:
    return tuple((one.id, one.expression) for one in named)


def _inputs(conditions: _Conditions) -> tuple[tuple[str, str], ...]:
    return tuple(sorted({reference for _, expression in conditions for reference in expression.references}))


def _each(conditions: _Conditions, context: cel.Context) -> dict[str, Truth]:
    return {name: _holds(name, expression, context) for name, expression in conditions}


def _in_turn(conditions: _Conditions, context: cel.Context, root: str) -> dict[str, Truth]:
    """Evaluate conditions that may name earlier ones under ``root``."""
    truths: dict[str, Truth] = {}
    context.update({root: {}})
    fresh = True
    for name, expression in conditions:
        if not fresh and any(kind == root for kind, _ in expression.references):
            context.update({root: _known(truths)})
            fresh = True
        truths[name] = _holds(name, expression, context)
        fresh = False
    context.update({root: _known(truths)})
    return truths


def _anywhere(name: str, states: Sequence[LevelState], policy: Policy) -> Truth:
    if any(state.facts[name] for state in states):
        return True
    needed = [state.facts[name] for state in states if state.level in policy.required_levels]
    return None if None in needed else False


def _decide(rules: Mapping[str, Truth], policy: Policy) -> tuple[Pathway, Urgency, tuple[str, ...]]:
    undetermined = False
    for group in policy.precedence:
        members = [rule for rule in policy.rules if rule.effect == group]
        true = [rule for rule in members if rules[rule.id]]
        if true and not undetermined:
            return group, _most_urgent(true), tuple(rule.id for rule in true)
        undetermined = undetermined or any(rules[rule.id] is None for rule in members)
    return "no_recommendation", "undetermined", ()


def _most_urgent(rules: Sequence[Rule]) -> Urgency:
    return max((rule.urgency for rule in rules), key=URGENCIES.index)


def _known(truths: Mapping[str, Truth]) -> dict[str, bool]:
    return {key: value for key, value in truths.items() if value is not None}


def _holds(name: str, expression: Expression, context: cel.Context) -> Truth:
    try:
        return holds(expression, context)
    except (TypeError, RuntimeError, ValueError) as error:
        raise ConfigurationError(f"the policy's condition {name} cannot be evaluated") from error
