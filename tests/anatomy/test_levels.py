"""Names from a ladder, and the ladder's base."""

import numpy as np
import pytest

from service.anatomy.bodies import Body
from service.anatomy.discs import Disc
from service.anatomy.ladder import Column, build_ladder, lean_of
from service.anatomy.levels import BASE_CONFIDENCE, COUNTED, MESSAGE, WEIGHT, Ladder, Rung, name_levels
from service.anatomy.regions import Extent


def disc(k: int, height: float, lean: float = 5.0, depth: float = 34.0) -> Disc:
    angle = np.radians(lean)
    centre = np.array([0.0, 0.0, height])
    return Disc(k, centre, np.array([0, -np.sin(angle), np.cos(angle)]), Extent(centre, depth, 8.0, 40.0))


def body(k: int, interval: int, height: float, tall: float = 26.0, size: int = 1000) -> Body:
    return Body(k, interval, np.array([0.0, 0.0, 1.0]), Extent(np.array([0.0, 0.0, height]), 34.0, tall, 44.0), size)


def column(**changes: object) -> Column:
    """L5-S1 at height 0, a body and a disc every 36 mm above it, S1 below."""
    parts: dict[str, object] = {
        "discs": (disc(1, 0, 35), disc(2, 36), disc(3, 72)),
        "bodies": (body(1, 1, 18), body(2, 2, 54), body(3, 3, 90)),
        "sacrum": body(0, 0, -18),
        "room_below": 60.0,
    }
    return Column(**{**parts, **changes})  # type: ignore[arg-type]


def test_bodies_count_from_one_and_discs_from_201() -> None:
    names = name_levels(Ladder((Rung(7, 4), Rung(9, 5)), top_disc=6, sacrum=True))
    assert names.bodies == {7: 1, 9: 2}
    assert names.discs == {4: 201, 5: 202, 6: 203}
    assert names.confidence == BASE_CONFIDENCE
    assert names.warnings == (COUNTED,)


def test_what_was_not_segmented_is_counted_all_the_same() -> None:
    names = name_levels(Ladder((Rung(1, 1), Rung(None, 2), Rung(3, None))))
    assert names.bodies == {1: 1, 3: 3}
    assert names.discs == {1: 201, 2: 202}


def test_every_doubt_lowers_the_confidence_and_is_said_once() -> None:
    names = name_levels(Ladder((Rung(1, 1),), doubts=("disc_missing", "disc_missing", "sacrum_unseen")))
    assert names.confidence == pytest.approx(
        BASE_CONFIDENCE * WEIGHT["disc_missing"] * WEIGHT["sacrum_unseen"], abs=1e-3
    )
    assert names.warnings == (MESSAGE["disc_missing"], MESSAGE["sacrum_unseen"], COUNTED)


def test_every_doubt_has_words_and_a_weight_below_one() -> None:
    assert MESSAGE.keys() == WEIGHT.keys()
    assert all(0 < weight < 1 for weight in WEIGHT.values())


def test_lean_is_positive_where_a_disc_slopes_down_to_the_front() -> None:
    assert lean_of(disc(1, 0, 30)) == pytest.approx(30)


def test_a_seen_sacrum_settles_the_base() -> None:
    ladder, sacral = build_ladder(column())
    assert ladder.rungs == (Rung(1, 1), Rung(2, 2), Rung(3, 3))
    assert ladder.doubts == ()
    assert sacral == ()


@pytest.mark.parametrize(("tall", "doubts"), [(34.0, ()), (45.0, ("sacrum_conflict",))])
def test_a_sacrum_nearly_as_tall_as_two_bodies_may_hold_l5(tall: float, doubts: tuple[str, ...]) -> None:
    ladder, _ = build_ladder(column(sacrum_height=tall))
    assert ladder.doubts == doubts


def test_a_body_on_the_sacrum_without_a_disc_is_l5() -> None:
    ladder, _ = build_ladder(column(bodies=(body(9, 0, 10), *column().bodies), sacrum=body(0, 0, -26)))
    assert ladder.rungs[0] == Rung(9, None)
    assert "disc_missing" in ladder.doubts


def test_scraps_of_body_around_the_top_of_the_sacrum_are_no_l5() -> None:
    ladder, sacral = build_ladder(column(bodies=(body(9, 0, 10, size=90), *column().bodies), sacrum=body(0, 0, -26)))
    assert ladder.rungs == (Rung(1, 1), Rung(2, 2), Rung(3, 3))
    assert (ladder.doubts, sacral) == (("sacrum_conflict",), (9,)), "or a poorly outlined L5"


@pytest.mark.parametrize(("lean", "is_s1"), [(34.0, True), (6.0, False)])
def test_the_tilt_decides_on_a_body_below_the_lowest_disc(lean: float, is_s1: bool) -> None:
    discs = (disc(1, 0, lean), *column().discs[1:])
    ladder, sacral = build_ladder(column(discs=discs, bodies=(body(9, 0, -18), *column().bodies), sacrum=None))
    assert (sacral == (9,)) is is_s1
    assert (ladder.rungs[0] == Rung(9, None)) is not is_s1
    assert "lowest_is_guess" in ladder.doubts


def test_a_shallow_disc_under_the_sacrum_is_not_counted() -> None:
    discs = (disc(9, -36, 50, depth=18), *column().discs)
    bodies = (body(1, 2, 18), body(2, 3, 54), body(3, 4, 90))
    ladder, _ = build_ladder(column(discs=discs, bodies=bodies, sacrum=body(0, 1, -18)))
    assert ladder.rungs[0] == Rung(1, 1)
    assert "sacral_disc_dropped" in ladder.doubts


def test_a_disc_over_the_highest_body_belongs_to_the_vertebra_above() -> None:
    ladder, _ = build_ladder(column(bodies=column().bodies[:2]))
    assert ladder.top_disc == 3
    assert len(ladder.rungs) == 2


def test_no_room_below_the_lowest_disc_is_a_doubt() -> None:
    ladder, _ = build_ladder(column(sacrum=None, room_below=5.0))
    assert set(ladder.doubts) == {"sacrum_unseen", "bottom_cut"}
