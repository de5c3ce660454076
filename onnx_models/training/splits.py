"""Which patients train and which are held out. SPIDER's patients are one list across all of its folders."""

HELD_OUT: dict[str, frozenset[int]] = {
    "spider": frozenset(
        [7, 45, 50, 81, 146, 191, 220]  # of those with T2 SPACE masks
        + [105, 108, 109]  # three of the four of spider_tse; 106, with the most lateral slices, trains
        + [4, 17, 24, 28, 33, 66, 68, 86, 90, 96, 104, 113, 125, 132]
        + [137, 151, 154, 160, 169, 175, 196, 203, 207, 212, 223, 249, 254]
    ),
    "backspine": frozenset(range(50, 600, 11)),
    "vb2": frozenset([8, 16]),
    "vb3": frozenset([3, 7]),
    "vb1": frozenset([12, 17]),
    "ivd": frozenset([11, 20]),
    "phantom": frozenset(),
}


def held_out(family: str, patient: int) -> bool:
    """Whether this patient of a data family takes no part in training."""
    return patient in HELD_OUT[family]
