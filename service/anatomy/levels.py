"""Names for the levels: counted from the lowest disc upwards, with what speaks against the count."""

from dataclasses import dataclass, field, replace

COUNTED = (
    "levels are counted from the lowest disc; four or six lumbar vertebrae cannot be excluded without the last rib"
)

BASE_CONFIDENCE = 0.9
"""Provenance: expert. A transitional or supernumerary vertebra is seen in about one spine in ten (reported 4 to 30 %)."""
WEIGHT = {
    "sacrum_unseen": 0.9,
    "bottom_cut": 0.4,
    "sacral_disc_dropped": 0.7,
    "lowest_is_guess": 0.55,
    "disc_missing": 0.85,
    "body_missing": 0.7,
    "vertebra_unseen": 0.5,
    "sacrum_conflict": 0.7,
    "no_discs": 0.6,
    "base_unsure": 0.7,
    "body_cleft": 0.7,
    "signal_void": 0.5,
}
"""What each doubt multiplies the confidence by. Provenance: expert, to be calibrated."""

MESSAGE = {
    "sacrum_unseen": "the sacrum was not recognised: the lowest disc is taken for L5-S1",
    "bottom_cut": "the field of view ends close below the lowest level: the sacrum may lie outside it and the count may be off",
    "sacral_disc_dropped": "a disc below the first sacral body (S1-S2) was left out of the count",
    "lowest_is_guess": "whether the lowest body is L5 or S1 was judged by its tilt alone",
    "disc_missing": "no disc was seen between two bodies; the level is counted",
    "vertebra_unseen": "there is room for a vertebra of which nothing was seen; it is counted by the distance of its neighbours",
    "body_missing": "a vertebral body between two discs was not segmented; the level is counted",
    "sacrum_conflict": "the lowest bodies were recognised partly as sacrum, partly as lumbar vertebra, or the sacrum is too tall for one body",
    "base_unsure": "the lowest disc, L5 or the sacrum is outlined unsurely: the count may be off",
    "body_cleft": "what looks like a disc lies inside a vertebral body, as a cleft does, and was left out of the count; two vertebrae that have collapsed look alike",
    "signal_void": "structures were drawn where the image shows no signal, as around metal: they are not trusted, and the count may be off",
    "no_discs": "no disc was seen: the lowest body is taken for L5",
}


@dataclass(frozen=True)
class Rung:
    """One vertebra of the ladder, with the disc beneath it; an id is none for what was not segmented."""

    body: int | None
    disc_below: int | None


@dataclass(frozen=True)
class Ladder:
    """The column from L5 upwards.

    Attributes:
        rungs: vertebrae from the lowest lumbar one up, each with the disc under it.
        top_disc: the disc above the highest vertebra.
        sacrum: a first sacral body is seen under the lowest disc.
        doubts: keys of ``WEIGHT`` that apply.
    """

    rungs: tuple[Rung, ...]
    top_disc: int | None = None
    sacrum: bool = False
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Names:
    """Labels by id, and how sure the count is."""

    bodies: dict[int, int] = field(default_factory=dict)
    discs: dict[int, int] = field(default_factory=dict)
    confidence: float = 0.0
    warnings: tuple[str, ...] = ()


def name_levels(ladder: Ladder) -> Names:
    """Give each body its SPIDER label (1 = L5, counting up) and each disc 200 more than the vertebra above it."""
    bodies = {rung.body: n for n, rung in enumerate(ladder.rungs, 1) if rung.body is not None}
    discs = {rung.disc_below: 200 + n for n, rung in enumerate(ladder.rungs, 1) if rung.disc_below is not None}
    if ladder.top_disc is not None:
        discs[ladder.top_disc] = 200 + len(ladder.rungs) + 1
    doubts = list(dict.fromkeys(ladder.doubts))
    confidence = BASE_CONFIDENCE
    for doubt in doubts:
        confidence *= WEIGHT[doubt]
    return Names(bodies, discs, round(confidence, 3), (*(MESSAGE[d] for d in doubts), COUNTED))


def doubted(names: Names, doubt: str) -> Names:
    """The same names with one more doubt, a key of ``WEIGHT``."""
    return replace(
        names,
        confidence=round(names.confidence * WEIGHT[doubt], 3),
        warnings=(MESSAGE[doubt], *names.warnings),
    )
