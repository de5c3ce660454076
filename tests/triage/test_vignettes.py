"""The table of vignettes: pathway, urgency, cited rules; and that together they reach all of the policy."""

from collections.abc import Callable, Iterator

import pytest

from service.triage import load_policy
from service.triage.engine import Engine, Evaluation
from service.triage.policy import Named, Policy
from tests.triage.cases import proposed
from tests.triage.operands import operands
from tests.triage.vignettes import Vignette, vignettes

BY_ID = {one.id: one for one in vignettes()}


def test_there_are_enough_and_none_twice() -> None:
    assert len(BY_ID) == len(vignettes()) >= 60


@pytest.mark.parametrize("name", BY_ID)
def test_vignette(name: str) -> None:
    vignette = BY_ID[name]
    expected = vignette.expected
    result = proposed(vignette.given, vignette.findings)
    assert (result.pathway, result.urgency) == (expected["pathway"], expected["urgency"])
    assert set(result.deciding) == set(expected["rules"])
    assert {rule.id for rule in result.rules if rule.effect in ("support", "explain")} == set(
        expected.get("advice", [])
    )
    assert set(expected.get("missing", [])) <= {one.input for one in result.missing}
    assert result.stability.leaning == expected.get("leaning", result.pathway)
    assert all(rule.source and rule.reason.nl and rule.reason.en for rule in result.rules)


def evaluations(policy: Policy) -> Iterator[tuple[Vignette, Evaluation]]:
    for vignette in vignettes():
        yield vignette, Engine(policy).evaluate(vignette.case(), weigh=True)


def test_every_rule_decides_or_advises_somewhere_and_is_false_somewhere() -> None:
    policy = load_policy()
    found = [evaluation for _, evaluation in evaluations(policy)]
    for rule in policy.rules:
        truths = {evaluation.rules[rule.id] for evaluation in found}
        assert {True, False} <= truths, rule.id
    deciding = {name for evaluation in found for name in evaluation.deciding}
    assert deciding == {rule.id for rule in policy.rules if rule.effect in policy.precedence}


def test_every_rule_is_cited_by_a_vignette() -> None:
    cited = {name for one in vignettes() for name in [*one.expected["rules"], *one.expected.get("advice", [])]}
    assert cited == {rule.id for rule in load_policy().rules}


def test_every_fact_and_weighing_is_true_and_false_somewhere() -> None:
    policy = load_policy()
    found = [evaluation for _, evaluation in evaluations(policy)]
    for fact in policy.facts:
        assert {True, False} <= {evaluation.facts[fact.id] for evaluation in found}, fact.id
    states = [state for evaluation in found for state in evaluation.levels]
    for fact in policy.level_facts:
        assert {True, False} <= {state.facts[fact.id] for state in states}, fact.id
    for one in policy.evidence:
        truths = (
            {state.evidence[one.id] for state in states}
            if one.about == "level"
            else {evaluation.evidence[one.id] for evaluation in found}
        )
        assert {True, False} <= truths, one.id


def test_every_branch_of_every_condition_is_taken() -> None:
    """Each operand of an "or", and each arm of a choice, is true in some vignette."""
    policy = with_branches(load_policy())
    found = [evaluation for _, evaluation in evaluations(policy)]
    states = [state for evaluation in found for state in evaluation.levels]
    seen: dict[str, Callable[[str], bool]] = {
        "facts": lambda name: any(evaluation.facts[name] for evaluation in found),
        "level_facts": lambda name: any(state.facts[name] for state in states),
        "rules": lambda name: any(evaluation.rules[name] for evaluation in found),
    }
    branches = [(section, one) for section in seen for one in getattr(policy, section) if one.id.startswith("branch_")]
    assert len(branches) > 50
    assert [one.when for section, one in branches if not seen[section](one.id)] == []


def with_branches(policy: Policy) -> Policy:
    """The policy with every operand of its conditions as a condition of its own."""
    update: dict[str, object] = {}
    for section in ("facts", "level_facts", "rules"):
        named = getattr(policy, section)
        more = [
            branch(one, f"branch_{one.id}_{place}", operand)
            for one in named
            for place, operand in enumerate(operands(one.when))
        ]
        update[section] = (*named, *more)
    return policy.model_copy(update=update)


def branch(named: Named, name: str, operand: str) -> Named:
    if type(named) is Named:
        return Named(id=name, when=operand)
    fields = {**named.model_dump(), "id": name, "when": operand, "effect": "explain", "urgency": "undetermined"}
    return type(named).model_validate(fields)
