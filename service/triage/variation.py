"""Other values that an input could have: within its uncertainty, or anywhere in its range when it is missing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from statistics import NormalDist

from service.findings.model import Finding
from service.questionnaire.answers import Value
from service.questionnaire.model import Item
from service.questionnaire.ndt_clbp import ITEMS
from service.triage.case import Case, numbers, usable
from service.triage.missing import finding_name
from service.triage.policy import Policy

_STEPS = 7
_INTERVAL = 2 * NormalDist().inv_cdf(0.975)
"""Width of a 95 % interval in standard deviations."""
_MEYERDING = ((0.25, "I"), (0.5, "II"), (0.75, "III"), (1.0, "IV"))
_SURE = 0.02
_SLIP = "spondylolisthesis"
_BY_PROBABILITY = ("central_canal_stenosis", "nerve_compression")
"""Graded features whose probability is that of a grade that counts: when that varies, the likeliest grade must not decide."""


@dataclass(frozen=True)
class Variant:
    """One other value: what it is in words, how likely relative to its siblings, and how to put it into a case."""

    words: str
    weight: float
    put: Callable[[Case], Case]


@dataclass(frozen=True)
class Uncertain:
    """An input that is not certain, and the values that it could have."""

    name: str
    variants: tuple[Variant, ...]


def uncertain_inputs(case: Case, policy: Policy) -> list[Uncertain]:
    """Every finding with an interval or a probability, and every missing input that the policy could use."""
    used = names_used(policy)
    found = [
        one for finding in case.findings if finding.feature in used["finding"] for one in _finding(finding, policy)
    ]
    answers = [_missing_answer(ITEMS[code]) for code in ITEMS if code in used["answer"] and code not in case.answers]
    return found + answers + list(_missing_findings(case, policy, used["finding"]))


def names_used(policy: Policy) -> dict[str, set[str]]:
    """Names that the conditions of facts and rules use, by their root."""
    used: dict[str, set[str]] = {"answer": set(), "score": set(), "finding": set()}
    for named in (*policy.facts, *policy.level_facts, *policy.rules):
        for root, name in named.expression.references:
            used.setdefault(root, set()).add(name)
    if "symptom" in used:
        used["answer"].add("leg_area")
    return used


def item_values(item: Item) -> list[Value]:
    """Values over the range of an item: all options, or evenly spaced numbers."""
    if item.kind == "boolean":
        return [False, True]
    if item.options:
        codes = [option.code for option in item.options]
        return [(code,) for code in codes] if item.kind == "choices" else list(codes)
    low, high = item.low or 0.0, item.high or 0.0
    values = [low + (high - low) * step / (_STEPS - 1) for step in range(_STEPS)]
    return [round(value) for value in values] if item.kind == "integer" else list(values)


def with_answer(code: str, value: Value) -> Callable[[Case], Case]:
    """Puts one answer into a case."""
    return lambda case: replace(case, answers={**case.answers, code: value})


def with_score(key: str, value: float) -> Callable[[Case], Case]:
    """Puts one score into a case."""
    return lambda case: replace(case, scores={**case.scores, key: value})


def with_finding(finding: Finding) -> Callable[[Case], Case]:
    """Puts one finding into a case, in place of the one of the same feature, level and side."""
    key = (finding.feature, finding.level, finding.side)

    def put(case: Case) -> Case:
        others = tuple(f for f in case.findings if (f.feature, f.level, f.side) != key)
        return replace(case, findings=(*others, finding))

    return put


def moved(finding: Finding, value: float) -> Finding:
    """The finding with another value; a Meyerding grade follows the slip in proportion."""
    grade = finding.grade
    percent = finding.details.get("percent")
    if finding.feature == _SLIP and finding.value and isinstance(percent, float | int):
        grade = meyerding(abs(percent * value / finding.value))
    return finding.model_copy(update={"value": value, "grade": grade})


def meyerding(percent: float) -> str:
    """Grade by per cent of the lower endplate's length: 0, I to 25, II to 50, III to 75, IV to 100, V beyond."""
    if percent <= 0:
        return "0"
    return next((grade for edge, grade in _MEYERDING if percent <= 100 * edge), "V")


def _finding(finding: Finding, policy: Policy) -> Iterator[Uncertain]:
    if not usable(finding, policy):
        return
    name = finding_name(finding.feature, finding.level, finding.side)
    if finding.value is not None and finding.interval and finding.interval[1] > finding.interval[0]:
        yield Uncertain(name, tuple(v for one, share in _called(finding) for v in _within(one, share)))
    elif finding.probability is not None and _SURE < finding.probability < 1 - _SURE:
        yield Uncertain(name, tuple(_present_or_not(finding, finding.probability)))


def _called(finding: Finding) -> list[tuple[Finding, float]]:
    """A measurement as it stands; one that stands backwards, whose probability counts too, both called a slip and not, with their shares."""
    chance = finding.probability
    if finding.feature != _SLIP or (finding.value or 0.0) >= 0 or chance is None:
        return [(finding, 1.0)]
    shares = ((1.0, chance), (0.0, 1 - chance))
    return [(finding.model_copy(update={"probability": p}), share) for p, share in shares if share > _SURE]


def _within(finding: Finding, share: float) -> Iterator[Variant]:
    value, (low, high) = finding.value or 0.0, finding.interval or (0.0, 0.0)
    normal = NormalDist(value, (high - low) / _INTERVAL)
    for step in range(_STEPS):
        other = normal.inv_cdf((step + 0.5) / _STEPS)
        yield Variant(f"{other:.1f} {finding.unit or ''}".strip(), share, with_finding(moved(finding, other)))


def _present_or_not(finding: Finding, probability: float) -> Iterator[Variant]:
    for words, value, weight in (("present", 1.0, probability), ("not present", 0.0, 1 - probability)):
        grade = None if finding.feature in _BY_PROBABILITY else finding.grade
        update = {"probability": value, "grade": grade}
        yield Variant(words, weight, with_finding(finding.model_copy(update=update)))


def _missing_answer(item: Item) -> Uncertain:
    values = item_values(item)
    variants = tuple(Variant(f"{_words(value)}", 1, with_answer(item.code, value)) for value in values)
    return Uncertain(f"answer:{item.code}", variants)


def _words(value: Value) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _missing_findings(case: Case, policy: Policy, used: set[str]) -> Iterator[Uncertain]:
    there = {(f.feature, f.level) for f in case.findings if usable(f, policy) and numbers(f)}
    for feature, level in product(policy.ranges, policy.required_levels):
        if feature in used and (feature, level) not in there:
            yield Uncertain(finding_name(feature, level, None), tuple(_over_range(feature, level, policy)))


def _over_range(feature: str, level: str, policy: Policy) -> Iterator[Variant]:
    span = policy.ranges[feature]
    for step in range(_STEPS):
        value = span.low + (span.high - span.low) * step / (_STEPS - 1)
        yield Variant(f"{value:.1f}", 1, with_finding(supposed(feature, level, value, policy.limit("present"))))


def supposed(feature: str, level: str, value: float, present: float) -> Finding:
    """A finding as it might have been; features on a scale of 0 to 1 are probabilities, present from ``present`` on; a vertebra
    that stands backwards is hardly ever called a slip."""
    if feature == "disc_herniation":
        called = "present" if value >= present else "absent"
        return Finding(feature=feature, level=level, status="assessed", probability=value, grade=called)
    if feature == "nerve_compression":
        return Finding(feature=feature, level=level, status="assessed", probability=value)
    if feature == _SLIP:
        grade, chance = meyerding(abs(value) / 0.35), float(value > 0)
        return Finding(feature=feature, level=level, status="assessed", value=value, grade=grade, probability=chance)
    return Finding(feature=feature, level=level, status="assessed", value=value)
