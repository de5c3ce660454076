"""One finding for each feature, level and side, where a measurement and a grader have both reported on it."""

from collections.abc import Iterable

from service.findings.model import Finding

Place = tuple[str, str | None, str | None]


def joined(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings in their order, those of the same place joined into the first.

    What could be assessed comes before what could not. Of two that were assessed, the later adds its details and its method,
    decides the probability, and the lesser confidence holds; a value, grade or series that is there stays.
    """
    kept: dict[Place, Finding] = {}
    for finding in findings:
        place = (finding.feature, finding.level, finding.side)
        kept[place] = _both(kept[place], finding) if place in kept else finding
    return tuple(kept.values())


def _both(first: Finding, second: Finding) -> Finding:
    if first.status == "not_assessable" or second.status == "not_assessable":
        return second if first.status == "not_assessable" and second.status == "assessed" else first
    later = second.model_dump(exclude={"details", "method", "confidence"}, exclude_none=True)
    earlier = first.model_dump(exclude_none=True)
    sure = [f.confidence for f in (first, second) if f.confidence is not None]
    methods = [f.method for f in (first, second) if f.method]
    both = {
        **later,
        **earlier,
        "probability": first.probability if second.probability is None else second.probability,
        "confidence": min(sure, default=None),
        "method": "; ".join(methods) or None,
        "details": {**first.details, **second.details},
    }
    return Finding.model_validate(both)
