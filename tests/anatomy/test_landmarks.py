"""Pairs of bodies as disc levels, and what is said where one is missing."""

from dataclasses import replace

import numpy as np
import pytest

from service.anatomy.landmarks import _is_sacral, find_landmarks, number_name, without_spurs
from service.anatomy.model import SACRUM, Anatomy, Structure
from tests.anatomy.stack import Built, Stack, build, frame


@pytest.fixture(scope="module")
def anatomy() -> Anatomy:
    return build(Stack(vertebrae=3, slices=11)).anatomy()


def test_levels_go_from_the_lowest_up_with_both_bodies(anatomy: Anatomy) -> None:
    levels = find_landmarks(anatomy).levels
    assert [level.name for level in levels] == ["L5-S1", "L4-L5", "L3-L4"]
    assert all(level.space is not None and not level.missing for level in levels)


def test_the_mid_plane_lies_between_its_endplates(anatomy: Anatomy) -> None:
    space = find_landmarks(anatomy).levels[1].space
    assert space is not None
    above = space.local(space.upper.lower.centre[None])[0]
    below = space.local(space.lower.upper.centre[None])[0]
    assert above[2] == pytest.approx(-below[2], abs=1e-6)
    assert space.length == pytest.approx(34, abs=1.0)
    assert np.cross(space.back, space.normal) == pytest.approx(space.left)


def test_a_level_whose_disc_was_missed_is_still_a_level(anatomy: Anatomy) -> None:
    labels = np.where(anatomy.labels == 202, 0, anatomy.labels).astype(np.uint8)
    without = replace(anatomy, labels=labels, structures=tuple(s for s in anatomy.structures if s.label != 202))
    level = find_landmarks(without).levels[1]
    assert level.disc is None
    assert level.space is not None


def test_a_cut_vertebra_is_not_measured_and_named_as_the_reason(anatomy: Anatomy) -> None:
    labels = np.where(anatomy.labels == 3, 103, anatomy.labels).astype(np.uint8)
    cut = tuple(Structure(103, "L3", "vertebra", 1.0, True) if s.label == 3 else s for s in anatomy.structures)
    found = find_landmarks(replace(anatomy, labels=labels, structures=cut))
    assert 3 not in found.bodies
    assert found.levels[-1].missing == "L3 is cut by the field of view"


def test_the_confidence_of_a_level_is_that_of_its_least_part(anatomy: Anatomy) -> None:
    doubtful = tuple(replace(s, confidence=0.6) if s.label == 2 else s for s in anatomy.structures)
    levels = find_landmarks(replace(anatomy, structures=doubtful)).levels
    assert [level.confidence for level in levels] == [1.0, 0.6, 0.6]


@pytest.mark.parametrize("sacral", [2, 4])
@pytest.mark.parametrize("slope", [20.0, 36.0, 55.0])
def test_s1_is_measured_at_its_upper_endplate_though_the_sacrum_is_outlined_with_it(slope: float, sacral: int) -> None:
    steep = build(Stack(vertebrae=3, sacral_slope=slope, sacral=sacral, foot=110))
    assert leans(steep) < 2.0
    body, box = find_landmarks(steep.anatomy()).bodies[0], steep.boxes[0]
    assert body.upper.anterior == pytest.approx(box.corner(-1, 1), abs=1.5)
    assert body.upper.posterior == pytest.approx(box.corner(1, 1), abs=1.5)


def leans(built: Built) -> float:
    """Degrees between S1's upper endplate as it is found and as it was built."""
    found = find_landmarks(built.anatomy()).bodies[0].upper.normal
    return float(np.degrees(np.arccos(np.clip(found @ built.boxes[0].axes[:, 2], -1, 1))))


def test_s1_is_found_where_l5_is_missing_or_crushed(anatomy: Anatomy) -> None:
    usual = find_landmarks(anatomy).bodies[0].upper
    gone = np.where(anatomy.labels == 1, 0, anatomy.labels).astype(np.uint8)
    without = replace(anatomy, labels=gone, structures=tuple(s for s in anatomy.structures if s.label != 1))
    crushed = anatomy.labels.copy()
    rows = np.nonzero(crushed == 1)[1]
    crushed[:, : int(np.percentile(rows, 74))][crushed[:, : int(np.percentile(rows, 74))] == 1] = 0
    for changed in (without, replace(anatomy, labels=crushed)):
        found = find_landmarks(changed).bodies[0].upper
        assert found.posterior == pytest.approx(usual.posterior, abs=0.5)
        assert found.normal @ usual.normal > np.cos(np.radians(1))


@pytest.mark.parametrize("change", ["short", "leaning"])
def test_what_cannot_be_s1_is_not_measured_as_one(change: str) -> None:
    built = build(Stack(vertebrae=3, slices=11))
    bodies = find_landmarks(built.anatomy()).bodies
    found, above = bodies[0].upper, bodies[1].lower
    assert _is_sacral(found, above)
    if change == "short":
        found = replace(found, anterior=found.posterior + 0.5 * (found.anterior - found.posterior))
    else:
        found = replace(found, normal=frame(0, 100) @ found.normal)
    assert not _is_sacral(found, above)


def test_a_sacrum_without_an_endplate_says_so(anatomy: Anatomy) -> None:
    scrap = (anatomy.labels == SACRUM) & (np.arange(anatomy.labels.shape[2]) % 4 > 1)
    labels = np.where((anatomy.labels == SACRUM) & ~scrap, 0, anatomy.labels).astype(np.uint8)
    assert find_landmarks(replace(anatomy, labels=labels)).levels[0].missing == "the upper endplate of S1 was not found"


def test_a_body_outlined_much_narrower_than_the_others_ends_short(anatomy: Anatomy) -> None:
    landmarks = find_landmarks(anatomy)
    assert not any(landmarks.ends_short(number) for number in landmarks.bodies)
    narrow = replace(landmarks.bodies[2], width=0.7 * landmarks.bodies[2].width)
    assert replace(landmarks, bodies={**landmarks.bodies, 2: narrow}).ends_short(2)


def test_names_of_numbers() -> None:
    assert [number_name(n) for n in (0, 1, 5, 6)] == ["S1", "L5", "L1", "T12"]


@pytest.mark.parametrize("spacing", [0.6, 1.0])
def test_neighbouring_endplates_are_seen_in_the_same_thin_slices(spacing: float) -> None:
    built = build(Stack(slices=int(70 / spacing), spacing=(spacing, 1.0, 1.0), coronal=(0, 4, 8, 12)))
    built.labels[: int(16 / spacing)][built.labels[: int(16 / spacing)] == 2] = 0
    found = find_landmarks(built.anatomy()).bodies
    for number in range(4):
        above, below = found[number + 1].lower, found[number].upper
        shared = set(above.slices) & set(below.slices)
        assert len(shared) >= 5
        for k in shared:
            apart = above.points[above.slices == k].mean(axis=0) - below.points[below.slices == k].mean(axis=0)
            assert abs(apart[0]) < 1e-6


def test_a_tongue_along_the_wall_is_not_taken_for_the_corner_of_the_body() -> None:
    built = build(Stack(slices=5))
    anatomy, spurred = built.anatomy(), built.anatomy()
    body = np.argwhere((anatomy.labels[2] == 3) & anatomy.bodies[2])
    top, back = body[:, 0].min(), body[:, 1].max()
    for k in range(5):
        tongue = np.s_[k, top - 7 : top + 3, back - 2 : back + 1]
        spurred.labels[tongue], spurred.bodies[tongue] = 3, True
    one, two = (find_landmarks(a).bodies[3].upper for a in (anatomy, spurred))
    assert np.linalg.norm(one.posterior - two.posterior) < 2.0
    assert abs(one.length - two.length) < 2.0


def test_right_angled_corners_stay_when_spurs_go() -> None:
    square = np.zeros((1, 40, 40), bool)
    square[0, 5:35, 5:35] = True
    assert np.array_equal(without_spurs(square, np.array([1.0, 1.0])), square)
