"""Types 1 to 3 painted into the marrow of hand-made vertebrae, and into the phantom's."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from service.anatomy.landmarks import find_landmarks
from service.anatomy.model import Anatomy
from service.findings.disc_reading import NO_T1, NO_T2, DiscReading, read_discs
from service.findings.model import Finding
from service.findings.modic import CONTRAST, FAT_SUPPRESSED, areas_of, grade_modic
from service.study.geometry import Geometry
from service.study.model import Trait
from tests.anatomy.stack import part
from tests.findings.discs import Told, anatomy_of, both

LEVEL, ABOVE, DEEP_MM = "L3-L4", 3, 8.0


def painted(anatomy: Anatomy, signal: float, deep: float = DEEP_MM) -> Anatomy:
    """The lowest ``deep`` mm of L3 with another signal."""
    pixels, geometry = anatomy.series.pixels.copy(), anatomy.series.geometry
    where = np.argwhere((anatomy.labels == ABOVE) & anatomy.bodies)
    height = geometry.to_patient(where)[:, 2]
    # the lower endplate of L3 is level within a few degrees
    chosen = where[height < height.min() + deep]
    pixels[tuple(chosen.T)] = signal
    return replace(anatomy, series=replace(anatomy.series, pixels=pixels))


def changed(t2: float, t1: float, deep: float = DEEP_MM) -> Sequence[Anatomy]:
    """T2 and T1 with these signals beside the endplate, that of other marrow being 100."""
    return painted(anatomy_of("T2"), t2, deep), painted(anatomy_of("T1"), t1, deep)


def read(anatomies: Sequence[Anatomy], fatty: float = 0.1) -> DiscReading:
    discs = read_discs(Told(modic=fatty), anatomies, find_landmarks(anatomies[0]))
    return next(disc for disc in discs if disc.level == LEVEL)


def graded(anatomies: Sequence[Anatomy], fatty: float = 0.1) -> Finding:
    return grade_modic(read(anatomies, fatty))


def test_marrow_that_is_even_is_type_0() -> None:
    found = graded(both())
    assert (found.grade, found.probability) == ("0", pytest.approx(0.1))
    assert [found.details[f"area_{k}_mm2"] for k in (1, 2, 3)] == [0, 0, 0]


@pytest.mark.parametrize(("t2", "t1", "grade"), [(160, 50, "1"), (40, 40, "3")])
def test_oedema_and_sclerosis_are_told_by_signal_whatever_the_model_says(t2: float, t1: float, grade: str) -> None:
    found = graded(changed(t2, t1), fatty=0.9)
    assert found.grade == grade
    assert found.probability is None
    assert float(found.details[f"volume_{grade}_mm3"]) > 500


def test_fat_is_type_2_when_the_model_says_so() -> None:
    assert graded(changed(120, 160), fatty=0.8).grade == "2"
    assert graded(changed(120, 160), fatty=0.8).probability == pytest.approx(0.8)
    assert float(graded(changed(120, 160), fatty=0.8).details["area_2_mm2"]) > 50


def test_the_volume_grows_with_the_depth() -> None:
    shallow, deep = (float(graded(changed(160, 50, mm)).details["volume_1_mm3"]) for mm in (6.0, 9.0))
    assert deep > 1.3 * shallow > 0


def test_a_single_slice_has_no_volume() -> None:
    whole = changed(120, 160)
    middle = len(whole[0].labels) // 2
    one = graded([part(anatomy, middle, middle) for anatomy in whole], fatty=0.8)
    assert one.grade == "2"
    assert not any(key.startswith("volume") for key in one.details)


def test_the_bone_of_the_endplate_alone_is_no_sclerosis() -> None:
    assert graded(changed(30, 30, deep=2.0)).grade == "0"


@pytest.mark.parametrize(
    ("keep", "reason"), [(lambda t2, t1: [t2], NO_T1), (lambda t2, t1: [t1], NO_T2)], ids=["no T1", "no T2"]
)
def test_one_series_is_not_enough(keep: Callable[[Anatomy, Anatomy], list[Anatomy]], reason: str) -> None:
    found = graded(keep(*both()), fatty=0.9)
    assert (found.status, found.reason) == ("not_assessable", reason)


def test_without_marrow_to_compare_there_are_no_areas() -> None:
    view = read(both()).view
    assert view is not None
    assert areas_of(replace(view, bodies=view.bodies * 0)) is None


@pytest.mark.parametrize(
    ("which", "trait", "reason"),
    [(1, "contrast_agent", CONTRAST), (0, "fat_suppressed", FAT_SUPPRESSED), (1, "water", FAT_SUPPRESSED)],
)
def test_where_signal_means_something_else_no_type_is_told(which: int, trait: Trait, reason: str) -> None:
    pair = list(changed(150, 60))
    pair[which] = replace(pair[which], series=replace(pair[which].series, traits=frozenset({trait})))
    assert graded(pair).reason == reason


def test_a_contrast_agent_before_t2_alone_alters_nothing() -> None:
    t2, t1 = changed(150, 60)
    assert graded([replace(t2, series=replace(t2.series, traits=frozenset({"contrast_agent"}))), t1]).grade == "1"


@pytest.mark.parametrize(("moved", "graded_at_all"), [(1.0, True), (12.0, False)])
def test_t1_of_a_patient_who_moved_is_not_read_in_the_place_of_t2(moved: float, graded_at_all: bool) -> None:
    t2, t1 = changed(150, 60)
    affine = t1.series.geometry.affine.copy()
    affine[2, 3] += moved
    away = replace(t1, series=replace(t1.series, geometry=Geometry(affine, t1.labels.shape)))
    found = graded([t2, away])
    assert (found.grade == "1") if graded_at_all else (found.reason == NO_T1)
