"""Measurements on columns of boxes, whose values follow from how they were built."""

from dataclasses import replace

import numpy as np
import pytest

from service.anatomy.endplates import Endplate
from service.anatomy.landmarks import Landmarks, find_landmarks
from service.anatomy.model import Anatomy
from service.findings.bulging import NO_MARGIN, NO_SIDE, measure_bulging
from service.findings.canal import AT_LEAST_CONFIDENCE, NO_MIDDLE, measure_canal
from service.findings.canal_csf import measure_canal_csf
from service.findings.cobb import Tilt, measure_cobb, steadied, tilts_of
from service.findings.disc_height import NO_SLICE, Height, measure_disc_height
from service.findings.listhesis import measure_listhesis
from service.findings.lordosis import TO_L5, TO_S1, measure_lordosis
from service.findings.model import Finding
from service.findings.vertebra import measure_vertebrae
from service.phantom import simulate
from service.phantom.parameters import PhantomParameters
from tests.anatomy.stack import DEPTH, GAP, HEIGHT, Built, Stack, build, frame, part

FINE = Stack(spacing=(4.2, 0.7, 0.7), rows=400, columns=200)
TILTS = (6.0, 2.0, -5.0, -11.0, -4.0, 3.0)
SLIPS = (0.0, 6.0, 0.0, -4.0, 0.0, 0.0)


@pytest.fixture(scope="module")
def spine() -> tuple[Built, Anatomy, Landmarks]:
    built = build(replace(FINE, coronal=TILTS, slip=SLIPS))
    anatomy = built.anatomy()
    return built, anatomy, find_landmarks(anatomy)


@pytest.fixture(scope="module")
def straight() -> tuple[Anatomy, Landmarks]:
    anatomy = build(FINE).anatomy()
    return anatomy, find_landmarks(anatomy)


def by_level(findings: list[Finding], feature: str | None = None) -> dict[str | None, Finding]:
    return {f.level: f for f in findings if feature in (None, f.feature)}


def test_disc_height_is_the_gap_that_was_left(straight: tuple[Anatomy, Landmarks]) -> None:
    for finding in measure_disc_height(*straight):
        assert finding.value == pytest.approx(GAP, abs=0.4)
        low, high = finding.interval or (0, 0)
        assert low < GAP < high


def test_disc_height_falls_to_the_back_by_the_wedge(straight: tuple[Anatomy, Landmarks]) -> None:
    rise = 0.8 * DEPTH * 2 * np.tan(np.radians(6))
    for finding in measure_disc_height(*straight):
        difference = float(finding.details["anterior_mm"]) - float(finding.details["posterior_mm"])
        assert difference == pytest.approx(rise, abs=0.6)
        assert finding.details["disc_height_index"] == pytest.approx(GAP / HEIGHT, abs=0.03)


def test_without_a_slice_that_shows_both_endplates_there_is_no_height(straight: tuple[Anatomy, Landmarks]) -> None:
    anatomy, landmarks = straight
    upper = landmarks.bodies[3]
    elsewhere = replace(upper.lower, slices=upper.lower.slices + 100)
    bodies = {**landmarks.bodies, 3: replace(upper, bottom=elsewhere)}
    levels = tuple(replace(v, upper=bodies.get(v.number), lower=bodies.get(v.number - 1)) for v in landmarks.levels)
    found = by_level(measure_disc_height(anatomy, replace(landmarks, bodies=bodies, levels=levels)))
    assert found["L3-L4"].reason == NO_SLICE
    assert found["L2-L3"].status == "assessed"


def test_listhesis_is_the_displacement_of_the_corners(spine: tuple[Built, Anatomy, Landmarks]) -> None:
    built, anatomy, landmarks = spine
    for label, finding in enumerate(measure_listhesis(anatomy, landmarks), 1):
        upper, lower = built.boxes[label], built.boxes[label - 1]
        expected = float((upper.corner(1, -1) - lower.corner(1, 1)) @ -lower.axes[:, 1])
        assert finding.value == pytest.approx(expected, abs=0.6)
        assert finding.details["percent"] == pytest.approx(100 * abs(expected) / DEPTH, abs=2)


def test_a_slip_has_its_direction_and_grade(spine: tuple[Built, Anatomy, Landmarks]) -> None:
    found = by_level(measure_listhesis(*spine[1:]))
    assert (found["L4-L5"].grade, found["L4-L5"].details["direction"]) == ("I", "anterior")
    assert (found["L2-L3"].grade, found["L2-L3"].details["direction"]) == ("I", "posterior")
    assert (found["L4-L5"].probability or 0) > 0.95


@pytest.mark.parametrize("left", [1.0, 0.95, 0.7])
def test_an_endplate_that_the_image_cuts_does_not_raise_the_grade(left: float) -> None:
    anatomy = build(replace(FINE, slip=(0.2 * DEPTH,))).anatomy()
    landmarks = find_landmarks(anatomy)
    sacrum = landmarks.bodies[0]
    front = sacrum.upper.posterior + left * (sacrum.upper.anterior - sacrum.upper.posterior)
    cut = replace(sacrum, upper=replace(sacrum.upper, anterior=front))
    levels = tuple(replace(v, lower=cut) if v.number == 1 else v for v in landmarks.levels)
    finding = by_level(measure_listhesis(anatomy, replace(landmarks, levels=levels)))["L5-S1"]
    assert finding.grade == "I"
    assert float(finding.details["percent"]) == pytest.approx(20 / (left if left > 0.8 else 1), abs=2.5)


def test_cobb_is_the_largest_difference_of_tilts(spine: tuple[Built, Anatomy, Landmarks]) -> None:
    (finding,) = measure_cobb(*spine[1:])
    assert finding.value == pytest.approx(17.0, abs=0.8)
    assert (finding.details["lower"], finding.details["upper"]) == ("L5", "L2")
    for name, tilt in zip(("L5", "L4", "L3", "L2", "L1"), TILTS, strict=False):
        assert finding.details[f"tilt_{name}_upper"] == pytest.approx(tilt, abs=0.6)


def test_cobb_leaves_out_a_body_whose_outline_is_much_narrower_than_the_others(
    spine: tuple[Built, Anatomy, Landmarks],
) -> None:
    _, anatomy, landmarks = spine
    narrow = replace(landmarks.bodies[4], width=0.7 * landmarks.bodies[4].width)
    (finding,) = measure_cobb(anatomy, replace(landmarks, bodies={**landmarks.bodies, 4: narrow}))
    assert (finding.details["lower"], finding.details["upper"]) == ("L5", "L3")
    assert "tilt_L2_upper" not in finding.details


def test_cobb_of_a_straight_spine_is_near_zero(straight: tuple[Anatomy, Landmarks]) -> None:
    (finding,) = measure_cobb(*straight)
    assert finding.value is not None
    assert finding.value < 1.0
    assert finding.interval is not None
    assert finding.interval[0] == 0.0


def tilts(degrees: list[float], error: float = 0.15) -> list[Tilt]:
    """Of the endplates from L5's lower one up."""
    return [Tilt(1 + k // 2, ("lower", "upper")[k % 2], tilt, error) for k, tilt in enumerate(degrees)]


def largest(of: list[Tilt]) -> float:
    return float(np.ptp([tilt.degrees for tilt in of]))


@pytest.mark.parametrize("cobb", [10.0, 25.0, 40.0])
def test_a_curve_keeps_its_angle_where_tilts_are_steadied(cobb: float) -> None:
    curve = tilts([*(cobb / 2 * np.cos(np.linspace(0, np.pi, 10)))])
    assert largest(steadied(curve)) == pytest.approx(cobb, abs=0.5)


def test_uneven_outlines_give_a_straight_spine_less_of_an_angle() -> None:
    rng = np.random.default_rng(5)
    spines = [tilts([*rng.normal(0, 0.9, 10)]) for _ in range(40)]
    before, after = (float(np.mean([largest(t) for t in of])) for of in (spines, [steadied(s) for s in spines]))
    assert before > 2.5
    assert after < 0.45 * before


def test_even_outlines_are_believed() -> None:
    curve = tilts([0.0, 3.0, 3.5, 6.5, 7.0, 7.2, 6.8, 4.0, 3.5, 0.5])
    assert [t.degrees for t in steadied(curve)] == pytest.approx([t.degrees for t in curve], abs=0.4)


def test_the_angle_is_told_from_steadied_tilts(straight: tuple[Anatomy, Landmarks]) -> None:
    anatomy, landmarks = straight
    rng = np.random.default_rng(2)

    def uneven(endplate: Endplate) -> Endplate:
        return replace(endplate, normal=frame(rng.normal(0, 0.9), 0) @ endplate.normal)

    bodies = {
        n: replace(b, upper=uneven(b.upper), bottom=uneven(b.lower)) if n else b for n, b in landmarks.bodies.items()
    }
    shaken = replace(landmarks, bodies=bodies)
    (finding,) = measure_cobb(anatomy, shaken)
    assert finding.value is not None
    assert finding.value < 0.6 * largest(tilts_of(shaken))


def test_one_endplate_that_differs_from_its_neighbours_is_drawn_to_them_the_more_the_less_its_fit_tells() -> None:
    sure = tilts([0.0] * 4 + [4.0] + [0.0] * 5)
    unsure = [replace(t, error=2.0) if t.degrees else t for t in sure]
    assert steadied(unsure)[4].degrees < steadied(sure)[4].degrees < 2.0
    assert steadied(unsure)[4].degrees < 0.5


def test_errors_of_steadied_tilts_are_as_large_as_they_say() -> None:
    rng = np.random.default_rng(7)
    off = []
    for _ in range(60):
        true = np.cumsum(rng.normal(0, rng.choice([0.5, 1.5, 4.0]), 10))
        found = steadied(tilts([*(true + rng.normal(0, rng.choice([0.2, 0.9]), 10))]))
        off += [(tilt.degrees - t) / tilt.error for tilt, t in zip(found, true, strict=True)]
    assert 0.8 < float(np.std(off)) < 1.2


@pytest.mark.parametrize(("slices", "words"), [(1, "single slice"), (5, "side to side")])
def test_cobb_is_refused_where_the_slices_cannot_show_it(slices: int, words: str) -> None:
    anatomy = build(Stack(slices=slices)).anatomy()
    (finding,) = measure_cobb(anatomy, find_landmarks(anatomy))
    assert finding.status == "not_assessable"
    assert words in (finding.reason or "")


def test_lordosis_from_l1_to_s1(straight: tuple[Anatomy, Landmarks]) -> None:
    (finding,) = measure_lordosis(*straight)
    assert finding.value == pytest.approx(60.0, abs=0.6)
    assert finding.method == TO_S1


def test_lordosis_of_a_steep_sacrum_that_is_outlined_with_s2() -> None:
    anatomy = build(replace(FINE, sacral_slope=50.0, sacral=4, foot=110.0)).anatomy()
    (finding,) = measure_lordosis(anatomy, find_landmarks(anatomy))
    assert finding.value == pytest.approx(60.0, abs=2.0)


@pytest.mark.parametrize("end", [1, 5])
def test_lordosis_is_refused_where_an_end_vertebra_ends_short_at_a_side(end: int) -> None:
    anatomy = build(replace(FINE, sacrum=False)).anatomy()
    landmarks = find_landmarks(anatomy)
    narrow = replace(landmarks.bodies[end], width=0.5 * landmarks.bodies[end].width)
    (finding,) = measure_lordosis(anatomy, replace(landmarks, bodies={**landmarks.bodies, end: narrow}))
    assert finding.reason == "an end vertebra is outlined at one side only"


def test_lordosis_to_l5_where_the_sacrum_is_not_seen() -> None:
    anatomy = build(replace(FINE, sacrum=False)).anatomy()
    (finding,) = measure_lordosis(anatomy, find_landmarks(anatomy))
    assert finding.value == pytest.approx(48.0, abs=0.6)
    assert finding.method == TO_L5
    assert finding.details["lower"] == "L5"


def test_lordosis_to_l5_says_that_it_is_less_than_to_s1() -> None:
    anatomy = build(replace(FINE, sacrum=False)).anatomy()
    assert "to S1 it is larger" in (measure_lordosis(anatomy, find_landmarks(anatomy))[0].reason or "")


def test_lordosis_needs_l1() -> None:
    anatomy = build(Stack(vertebrae=3)).anatomy()
    (finding,) = measure_lordosis(anatomy, find_landmarks(anatomy))
    assert finding.reason == "L1 is not seen whole"


def test_a_disc_flush_with_its_rims_does_not_bulge(straight: tuple[Anatomy, Landmarks]) -> None:
    for finding in by_level(measure_bulging(*straight), "disc_bulging").values():
        assert finding.value == pytest.approx(0.0, abs=0.7)


def test_a_bulge_and_its_side_are_measured() -> None:
    built = build(FINE)
    lower, upper = built.boxes[2], built.boxes[3]
    points = built.series.geometry.to_patient(np.stack(np.indices(built.labels.shape), axis=-1))
    middle = (lower.corner(1, 1) + upper.corner(1, -1)) / 2
    left, back, up = np.moveaxis((points - middle) @ ((lower.axes + upper.axes) / 2), -1, 0)
    lump = (np.abs(left - 9) < 5) & (back > -2) & (back < 5) & (np.abs(up) < 3)
    labels = built.labels.copy()
    labels[lump & ~np.isin(labels, (2, 3))] = 203
    anatomy = replace(built.anatomy(), labels=labels)
    found = measure_bulging(anatomy, find_landmarks(anatomy))
    deepest = by_level(found, "herniation_depth")["L3-L4"]
    assert deepest.value == pytest.approx(5.0, abs=0.8)
    assert deepest.details["side"] == "left"
    assert by_level(found, "disc_bulging")["L3-L4"].value == pytest.approx(0.0, abs=0.8)


def test_slices_that_do_not_span_the_vertebra_tell_no_side(straight: tuple[Anatomy, Landmarks]) -> None:
    few = part(straight[0], 3, 8)
    for finding in by_level(measure_bulging(few, find_landmarks(few)), "herniation_depth").values():
        assert finding.details == {"side": "unknown"}
        assert finding.reason == NO_SIDE


@pytest.mark.parametrize("seed", [401, 403])
def test_the_mean_bulge_is_that_of_the_margin(seed: int) -> None:
    anatomy = next(iter(simulate(PhantomParameters.random(seed)).truth.values()))
    found = by_level(measure_bulging(anatomy, find_landmarks(anatomy)), "disc_bulging").values()
    measured = [finding for finding in found if finding.value is not None]
    assert len(measured) >= 5
    for finding in measured:
        assert -1.0 < float(finding.details["mean_mm"]) <= (finding.value or 0)


def test_a_curve_that_may_go_on_beyond_the_image_is_said(straight: tuple[Anatomy, Landmarks]) -> None:
    assert measure_cobb(*straight)[0].reason is None
    anatomy, landmarks = straight
    seen = {n: body for n, body in landmarks.bodies.items() if n < 4}
    (finding,) = measure_cobb(anatomy, replace(landmarks, bodies=seen))
    assert finding.status == "assessed"
    assert (finding.reason or "").startswith("not told by L1, L2")


def test_canal_is_as_deep_as_the_tube(straight: tuple[Anatomy, Landmarks]) -> None:
    found = measure_canal(*straight)
    diameters, areas = by_level(found, "canal_ap_diameter"), by_level(found, "canal_area")
    for level in ("L1-L2", "L2-L3", "L3-L4"):
        assert diameters[level].value == pytest.approx(13.5, abs=1.0)
        assert areas[level].value == pytest.approx(np.pi / 4 * 13.5**2, rel=0.15)
        assert diameters[level].details["mid_vertebral_ratio"] == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(("slices", "shown"), [((0, 14), True), ((6, 8), True), ((0, 6), False), ((8, 12), False)])
def test_a_canal_whose_middle_the_slices_miss_is_at_least_as_wide_as_it_seems(
    straight: tuple[Anatomy, Landmarks], slices: tuple[int, int], shown: bool
) -> None:
    some = part(straight[0], *slices)
    landmarks = find_landmarks(some)
    diameter = by_level(measure_canal(some, landmarks), "canal_ap_diameter")["L3-L4"]
    csf = by_level(measure_canal_csf(some, landmarks))["L3-L4"]
    assert diameter.interval
    assert diameter.interval[0] < 13.5 < diameter.interval[1]
    if shown:
        assert (diameter.confidence, diameter.reason, csf.status) == (1.0, None, "assessed")
    else:
        assert diameter.confidence == AT_LEAST_CONFIDENCE
        assert (diameter.reason or "").startswith(NO_MIDDLE)
        assert (csf.status, csf.reason) == ("not_assessable", NO_MIDDLE)


@pytest.mark.parametrize("depth", [13.0, 7.0])
def test_one_slice_of_a_canal_that_is_shallow_even_behind_a_vertebra_may_lie_beside_its_middle(depth: float) -> None:
    anatomy = build(replace(FINE, canal_depth=depth)).anatomy()
    some = part(anatomy, 7, 7)
    diameter = by_level(measure_canal(some, find_landmarks(some)), "canal_ap_diameter")["L3-L4"]
    assert (diameter.reason is not None) == (depth < 10)
    whole = by_level(measure_canal(anatomy, find_landmarks(anatomy)), "canal_ap_diameter")["L3-L4"]
    assert whole.reason is None


def test_a_disc_that_was_outlined_short_of_the_rear_corners_is_not_called_missing(
    straight: tuple[Anatomy, Landmarks],
) -> None:
    built = build(FINE)
    behind = np.moveaxis(
        built.boxes[3].local(built.series.geometry.to_patient(np.stack(np.indices(built.labels.shape), -1))), -1, 0
    )[1]
    short = replace(straight[0], labels=np.where((built.labels == 203) & (behind > -12), 0, built.labels))
    landmarks = find_landmarks(short)
    level = next(level for level in landmarks.levels if level.name == "L3-L4")
    assert level.space
    lower = replace(
        level.space.lower,
        upper=replace(level.space.lower.upper, posterior=level.space.upper.lower.posterior + [0, 2.0, -0.1]),
    )
    levels = tuple(replace(v, lower=lower) if v is level else v for v in landmarks.levels)
    found = by_level(measure_bulging(short, replace(landmarks, levels=levels)), "disc_bulging")
    assert found["L3-L4"].reason == NO_MARGIN
    assert found["L2-L3"].status == "assessed"


def test_discs_are_never_less_than_nothing_high(
    straight: tuple[Anatomy, Landmarks], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.findings.disc_height.height_of", lambda *_: Height(-0.3, -0.2, -0.4, -0.3))
    finding = by_level(measure_disc_height(*straight))["L3-L4"]
    assert (finding.value, finding.details["disc_height_index"]) == (0, 0)
    assert finding.interval
    assert finding.interval[0] == 0 < finding.interval[1]


def test_confidence_in_the_cobb_angle_is_that_of_the_vertebrae_it_was_told_from(
    straight: tuple[Anatomy, Landmarks],
) -> None:
    anatomy, landmarks = straight
    structures = {n: replace(s, confidence=0.4 if n == 6 else 0.9) for n, s in landmarks.structures.items()}
    (finding,) = measure_cobb(anatomy, replace(landmarks, structures=structures))
    assert finding.confidence == 0.9


def test_a_body_that_the_slab_cuts_at_a_side_tells_neither_tilt_nor_side(straight: tuple[Anatomy, Landmarks]) -> None:
    assert find_landmarks(straight[0]).bodies[3].covered
    cut = part(straight[0], 0, 9)
    assert not find_landmarks(cut).bodies[3].covered
    for finding in by_level(measure_bulging(cut, find_landmarks(cut)), "herniation_depth").values():
        assert finding.details == {"side": "unknown"}


def test_vertebral_heights_wedge_and_depth_of_boxes(straight: tuple[Anatomy, Landmarks]) -> None:
    found = measure_vertebrae(*straight)
    for level in ("L1", "L3", "L5"):
        assert by_level(found, "vertebral_height")[level].value == pytest.approx(HEIGHT, abs=0.5)
        assert by_level(found, "vertebral_wedge")[level].value == pytest.approx(0.0, abs=0.8)
        assert by_level(found, "endplate_depth")[level].value == pytest.approx(0.0, abs=0.5)


def test_the_interval_grows_with_slice_spacing_and_with_doubt() -> None:
    widths = []
    for spacing, confidence in ((2.0, 1.0), (5.0, 1.0), (5.0, 0.8)):
        anatomy = build(Stack(slices=11, spacing=(spacing, 1.0, 1.0))).anatomy(confidence)
        low, high = measure_disc_height(anatomy, find_landmarks(anatomy))[2].interval or (0, 0)
        widths.append(high - low)
    assert widths[0] < widths[1] < widths[2]


def test_uncertain_outlines_are_not_measured() -> None:
    anatomy = build(Stack()).anatomy(0.3)
    for finding in measure_disc_height(anatomy, find_landmarks(anatomy)):
        assert finding.status == "not_assessable"
        assert finding.reason


def test_a_level_without_its_lower_body_says_which_is_missing() -> None:
    anatomy = build(Stack(sacrum=False)).anatomy()
    found = by_level(measure_disc_height(anatomy, find_landmarks(anatomy)))
    assert found["L5-S1"].reason == "S1 was not segmented"
    assert found["L4-L5"].status == "assessed"
