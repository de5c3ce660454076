"""Why: the rules that fired, the evidence for and against, and the agreement of complaints and images per level."""

from service.triage.engine import Evaluation, LevelState
from service.triage.expression import Truth
from service.triage.model import Agreement, Concordance, Evidence, FiredRule
from service.triage.policy import Policy, Weighing


def fired(evaluation: Evaluation, policy: Policy, deciding: tuple[str, ...]) -> tuple[FiredRule, ...]:
    """Every rule that is true, in the order of the policy."""
    return tuple(
        FiredRule(
            id=rule.id,
            effect=rule.effect,
            urgency=rule.urgency,
            decides=rule.id in deciding,
            reason=rule.reason,
            source=rule.source,
            provenance=rule.provenance,
            levels=_levels({name for root, name in rule.expression.references if root == "any"}, evaluation),
        )
        for rule in policy.rules
        if evaluation.rules[rule.id]
    )


def evidence(evaluation: Evaluation, policy: Policy) -> tuple[Evidence, ...]:
    """Everything that speaks for or against a surgical opinion, the strongest first."""
    found = [_weighed(one, None) for one in policy.evidence if one.about == "patient" and evaluation.evidence[one.id]]
    for state in evaluation.levels:
        found += [_weighed(one, state) for one in policy.evidence if one.about == "level" and state.evidence[one.id]]
    order = ("strong", "moderate", "weak")
    return tuple(sorted(found, key=lambda one: order.index(one.strength)))


def concordance(evaluation: Evaluation, policy: Policy) -> tuple[Concordance, ...]:
    """Whether complaints and images agree, for every level and side, from the head down."""
    return tuple(_agreement(state, evaluation, policy) for state in evaluation.levels)


def place(level: str, side: str | None) -> str:
    """A level and side in one word or two."""
    return f"{level} {side}" if side else level


def _levels(names: set[str], evaluation: Evaluation) -> tuple[str, ...]:
    return tuple(
        place(state.level, state.side) for state in evaluation.levels if any(state.facts[name] for name in names)
    )


def _weighed(one: Weighing, state: LevelState | None) -> Evidence:
    return Evidence(
        id=one.id,
        stands=one.stands,
        strength=one.strength,
        level=state.level if state else None,
        side=state.side if state else None,
        text=one.text,
        source=one.source,
        provenance=one.provenance,
    )


def _agreement(state: LevelState, evaluation: Evaluation, policy: Policy) -> Concordance:
    names = policy.concordance
    imaging = [state.facts[name] for name in names.imaging]
    complaints = evaluation.facts[names.complaints]
    match = _any([state.facts[name] for name in names.match])
    return Concordance(
        level=state.level,
        side=state.side,
        imaging=tuple(name for name in names.imaging if state.facts[name]),
        symptoms=_as_agreement(state.facts[names.root], evaluation.facts[names.radicular]),
        laterality=_as_agreement(state.facts[names.side], evaluation.facts[names.radicular]),
        agreement="not_applicable" if _any(imaging) is False or complaints is False else _as_agreement(match, True),
    )


def _as_agreement(truth: Truth, applies: Truth) -> Agreement:
    if applies is False:
        return "not_applicable"
    if truth is None:
        return "unknown"
    return "concordant" if truth else "discordant"


def _any(truths: list[Truth]) -> Truth:
    if True in truths:
        return True
    return None if None in truths else False
