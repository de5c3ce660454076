"""One examination, measured on each of its series: where they differ, the interval of a measurement says by how much.

The series that is read first gives the value: its outlines already draw on the others where those lie on the same planes
(``anatomy/together.py``). The readings of one network share its errors, so several are not taken for independent: the interval is that of the
first reading, widened until it holds what every other series, read by itself, gave by the same method. The first reading leans to the others already,
so this may come out narrower than two readings apart would. A measurement that the first series does not show is taken from the next one that does.
"""

from collections.abc import Sequence

import numpy as np

from service.anatomy.landmarks import Landmarks
from service.anatomy.model import Anatomy
from service.findings.model import Finding

OTHER_LEVEL = "the {weighting} series names the levels otherwise, and was not compared"
_SAME_BODY_MM = 14.0
"""Bodies of one number in two series lie nearer than this; half a level is 18 mm. Provenance: expert."""

Reading = tuple[Anatomy, Landmarks, list[Finding]]
_Key = tuple[str, str | None, str | None]


def agreed(readings: Sequence[Reading]) -> list[Finding]:
    """The findings of the first reading, reconciled with those of the others.

    Args:
        readings: of each series its anatomy, landmarks and findings. A given segmentation, which lies on every series alike, is
            no second reading and must be given once.
    """
    (_, landmarks, found), *others = readings
    for anatomy, seen, rival in others:
        weighting = anatomy.series.weighting
        if same_levels(landmarks, seen):
            second = {_key(finding): finding for finding in rival}
            found = [_reconciled(finding, second.get(_key(finding)), weighting) for finding in found]
        else:
            found = [_qualified(finding, OTHER_LEVEL.format(weighting=weighting)) for finding in found]
    return found


def same_levels(one: Landmarks, two: Landmarks) -> bool:
    """Whether bodies of the same number lie in the same place in the patient; true if they share none."""
    shared = one.bodies.keys() & two.bodies.keys()
    apart = [float(np.linalg.norm(one.bodies[n].centre[1:] - two.bodies[n].centre[1:])) for n in shared]
    return not apart or float(np.median(apart)) < _SAME_BODY_MM


def _key(finding: Finding) -> _Key:
    return finding.feature, finding.level, finding.side


def _reconciled(first: Finding, second: Finding | None, weighting: str) -> Finding:
    if second is None or second.value is None:
        return first
    if first.status == "not_assessable":
        return _qualified(second, f"from the {weighting} series; the first series: {first.reason}")
    if first.value is None or first.interval is None or first.method != second.method:
        return first
    low, high = first.interval
    return first.model_copy(
        update={
            "interval": (min(low, second.value), max(high, second.value)),
            "details": {**first.details, f"{weighting}_value": second.value},
        }
    )


def _qualified(finding: Finding, remark: str) -> Finding:
    if finding.status == "not_assessable":
        return finding
    return finding.model_copy(update={"reason": "; ".join(filter(None, (finding.reason, remark)))})
