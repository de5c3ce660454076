"""Discs that cannot be right."""

import numpy as np
import pytest

from service.anatomy.mending import Fault, find_fault, without_slivers
from tests.anatomy.test_levels import body, disc

NOTHING = np.empty((0, 3))
DISCS = (disc(1, 0), disc(2, 36), disc(3, 72), disc(4, 108))
BODIES = (body(1, 1, 18), body(2, 2, 54), body(3, 3, 90), body(4, 4, 126))


def test_a_regular_column_has_no_fault() -> None:
    assert find_fault(DISCS, BODIES, NOTHING) is None


def test_two_discs_without_room_between_them_are_one() -> None:
    discs = (disc(1, 0), disc(9, 12), *DISCS[1:])
    bodies = tuple(body(b.id, b.interval + 1, float(b.centre[2])) for b in BODIES)
    assert find_fault(discs, bodies, NOTHING) == Fault(0, "broken")


@pytest.mark.parametrize(("depth", "fault"), [(16.0, Fault(0, "none")), (30.0, None)])
def test_a_shallow_disc_below_an_empty_place_is_stray(depth: float, fault: Fault | None) -> None:
    discs = (disc(9, -36, depth=depth), *DISCS)
    bodies = tuple(body(b.id, b.interval + 1, float(b.centre[2])) for b in BODIES)
    assert find_fault(discs, bodies, NOTHING) == fault


def test_a_shallow_disc_below_the_sacrum_is_left_to_the_count() -> None:
    discs = (disc(9, -36, depth=16), *DISCS)
    bodies = tuple(body(b.id, b.interval + 1, float(b.centre[2])) for b in BODIES)
    assert find_fault(discs, bodies, np.array([[0.0, 0, -20]] * 5)) is None


def test_a_disc_that_halves_a_body_is_none() -> None:
    discs = (DISCS[0], DISCS[1], disc(9, 54, depth=15), *DISCS[2:])
    halves = (body(2, 2, 46, tall=11), body(5, 3, 61, tall=11))
    bodies = (BODIES[0], *halves, body(3, 4, 90), body(4, 5, 126))
    assert find_fault(discs, bodies, NOTHING) == Fault(2, "inside")


@pytest.mark.parametrize(("apart", "fault"), [(14, Fault(2, "inside")), (22, None)], ids=["a cleft", "two collapsed"])
def test_a_deep_disc_between_two_low_bodies_is_none_if_all_three_are_no_higher_than_one_body(
    apart: int, fault: Fault | None
) -> None:
    bodies = (BODIES[0], *BODIES[2:])
    halves = (body(2, 2, 54 - apart / 2, tall=12), body(5, 3, 54 + apart / 2, tall=12))
    discs = (DISCS[0], DISCS[1], disc(9, 54), *DISCS[2:])
    moved = (bodies[0], *halves, *(body(b.id, b.interval + 1, float(b.centre[2])) for b in bodies[1:]))
    assert find_fault(discs, moved, NOTHING) == fault


def test_a_shallow_disc_under_a_body_that_the_image_cuts_is_a_disc() -> None:
    discs = (*DISCS[:3], disc(4, 108, depth=22))
    bodies = (*BODIES[:2], body(3, 3, 92, tall=21), body(4, 4, 118, tall=10))
    assert find_fault(discs, bodies, NOTHING) is None


@pytest.mark.parametrize(
    ("rows", "at_edge", "kept"),
    [(1, False, False), (3, False, True), (3, True, False), (9, True, True)],
    ids=["a splinter", "a worn disc", "what the edge leaves of one", "one cut by half"],
)
def test_what_is_too_little_for_a_disc_is_none(rows: int, at_edge: bool, kept: bool) -> None:
    ids = np.zeros((4, 100, 30), np.int32)
    ids[0, :rows, :10] = 1
    for k in (2, 3, 4):
        ids[:, 20 * k : 20 * k + 10, :7] = k
    edge = np.zeros(100, bool)
    edge[0] = at_edge
    left, discs = without_slivers(DISCS, ids, edge)
    assert [d.id for d in discs] == ([1, 2, 3, 4] if kept else [2, 3, 4])
    assert (left == 1).any() == kept
    assert np.array_equal(left > 1, ids > 1)
