"""What must be true of every policy, checked once when it is read."""

from collections.abc import Iterable, Iterator, Sequence

from service.questionnaire.ndt_clbp import ITEMS
from service.questionnaire.scoring import SCORE_KEYS
from service.triage.policy import Named, Policy
from service.triage.policy_trial import fault, trials

_PATHWAYS = {"urgent_review", "no_recommendation", "surgical_consult", "non_surgical_consult"}
_LEVEL_FIELDS = {"name", "side", "roots"}


class PolicyFault(ValueError):  # noqa: N818 - a fault of a file, reported as a ConfigurationError
    """A policy that reads well and makes no sense; ``location`` is the path to the fault."""

    def __init__(self, location: tuple[str | int, ...], reason: str) -> None:
        super().__init__(reason)
        self.location = location


def check(policy: Policy) -> None:
    """Refuse a policy with unknown names, doubled ids, conditions that cannot be evaluated, or a red flag that may be cancelled.

    Raises:
        PolicyFault: the first fault found.
    """
    _check_precedence(policy)
    _check_unique(policy)
    _check_concordance(policy)
    _check_prognosis(policy)
    _check_tables(policy)
    contexts = trials(policy)
    for location, named, allowed in _conditions(policy):
        for root, name in sorted(named.expression.references):
            if name not in allowed.get(root, set()):
                raise PolicyFault(location, f"{named.id} names {root}.{name}, which does not exist here")
        _check_vocabulary(location, named, allowed)
        wrong = fault(named.expression, contexts)
        if wrong:
            raise PolicyFault(location, f"{named.id}: {wrong}")
    _check_values(policy)
    _check_alarms(policy)


def _check_values(policy: Policy) -> None:
    contexts = trials(policy)
    for index, one in enumerate(policy.predictors):
        wrong = fault(one.value_expression, contexts, numeric=True) if one.value_expression else None
        if wrong:
            raise PolicyFault(("predictors", index, "value"), f"{one.id}: {wrong}")


def _check_alarms(policy: Policy) -> None:
    """An alarm that answers raise may not also ask the images: a normal MRI would then cancel it."""
    for index, rule in enumerate(policy.rules):
        roots = {root for root, _ in rule.expression.references}
        if rule.effect == "urgent_review" and roots & {"any", "imaging"} and roots & {"answer", "fact", "score"}:
            raise PolicyFault(
                ("rules", index, "when"), f"{rule.id} mixes complaints and images, which could cancel a red flag"
            )


def _check_tables(policy: Policy) -> None:
    levels, roots = set(policy.roots.values), {root for found in policy.roots.values.values() for root in found}
    named = {root for found in policy.areas.values.values() for root in found}
    areas = {option.code for option in ITEMS["leg_area"].options}
    _check_known(("required_levels",), policy.required_levels, levels, "a level of roots")
    _check_known(("lateralised",), policy.lateralised, set(policy.features), "one of features")
    _check_known(("presence_only",), policy.presence_only, set(policy.features), "one of features")
    _check_known(("ranges",), policy.ranges, set(policy.features), "one of features")
    _check_known(("areas", "values"), policy.areas.values, areas, "an area of the leg")
    _check_known(("areas", "values"), named, roots, "a root of any level")
    for name, span in policy.ranges.items():
        if span.low >= span.high:
            raise PolicyFault(("ranges", name), f"the range of {name} must rise")


def _check_known(location: tuple[str | int, ...], names: Iterable[str], known: set[str], what: str) -> None:
    unknown = set(names) - known
    if unknown:
        raise PolicyFault(location, f"{min(unknown)} is not {what}")


def _check_precedence(policy: Policy) -> None:
    if set(policy.precedence) != _PATHWAYS or len(policy.precedence) != len(_PATHWAYS):
        raise PolicyFault(("precedence",), "precedence must list each of the four pathways once")
    if policy.precedence[0] != "urgent_review":
        raise PolicyFault(("precedence",), "urgent_review must come first: nothing may cancel a red flag")
    for name in ("present", "confidence", "flip"):
        if name not in policy.limits:
            raise PolicyFault(("limits",), f"the limit {name} is needed")


def _check_unique(policy: Policy) -> None:
    for section in ("facts", "level_facts", "rules", "evidence", "predictors"):
        seen: set[str] = set()
        for index, named in enumerate(getattr(policy, section)):
            if named.id in seen:
                raise PolicyFault((section, index, "id"), f"{named.id} is there twice")
            seen.add(named.id)


def _check_prognosis(policy: Policy) -> None:
    known = set(_ids(policy.predictors))
    for index, model in enumerate(policy.prognosis):
        unknown = set(model.predictors) - known
        if unknown:
            raise PolicyFault(("prognosis", index, "predictors"), f"{min(unknown)} is not a predictor of this policy")


def _check_concordance(policy: Policy) -> None:
    names = policy.concordance
    unknown = {names.complaints, names.radicular} - set(_ids(policy.facts))
    unknown |= {names.root, names.side, *names.imaging, *names.match} - set(_ids(policy.level_facts))
    if unknown:
        raise PolicyFault(("concordance",), f"{min(unknown)} is not a condition of this policy")


def _check_vocabulary(location: tuple[str | int, ...], named: Named, allowed: dict[str, set[str]]) -> None:
    bound = {variable for variable in named.expression.program.variables() if variable in _ROOTS}
    strange = bound - set(allowed)
    if strange:
        raise PolicyFault(location, f"{named.id} may not use {sorted(strange)[0]} here")


_ROOTS = {"answer", "score", "limit", "fact", "finding", "level", "symptom", "here", "any", "imaging"}


def _conditions(policy: Policy) -> Iterator[tuple[tuple[str | int, ...], Named, dict[str, set[str]]]]:
    """Every condition with its place and the names that it may use; facts may use earlier facts only."""
    base = {"answer": set(ITEMS), "score": set(SCORE_KEYS), "limit": set(policy.limits)}
    facts, level_facts = _ids(policy.facts), _ids(policy.level_facts)
    level = {"finding": set(policy.features), "level": _LEVEL_FIELDS, "symptom": {"roots"}}
    for index, fact in enumerate(policy.facts):
        yield ("facts", index, "when"), fact, {**base, "fact": set(facts[:index])}
    for index, fact in enumerate(policy.level_facts):
        yield (
            ("level_facts", index, "when"),
            fact,
            {**base, **level, "fact": set(facts), "here": set(level_facts[:index])},
        )
    whole = {**base, "fact": set(facts), "any": set(level_facts), "imaging": {"assessed"}}
    for index, rule in enumerate(policy.rules):
        yield ("rules", index, "when"), rule, whole
    for index, predictor in enumerate(policy.predictors):
        yield ("predictors", index, "when"), predictor, {**base, "fact": set(facts)}
    for index, weighing in enumerate(policy.evidence):
        names = (
            whole if weighing.about == "patient" else {**base, **level, "fact": set(facts), "here": set(level_facts)}
        )
        yield ("evidence", index, "when"), weighing, names


def _ids(named: Sequence[Named]) -> list[str]:
    return [one.id for one in named]
