"""How firm the proposal is: every uncertain finding varied within its interval, every missing input over its range."""

import random
from collections.abc import Sequence

from service.triage.case import Case
from service.triage.engine import Engine, Evaluation
from service.triage.labels import label
from service.triage.model import Change, Stability
from service.triage.variation import Uncertain, uncertain_inputs

_DRAWS = 64
_METHOD = (
    "Each uncertain finding over seven equally likely values of a normal distribution with its 95 % interval, or present and "
    "absent by its probability; each missing input evenly over its range, values that contradict other answers left out; "
    f"one at a time, and {_DRAWS} joint draws from a fixed seed"
)


def stability(case: Case, base: Evaluation, engine: Engine) -> Stability:
    """Which uncertain inputs change the pathway, and how likely a change is when all vary together."""
    policy = engine.policy
    inputs = [_consistent(one, case, engine) for one in uncertain_inputs(case, policy)]
    inputs = [one for one in inputs if one.variants]
    flips = tuple(change for one in inputs for change in _flips(one, case, base, engine))
    likelihood = _joint(inputs, case, base, engine)
    return Stability(
        stable=likelihood <= policy.limit("flip"),
        leaning=base.pathway,
        flip_likelihood=likelihood,
        varied=tuple(one.name for one in inputs),
        flips=flips,
        method=_METHOD,
    )


def _consistent(one: Uncertain, case: Case, engine: Engine) -> Uncertain:
    """Without the answers that a rule would turn away as contradictory or out of scope."""
    if not one.name.startswith("answer:"):
        return one
    kept = tuple(variant for variant in one.variants if not _turned_away(engine.evaluate(variant.put(case))))
    return Uncertain(one.name, kept)


def _turned_away(evaluation: Evaluation) -> bool:
    return evaluation.pathway == "no_recommendation" and bool(evaluation.deciding)


def _flips(one: Uncertain, case: Case, base: Evaluation, engine: Engine) -> list[Change]:
    """The other pathways that this input alone leads to, each with its share of the input's variants."""
    total = sum(variant.weight for variant in one.variants)
    found: dict[str, list[tuple[str, float, Evaluation]]] = {}
    for variant in one.variants:
        other = engine.evaluate(variant.put(case))
        if other.pathway != base.pathway:
            found.setdefault(other.pathway, []).append((variant.words, variant.weight, other))
    return [
        Change(
            input=one.name,
            label=label(one.name),
            change=_span([words for words, _, _ in ways]),
            pathway=ways[0][2].pathway,
            urgency=ways[0][2].urgency,
            likelihood=min(1.0, sum(weight for _, weight, _ in ways) / total),
        )
        for ways in found.values()
    ]


def _span(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{words[0]} to {words[-1]}"


def _joint(inputs: Sequence[Uncertain], case: Case, base: Evaluation, engine: Engine) -> float:
    """Share of the joint draws that lead elsewhere."""
    source = random.Random(0)  # noqa: S311 - a fixed sequence, so that the same case gives the same report
    seen: dict[tuple[int, ...], bool] = {}
    flipped = 0
    for _ in range(_DRAWS if inputs else 0):
        picks = tuple(_pick(one, source) for one in inputs)
        if picks not in seen:
            seen[picks] = engine.evaluate(_put(inputs, picks, case)).pathway != base.pathway
        flipped += seen[picks]
    return flipped / _DRAWS


def _pick(one: Uncertain, source: random.Random) -> int:
    return source.choices(range(len(one.variants)), [variant.weight for variant in one.variants])[0]


def _put(inputs: Sequence[Uncertain], picks: Sequence[int], case: Case) -> Case:
    for one, pick in zip(inputs, picks, strict=True):
        case = one.variants[pick].put(case)
    return case
