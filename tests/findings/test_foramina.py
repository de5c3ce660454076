"""Foramina between boxes with pedicles of known height, the two sides told apart, and what is suspected from them."""

from dataclasses import replace

import numpy as np
import pytest

from service.anatomy.foramen import BACK_MM, RISE_MM, STEP_MM, _width
from service.anatomy.landmarks import find_landmarks
from service.anatomy.model import SACRUM as SACRUM_LABEL
from service.anatomy.model import Anatomy
from service.findings.foramina import CEILING, GIVEN, SACRUM, measure_foramina
from service.findings.foraminal_stenosis import measure_foraminal_stenosis
from service.findings.model import Finding
from service.findings.nerve_compression import UNSEEN, measure_nerve_compression
from service.phantom.parameters import DiscLevel, PhantomParameters
from service.phantom.scene import Scene
from service.phantom.truth_foramen import foramen as true_foramen
from service.triage import load_policy
from service.triage.case import Case, levels, usable
from tests.anatomy.stack import DEPTH, GAP, HEIGHT, Stack, build, part

STACK = Stack(slices=13)
LEFT_MM = HEIGHT + GAP - 12.0 - 2 * (DEPTH / 2 + 3) * np.sin(np.radians(6))
"""Between pedicles 12 mm high, three mm behind bodies that lean 12 degrees towards each other."""
Key = tuple[str | None, str | None]


@pytest.fixture(scope="module")
def anatomy() -> Anatomy:
    return build(STACK).anatomy()


def lateral(anatomy: Anatomy) -> np.ndarray:
    """(slices, 1, 1) mm to the left of the middle."""
    geometry = anatomy.series.geometry
    return np.array([geometry.to_patient([k, 0, 0])[0] for k in range(geometry.shape[0])])[:, None, None]


def without_right_pedicles(anatomy: Anatomy, label: int) -> Anatomy:
    gone = (anatomy.labels == label) & ~anatomy.bodies & (lateral(anatomy) < -6)
    return replace(anatomy, labels=np.where(gone, 0, anatomy.labels).astype(np.uint8))


def of(findings: list[Finding], feature: str) -> dict[Key, Finding]:
    return {(f.level, f.side): f for f in findings if f.feature == feature}


def found(anatomy: Anatomy, feature: str = "foraminal_height") -> dict[Key, Finding]:
    return of(measure_foramina(anatomy, find_landmarks(anatomy)), feature)


def test_height_is_what_the_pedicles_leave(anatomy: Anatomy) -> None:
    heights = found(anatomy)
    for level in ("L4-L5", "L3-L4", "L2-L3"):
        for side in ("left", "right"):
            finding = heights[level, side]
            assert finding.value == pytest.approx(LEFT_MM, abs=1.6)
            assert finding.interval is not None
            assert finding.interval[0] < LEFT_MM < finding.interval[1]
            assert (finding.confidence or 1) <= CEILING


def test_a_side_without_pedicle_is_not_assessable_and_the_other_is(anatomy: Anatomy) -> None:
    heights = found(without_right_pedicles(anatomy, 2))
    assert heights["L4-L5", "left"].status == heights["L2-L3", "right"].status == "assessed"
    for level in ("L4-L5", "L3-L4"):
        assert heights[level, "right"].status == "not_assessable"
        assert "pedicles" in (heights[level, "right"].reason or "")


def test_width_needs_articular_processes(anatomy: Anatomy) -> None:
    assert {f.status for f in found(anatomy, "foraminal_width").values()} == {"not_assessable"}
    geometry = anatomy.series.geometry
    points = geometry.to_patient(np.stack(np.indices(geometry.shape), axis=-1))
    landmarks = find_landmarks(anatomy)
    space = next(level.space for level in landmarks.levels if level.name == "L3-L4")
    assert space is not None
    local = space.local(points.reshape(-1, 3)).reshape(points.shape)
    process = (
        (np.abs(local[..., 0]) > 8) & (np.abs(local[..., 1] - space.posterior - 12) < 4) & (np.abs(local[..., 2]) < 9)
    )
    grown = np.where(process & (anatomy.labels == 0), 2, anatomy.labels).astype(np.uint8)
    width = found(replace(anatomy, labels=grown), "foraminal_width")["L3-L4", "left"]
    assert width.value == pytest.approx(8.0, abs=1.5)


def test_slices_that_do_not_reach_the_pedicles_tell_no_side() -> None:
    for slices in (1, 3):
        narrow = build(replace(STACK, slices=slices)).anatomy()
        assert {f.status for f in found(narrow).values()} == {"not_assessable"}
        suspected = measure_foraminal_stenosis(narrow, find_landmarks(narrow))
        assert {f.status for f in suspected} == {"not_assessable"}


def test_a_given_segmentation_has_no_pedicles_to_measure_to(anatomy: Anatomy) -> None:
    heights, widths = (found(replace(anatomy, given=True), f) for f in ("foraminal_height", "foraminal_width"))
    assert {f.reason for f in (*heights.values(), *widths.values())} == {GIVEN, SACRUM}


def test_rows_in_which_the_pedicle_joins_the_wall_have_no_gap() -> None:
    front, bone = (np.zeros((len(RISE_MM), len(BACK_MM)), bool) for _ in range(2))
    front[:, :10] = True
    bone[:, 40:] = True
    joined = np.abs(RISE_MM) < 1.5
    bone[joined, 10:] = True
    assert _width(bone, front, rim=0.0) is None
    bone[:, 10:40] = False
    assert _width(bone, front, rim=0.0) == pytest.approx(30 * STEP_MM)


def test_where_nothing_was_measured_nothing_is_said_to_be_free_of_signs(anatomy: Anatomy) -> None:
    bodies = replace(anatomy, labels=np.where(anatomy.bodies | (anatomy.labels == SACRUM_LABEL), anatomy.labels, 0))
    suspected = measure_nerve_compression(bodies, find_landmarks(bodies))
    assert {f.reason for f in suspected if f.level == "L3-L4"} == {UNSEEN}


def test_the_sacrum_has_no_pedicles_to_measure_to(anatomy: Anatomy) -> None:
    finding = found(anatomy)["L5-S1", "left"]
    assert finding.status == "not_assessable"
    assert "sacrum" in (finding.reason or "")


def test_a_low_foramen_is_suspected_and_never_graded(anatomy: Anatomy) -> None:
    wide = of(measure_foraminal_stenosis(anatomy, find_landmarks(anatomy)), "foraminal_stenosis")["L3-L4", "left"]
    flat = build(replace(STACK, gap=4.0)).anatomy()
    low = of(measure_foraminal_stenosis(flat, find_landmarks(flat)), "foraminal_stenosis")["L3-L4", "left"]
    assert (wide.probability or 1) < 0.3
    assert (low.probability or 0) > 0.6
    assert wide.grade is low.grade is None
    assert max(wide.confidence or 1, low.confidence or 1) <= 0.3
    assert low.reason


def bulged(anatomy: Anatomy, side: float) -> Anatomy:
    """L3-L4 with a herniation of 6 mm between 6 and 11 mm to one side."""
    space = next(level.space for level in find_landmarks(anatomy).levels if level.name == "L3-L4")
    assert space is not None
    geometry = anatomy.series.geometry
    local = space.local(geometry.to_patient(np.stack(np.indices(geometry.shape), axis=-1)).reshape(-1, 3))
    left, back, up = local.reshape(*geometry.shape, 3).transpose(3, 0, 1, 2)
    beside = (left * side > 5) & (left * side < 11)
    out = beside & (back > space.posterior - 3) & (back < space.posterior + 6) & (np.abs(up) < 3.5)
    return replace(anatomy, labels=np.where(out, 203, anatomy.labels).astype(np.uint8))


@pytest.mark.parametrize(("sign", "here", "there"), [(1.0, "left", "right"), (-1.0, "right", "left")])
def test_a_herniation_raises_suspicion_on_its_own_side(anatomy: Anatomy, sign: float, here: str, there: str) -> None:
    other = bulged(anatomy, sign)
    suspected = of(measure_nerve_compression(other, find_landmarks(other)), "nerve_compression")
    assert suspected["L3-L4", here].status == "assessed"
    assert "herniation" in str(suspected["L3-L4", here].details["signs"])
    assert suspected["L3-L4", here].details["traversing_root"] == "L4"
    assert suspected["L3-L4", there].status == "not_assessable"


def test_a_canal_beside_its_middle_is_no_sign() -> None:
    narrow = build(Stack(slices=25, spacing=(1.5, 0.8, 0.8), rows=360, columns=175, canal_depth=7.0)).anatomy()
    signs = [
        {str(f.details.get("signs")) for f in measure_nerve_compression(some, find_landmarks(some))}
        for some in (narrow, part(narrow, 0, 11))
    ]
    assert any("narrow canal" in sign for sign in signs[0])
    assert not any("narrow canal" in sign for sign in signs[1])


def test_no_sign_rules_nothing_out(anatomy: Anatomy) -> None:
    suspected = measure_nerve_compression(anatomy, find_landmarks(anatomy))
    assert {f.status for f in suspected if f.level in ("L3-L4", "L2-L3")} == {"not_assessable"}
    assert all("axial" in (f.reason or "") for f in suspected if f.level in ("L3-L4", "L2-L3"))


def test_no_proposal_rests_on_a_suspicion(anatomy: Anatomy) -> None:
    other = bulged(anatomy, 1.0)
    suspected = [f for f in measure_nerve_compression(other, find_landmarks(other)) if f.status == "assessed"]
    assert suspected
    policy = load_policy()
    for finding in suspected:
        assert finding.grade is None
        assert not usable(finding, policy)
    assert all("nerve_compression" not in one.found for one in levels(Case({}, {}, tuple(suspected)), policy))


def test_the_phantoms_foramen_falls_with_its_disc() -> None:
    heights = {}
    for disc in (10.0, 5.0):
        scene = Scene(PhantomParameters(seed=5, levels=(DiscLevel(height_mm=disc),) * 5))
        for side in ("left", "right"):
            true = true_foramen(scene, scene.discs[1], side)
            assert true is not None
            heights[disc, side] = true.height
    for side in ("left", "right"):
        assert heights[10.0, side] - heights[5.0, side] > 1.0
    assert true_foramen(scene, scene.discs[0], "left") is None
