"""The canal along its centreline: a tube of known size and content, and a phantom whose level is narrowed."""

from dataclasses import replace

import numpy as np
import pytest

from service.anatomy.canal import find_canal
from service.anatomy.landmarks import find_landmarks
from service.anatomy.model import CANAL, Anatomy
from service.findings.canal_csf import csf_along
from service.findings.canal_profile import canal_profile
from tests.anatomy.stack import Stack, build, part
from tests.anatomy.test_canal import tube


def filled(anatomy: Anatomy, share: float, *, below: float = 0.0) -> Anatomy:
    """The tube on T2: CSF of 900, of which below a height in mm this share gave way to roots of 300."""
    height = anatomy.series.geometry.to_patient(np.stack(np.indices(anatomy.labels.shape), axis=-1))[..., 2]
    rng = np.random.default_rng(0)
    roots = (rng.random(height.shape) < share) & (height < below)
    pixels = np.where(anatomy.labels == CANAL, np.where(roots, 300.0, 900.0), 50.0).astype(np.float32)
    return replace(anatomy, series=replace(anatomy.series, pixels=pixels, weighting="T2"))


def test_a_tube_is_as_deep_and_wide_all_the_way() -> None:
    profile = canal_profile(tube(13.0, 19.0), find_landmarks(tube(13.0, 19.0)))
    assert profile is not None
    inner = slice(4, -4)
    assert len(profile.distance_mm) == len(profile.diameter_mm) == len(profile.area_mm2) == len(profile.csf_fraction)
    assert profile.distance_mm[-1] == pytest.approx(118, abs=3)
    assert np.abs(profile.diameter_mm[inner] - 13).max() < 0.6
    assert profile.area_mm2[inner] == pytest.approx(np.pi / 4 * 13 * 19, rel=0.08)
    assert np.isnan(profile.csf_fraction).all()


def test_no_area_where_the_slices_end_inside_the_canal() -> None:
    narrow = tube(13.0, 19.0, slices=3)
    profile = canal_profile(narrow, find_landmarks(narrow))
    assert profile is not None
    assert np.isnan(profile.area_mm2).all()
    assert np.isfinite(profile.diameter_mm).all()


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_csf_is_what_the_roots_leave(share: float) -> None:
    anatomy = filled(tube(13.0, 19.0), share)
    canal = find_canal(anatomy)
    assert canal is not None
    csf = csf_along(canal, anatomy)
    assert csf[6:20].mean() == pytest.approx(1 - share, abs=0.05)
    assert csf[-20:-6].min() > 0.97


def test_discs_and_vertebrae_have_their_places_in_order() -> None:
    anatomy = build(Stack(slices=11)).anatomy()
    profile = canal_profile(anatomy, find_landmarks(anatomy))
    assert profile is not None
    names = [name for name in profile.levels if name in ("L5-S1", "L5", "L4-L5", "L4", "L3-L4")]
    assert names == ["L5-S1", "L5", "L4-L5", "L4", "L3-L4"]
    assert all(0 < place < profile.distance_mm[-1] for place in profile.levels.values())


def test_no_profile_without_a_canal() -> None:
    empty = tube(0.1, 0.1)
    assert canal_profile(empty, find_landmarks(empty)) is None


def test_no_diameter_where_the_slices_miss_the_middle() -> None:
    whole = tube(13.0, 19.0)
    beside = part(whole, 0, int(np.flatnonzero((whole.labels == CANAL).any((1, 2)))[1]))
    profile = canal_profile(beside, find_landmarks(beside))
    assert profile is not None
    assert np.isnan(profile.diameter_mm[4:-4]).all()
