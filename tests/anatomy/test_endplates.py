"""Landmarks of single boxes whose corners and tilts are known."""

import numpy as np
import pytest

from service.anatomy.endplates import VertebralBody, measure_body
from service.anatomy.landmarks import find_landmarks
from service.anatomy.tissue import Tissue
from tests.anatomy.stack import Built, Stack, build

TILTS = (6.0, 2.0, -5.0, -11.0, -4.0, 3.0)


@pytest.fixture(scope="module")
def spine() -> Built:
    return build(Stack(spacing=(4.2, 0.7, 0.7), rows=400, columns=200, coronal=TILTS))


@pytest.fixture(scope="module")
def bodies(spine: Built) -> dict[int, VertebralBody]:
    return find_landmarks(spine.anatomy()).bodies


def test_corners_lie_within_half_a_pixel_of_the_box(spine: Built, bodies: dict[int, VertebralBody]) -> None:
    for label, body in bodies.items():
        box = spine.boxes[label]
        for endplate, up in ((body.upper, 1), (body.bottom, -1)):
            if endplate is None:
                continue
            for found, true in ((endplate.posterior, box.corner(1, up)), (endplate.anterior, box.corner(-1, up))):
                assert np.linalg.norm((found - true)[1:]) < 0.5


def test_s1_alone_has_no_lower_endplate(spine: Built, bodies: dict[int, VertebralBody]) -> None:
    assert [label for label, body in bodies.items() if body.bottom is None] == [0]
    assert bodies[0].middle == pytest.approx(spine.boxes[0].centre, abs=0.5)
    with pytest.raises(ValueError, match="S1 has no lower endplate"):
        _ = bodies[0].lower


def test_endplates_have_the_coronal_tilt_of_the_box(bodies: dict[int, VertebralBody]) -> None:
    for label, tilt in enumerate(TILTS, 1):
        for endplate in (bodies[label].upper, bodies[label].lower):
            found = np.degrees(np.arctan2(endplate.normal[0], endplate.normal[2]))
            assert found == pytest.approx(tilt, abs=0.6)
            assert abs(found - tilt) < 3 * endplate.tilt_error + 0.3


def test_width_and_cover_are_judged_from_the_slices(bodies: dict[int, VertebralBody]) -> None:
    assert all(body.covered for body in bodies.values())
    assert bodies[3].width == pytest.approx(44, abs=4.2)


def test_slices_of_the_middle_alone_do_not_cover_the_body() -> None:
    built = build(Stack(slices=6))
    body = find_landmarks(built.anatomy()).bodies[3]
    assert not body.covered


def test_one_slice_gives_corners_and_no_tilt() -> None:
    built = build(Stack(slices=1))
    body = find_landmarks(built.anatomy()).bodies[3]
    assert np.isinf(body.upper.tilt_error)
    assert np.linalg.norm((body.upper.posterior - built.boxes[3].corner(1, 1))[1:]) < 0.8


def test_a_dish_does_not_move_the_rim() -> None:
    built = build(Stack(spacing=(4.2, 0.7, 0.7), rows=400, columns=200))
    box, tissue = built.boxes[3], built.tissue.copy()
    points = built.series.geometry.to_patient(np.stack(np.indices(tissue.shape), axis=-1))
    left, back, up = np.moveaxis(box.local(points), -1, 0)
    dish = 3 * np.maximum(1 - (left / 20) ** 2 - (back / 13) ** 2, 0)
    tissue[(built.labels == 3) & (up > box.size[2] / 2 - dish)] = Tissue.BACKGROUND
    body = measure_body((built.labels == 3) & (tissue == Tissue.BODY), built.series.geometry, box.axes[:, 2])
    assert body is not None
    assert np.linalg.norm((body.upper.posterior - box.corner(1, 1))[1:]) < 0.5
    assert body.upper.normal @ box.axes[:, 2] > np.cos(np.radians(1))


@pytest.mark.parametrize("off", [2.5, 4.0])
def test_a_corner_that_is_worn_off_does_not_move_the_end_of_the_rim(off: float) -> None:
    built = build(Stack(spacing=(4.2, 0.7, 0.7), rows=400, columns=200))
    box, mask = built.boxes[3], (built.labels == 3) & (built.tissue == Tissue.BODY)
    points = built.series.geometry.to_patient(np.stack(np.indices(mask.shape), axis=-1))
    _, back, up = np.moveaxis(box.local(points), -1, 0)
    worn = mask & ((box.size[1] / 2 - back) + (box.size[2] / 2 - up) < off)
    body = measure_body(mask & ~worn, built.series.geometry, box.axes[:, 2])
    assert worn.any()
    assert body is not None
    assert abs((body.upper.posterior - box.corner(1, 1)) @ box.axes[:, 1]) < 0.5


def test_a_lip_at_the_other_end_of_a_collapsed_body_is_not_its_wall() -> None:
    built = build(Stack(spacing=(4.2, 0.7, 0.7), rows=400, columns=200))
    box, mask = built.boxes[3], (built.labels == 3) & (built.tissue == Tissue.BODY)
    points = built.series.geometry.to_patient(np.stack(np.indices(mask.shape), axis=-1))
    left, back, up = np.moveaxis(box.local(points), -1, 0)
    low = -box.size[2] / 2
    lip = (np.abs(left) < box.size[0] / 2) & (back > 10) & (back < box.size[1] / 2 + 4) & (up > low) & (up < low + 8)
    body = measure_body((mask & (up < low + 12)) | lip, built.series.geometry, box.axes[:, 2])
    assert body is not None
    corner = box.corner(1, -1) + 12 * box.axes[:, 2]
    assert abs((body.upper.posterior - corner) @ box.axes[:, 1]) < 0.8


def test_an_outline_that_ends_short_in_the_outermost_slices_does_not_tilt_the_endplate() -> None:
    built = build(Stack(spacing=(2.0, 0.7, 0.7), slices=30, rows=400, columns=200))
    box, mask = built.boxes[3], built.labels == 3
    points = built.series.geometry.to_patient(np.stack(np.indices(mask.shape), axis=-1))
    left, _, up = np.moveaxis(box.local(points), -1, 0)
    short = mask & (left > 0.55 * box.size[0] / 2) & (up > box.size[2] / 2 - 4)
    body = measure_body(mask & ~short, built.series.geometry, box.axes[:, 2])
    assert short.any()
    assert body is not None
    sideways = np.degrees(np.arctan2(body.upper.normal @ box.axes[:, 0], body.upper.normal @ box.axes[:, 2]))
    assert sideways == pytest.approx(0, abs=0.5)


def test_nothing_is_found_in_an_empty_mask(spine: Built) -> None:
    nothing = np.zeros(spine.labels.shape, bool)
    assert measure_body(nothing, spine.series.geometry, np.array([0.0, 0, 1])) is None
