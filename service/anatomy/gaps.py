"""Vertebrae that nothing was seen of, as behind metal: counted by the distance between their neighbours."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from service.anatomy.bodies import Body
from service.anatomy.discs import Disc
from service.anatomy.levels import Rung
from service.anatomy.regions import Points

_USUAL_PITCH_MM = 36.0
"""Distance of the centres of two neighbouring lumbar bodies, where too few are seen to tell this patient's."""
_LEAST_PITCHES = 3
_GAP, _GAP_OVER_SACRUM = 1.65, 1.8
"""Two neighbours farther apart than so many usual distances have something between them; the sacrum's centre lies lower the more
of it is recognised. Neighbouring distances differ by a quarter at most from T11 to L5. Provenance of all these: expert."""


@dataclass(frozen=True, eq=False)
class _Seen:
    """A rung with a body, and its place in the ladder; -1 is the sacrum."""

    place: int
    body: Body


def with_gaps(
    rungs: tuple[Rung, ...], bodies: tuple[Body, ...], discs: tuple[Disc, ...], sacrum: Body | None
) -> tuple[Rung, ...]:
    """The rungs from the lowest up, with empty ones where there is room for a vertebra that was not seen."""
    by_id = {b.id: b for b in bodies}
    seen = [_Seen(k, by_id[r.body]) for k, r in enumerate(rungs) if r.body is not None]
    pitches = [_distance(a, b) / (b.place - a.place) for a, b in pairwise(seen)]
    usual = float(np.median(pitches)) if len(pitches) >= _LEAST_PITCHES else _USUAL_PITCH_MM
    if sacrum is not None:
        seen.insert(0, _Seen(-1, sacrum))
    centres = {d.id: d.centre for d in discs}
    result = list(rungs)
    for lower, upper in reversed(list(pairwise(seen))):
        steps = upper.place - lower.place
        missing = round(_distance(lower, upper) / usual) - steps
        limit = (_GAP_OVER_SACRUM if lower.place < 0 else _GAP) * usual * steps
        if missing < 1 or _distance(lower, upper) < limit:
            continue
        disc = rungs[upper.place].disc_below
        if disc is not None and _nearer(centres[disc], lower, upper):
            filling = [Rung(None, disc), *[Rung(None, None)] * (missing - 1), Rung(upper.body.id, None)]
        else:
            filling = [*[Rung(None, None)] * missing, rungs[upper.place]]
        result[upper.place : upper.place + 1] = filling
    return tuple(result)


def _distance(one: _Seen, other: _Seen) -> float:
    return float(np.linalg.norm(one.body.centre - other.body.centre))


def _nearer(point: Points, one: _Seen, other: _Seen) -> bool:
    return bool(np.linalg.norm(point - one.body.centre) < np.linalg.norm(point - other.body.centre))
