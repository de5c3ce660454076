"""A trial of every condition before any patient: made-up complete inputs, so that nothing may be absent or misfit.

With every input present a condition must be true or false. One that is neither names something that does not exist, or
compares what cannot be compared, and would otherwise stay undetermined for every patient, or fail on the first.
"""

import random
import re
from collections.abc import Iterator

import cel

from service.questionnaire.ndt_clbp import ITEMS
from service.questionnaire.scoring import SCORE_KEYS
from service.triage.expression import Expression, holds, number
from service.triage.policy import Policy
from service.triage.variation import item_values

_TRIALS = 24
_COMPARED = re.compile(r"answer\.(\w+)\s*[!=]=\s*(?:'([^']*)'|\"([^\"]*)\")")
_AMONG = re.compile(
    r"answer\.(\w+)\.(?:exists|all|exists_one|filter)\(\s*(\w+)\s*,\s*\2\s*[!=]=\s*(?:'([^']*)'|\"([^\"]*)\")"
)


def trials(policy: Policy) -> tuple[cel.Context, ...]:
    """Complete inputs of every kind, from a fixed seed."""
    source = random.Random(0)  # noqa: S311 - a fixed sequence, so that a policy is always judged alike
    return tuple(_context(policy, source) for _ in range(_TRIALS))


def fault(expression: Expression, contexts: tuple[cel.Context, ...], *, numeric: bool = False) -> str | None:
    """What is wrong with a condition, or with a number when ``numeric``; None where every trial went well."""
    for item, option in _options(expression.source):
        if option not in {one.code for one in ITEMS[item].options}:
            return f"{option} is not an answer to {item}"
    for context in contexts:
        try:
            result = number(expression, context) if numeric else holds(expression, context)
        except (TypeError, RuntimeError, ValueError) as error:
            return f"it cannot be evaluated: {str(error).split('.')[0]}"
        if result is None:
            return "it names something that does not exist"
    return None


def _options(source: str) -> Iterator[tuple[str, str]]:
    """Each choice item that is compared with a text, and the text."""
    for item, single, double in _COMPARED.findall(source):
        if item in ITEMS:
            yield item, single or double
    for item, _, single, double in _AMONG.findall(source):
        if item in ITEMS:
            yield item, single or double


def _context(policy: Policy, source: random.Random) -> cel.Context:
    level = source.choice(sorted(policy.roots.values))
    answers = {code: source.choice(item_values(item)) for code, item in ITEMS.items()}
    return cel.Context(
        {
            "answer": {code: list(value) if isinstance(value, tuple) else value for code, value in answers.items()},
            "score": {key: source.uniform(0, 40) for key in SCORE_KEYS},
            "limit": {name: limit.value for name, limit in policy.limits.items()},
            "fact": _coins([one.id for one in policy.facts], source),
            "here": _coins([one.id for one in policy.level_facts], source),
            "any": _coins([one.id for one in policy.level_facts], source),
            "finding": {name: _found(source) for name in policy.features},
            "level": {"name": level, "side": "left", "roots": list(policy.roots.values[level])},
            "symptom": {"roots": [root for roots in policy.areas.values.values() for root in roots]},
            "imaging": {"assessed": source.randrange(9)},
        }
    )


def _coins(names: list[str], source: random.Random) -> dict[str, bool]:
    return {name: source.random() < 0.5 for name in names}


def _found(source: random.Random) -> dict[str, float]:
    return {"value": source.uniform(-10, 40), "grade": float(source.randrange(6)), "probability": source.random()}
