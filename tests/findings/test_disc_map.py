"""Discs from above, against the simulator's analytic surfaces."""

from functools import lru_cache

import numpy as np
import pytest

from service.anatomy.landmarks import find_landmarks
from service.findings.disc_map import TOO_FEW, DiscMap, disc_map, disc_maps
from service.phantom import simulate
from service.phantom.disc import Disc
from service.phantom.gap import midplane
from service.phantom.parameters import LEVELS, Acquisition, DiscLevel, PhantomParameters
from service.phantom.scene import Scene
from tests.anatomy.stack import Stack, build

MADE = PhantomParameters(
    seed=4,
    levels=(
        DiscLevel(bulge_mm=0),
        DiscLevel(bulge_mm=3),
        DiscLevel(bulge_mm=1, herniation_mm=6, herniation_side="left"),
        DiscLevel(bulge_mm=0.5, listhesis_mm=6),
        DiscLevel(bulge_mm=2, height_mm=7),
    ),
    acquisition=Acquisition(
        rows=264, columns=144, row_spacing_mm=0.9, column_spacing_mm=0.9, slice_spacing_mm=4.2, weightings=("T2",)
    ),
)
SHARP = 0.9
"""One pixel: a slip leaves the disc with a thin lip, which pixels round off."""
NO_HERNIATION = ("L5-S1", "L4-L5", "L2-L3", "L1-L2")


@lru_cache
def maps() -> dict[str, DiscMap]:
    anatomy = simulate(MADE).truth["T2"]
    return {n: m for n, m in disc_maps(anatomy, find_landmarks(anatomy)).items() if isinstance(m, DiscMap)}


@lru_cache
def disc(name: str) -> Disc:
    return dict(zip(LEVELS, Scene(MADE).discs, strict=False))[name]


def true_margin(name: str, x: float, side: str) -> float:
    """mm to the back of the middle of the space at which the phantom's disc ends, ``x`` mm to the left."""
    plane = midplane(disc(name).lower, disc(name).upper)
    back, height = np.arange(-32, 32, 0.1), np.linspace(-9, 9, 25)
    points = plane.center + x * plane.left + back[:, None, None] * plane.back + height[:, None] * plane.normal
    inside = back[(disc(name).distance(points) < 0).any(axis=1)]
    return float(inside.min() if side == "anterior" else inside.max())


def true_extension(name: str, side: str) -> float:
    """Greatest extension beyond the line that joins the mid-sagittal corners, as in ``service.phantom.truth``."""
    end, shape = (-1.0 if side == "anterior" else 1.0), disc(name)
    lower, upper = shape.lower.corner(shape.lower.upper, end), shape.upper.corner(shape.upper.lower, end)
    line, back = upper - lower, midplane(shape.lower, shape.upper).back
    out = end * (back - (back @ line) / (line @ line) * line)
    out /= np.linalg.norm(out)
    depth = np.arange(-3, 10, 0.05)
    points = lower + np.linspace(-0.3, 1.3, 81)[:, None, None] * line + depth[:, None] * out
    return float(depth[(shape.distance(points) < 0).any(axis=0)].max())


@pytest.mark.parametrize("name", LEVELS)
@pytest.mark.parametrize("side", ["anterior", "posterior"])
def test_the_discs_outline_lies_where_it_was_simulated(name: str, side: str) -> None:
    outline = getattr(maps()[name].disc, side)[::6]
    errors = [y - true_margin(name, x, side) for x, y in outline if abs(x) < 20]
    assert len(errors) >= 10
    assert np.abs(errors).mean() < (SHARP if name == "L2-L3" else 0.4)


@pytest.mark.parametrize("name", LEVELS)
def test_the_endplates_posterior_rims_lie_where_they_were_simulated(name: str) -> None:
    shape, plane = disc(name), midplane(disc(name).lower, disc(name).upper)
    for contour, body, plate in (
        (maps()[name].upper, shape.upper, shape.upper.lower),
        (maps()[name].lower, shape.lower, shape.lower.upper),
    ):
        x, y = contour.posterior.T
        u, v, _ = body.to_local(plane.center + x[:, None] * plane.left + y[:, None] * plane.back).T
        assert np.abs(body.outline(u, v, plate.scale)).mean() < 0.6


@pytest.mark.parametrize("name", NO_HERNIATION)
def test_a_disc_that_bulges_all_round_does_so_on_the_map(name: str) -> None:
    middle = np.abs(maps()[name].posterior.margin[:, 0]) < 15
    assert maps()[name].posterior.depth[middle].mean() == pytest.approx(true_extension(name, "posterior"), abs=0.5)
    assert np.ptp(maps()[name].posterior.depth[middle]) < 1.2


@pytest.mark.parametrize("name", NO_HERNIATION)
def test_the_front_is_less_exact(name: str) -> None:
    middle = np.abs(maps()[name].anterior.margin[:, 0]) < 10
    found = maps()[name].anterior.depth[middle].mean()
    assert found == pytest.approx(true_extension(name, "anterior"), abs=1.2)


def test_a_herniation_stands_out_where_it_is() -> None:
    depth, left = maps()["L3-L4"].posterior.greatest
    assert depth == pytest.approx(6, abs=0.7)
    assert left == pytest.approx(7, abs=3)


def test_a_slip_moves_the_upper_endplate_forwards_and_is_no_bulge() -> None:
    slipped = maps()["L2-L3"]
    upper, lower = (float(np.interp(0, *c.posterior.T)) for c in (slipped.upper, slipped.lower))
    assert lower - upper == pytest.approx(6, abs=1)
    assert slipped.posterior.greatest[0] < 1.5


@pytest.mark.parametrize("name", LEVELS)
def test_outlines_are_as_wide_as_the_vertebrae(name: str) -> None:
    shape = disc(name)
    width = float(np.ptp(maps()[name].disc.points[:, 0]))
    usual = shape.lower.half_width + shape.upper.half_width
    assert width == pytest.approx(usual + 2 * shape.level.bulge_mm, abs=4.5)


def test_sides_that_no_slice_covers_are_left_open() -> None:
    anatomy = build(Stack(slices=7, spacing=(4.2, 1.0, 1.0))).anatomy()
    narrow = disc_maps(anatomy, find_landmarks(anatomy))["L3-L4"]
    assert isinstance(narrow, DiscMap)
    assert narrow.disc.left is None
    assert narrow.disc.right is None
    whole = maps()["L3-L4"].disc
    assert whole.left is not None
    assert whole.left[:, 0].min() > whole.anterior[-1, 0] - 1


def test_left_is_left() -> None:
    contour = maps()["L4-L5"].disc
    assert contour.left is not None
    assert contour.right is not None
    assert contour.left[:, 0].mean() > 15
    assert contour.right[:, 0].mean() < -15


@pytest.mark.parametrize("slices", [1, 2])
def test_too_few_slices_give_a_reason(slices: int) -> None:
    anatomy = build(Stack(slices=slices)).anatomy()
    assert set(disc_maps(anatomy, find_landmarks(anatomy)).values()) == {TOO_FEW}


def test_a_level_without_a_disc_says_so() -> None:
    built = build(Stack())
    built.labels[built.labels == 203] = 0
    anatomy = built.anatomy()
    landmarks = find_landmarks(anatomy)
    found = disc_maps(anatomy, landmarks)
    assert found["L3-L4"] == "no disc was segmented between the two bodies"
    level = next(one for one in landmarks.levels if one.name == "L3-L4")
    assert level.space is not None
    assert disc_map(anatomy, level, level.space) is None
