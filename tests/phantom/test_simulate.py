import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion

from service.anatomy.tissue import Tissue
from service.phantom import Phantom, PhantomParameters, simulate
from tests.phantom.small import CLEAN, changed, mean_of, scanned, simulated


def core(phantom: Phantom, label: int) -> NDArray[np.bool_]:
    """The inside of a structure on the middle slices."""
    inside = binary_erosion(phantom.truth["T2"].mask(label), np.ones((1, 2, 2)))
    inside[:2] = inside[-2:] = False
    return np.asarray(inside)


def test_the_same_parameters_give_the_same_study() -> None:
    first, second = simulated(CLEAN), simulate(CLEAN)
    for weighting, series in first.series.items():
        np.testing.assert_array_equal(series.pixels, second.series[weighting].pixels)
    np.testing.assert_array_equal(first.tissue, second.tissue)
    assert first.measurements == second.measurements


def test_another_seed_gives_another_anatomy() -> None:
    other = simulated(changed(CLEAN, seed=4))
    assert (other.tissue != simulated(CLEAN).tissue).mean() > 0.005


def test_series_are_sagittal_and_carry_their_timing() -> None:
    phantom = simulated(CLEAN)
    for weighting, series in phantom.series.items():
        assert series.weighting == weighting
        assert series.geometry.to_sagittal() == ((0, 1, 2), (False, False, False))
        assert series.pixels.dtype == np.float32
    assert list(phantom.series) == ["T2", "T1"]


def test_contrasts_are_those_of_t1_and_t2() -> None:
    phantom = simulated(CLEAN)
    csf, disc, marrow = (core(phantom, k) for k in (100, 204, 3))
    assert mean_of(phantom, "T2", csf) > 1.5 * mean_of(phantom, "T2", disc)
    assert mean_of(phantom, "T1", csf) < mean_of(phantom, "T1", disc) < mean_of(phantom, "T1", marrow)


def test_stir_has_no_fat() -> None:
    phantom = simulated(scanned(CLEAN, weightings=("T2", "STIR")))
    image = {w: s.pixels[2] for w, s in phantom.series.items()}
    behind = np.zeros_like(phantom.tissue[2], bool)
    behind[60:80] = (image["T2"][60:80] > 300) & (phantom.tissue[2][60:80] == 0)
    assert image["STIR"][behind].mean() < 0.2 * image["T2"][behind].mean()


def test_discs_darken_with_their_grade() -> None:
    grades = [simulated(CLEAN.with_level("L3-L4", pfirrmann=g)) for g in (1, 3, 5)]
    seen = [mean_of(p, "T2", core(p, 203)) for p in grades]
    assert seen[0] > 1.3 * seen[1] > 1.3 * seen[2]


@pytest.mark.parametrize(("kind", "t1", "t2"), [(1, -1, 1), (2, 1, 1), (3, -1, -1)])
def test_modic_changes_show_beside_the_endplate(kind: int, t1: int, t2: int) -> None:
    plain, changed_ = simulated(CLEAN), simulated(CLEAN.with_level("L3-L4", modic=kind))
    body = core(plain, 3) & plain.truth["T2"].bodies
    rows = np.nonzero(body)[1]
    near = body & (np.arange(body.shape[1])[:, None] > rows.max() - 3)
    for weighting, sign in (("T1", t1), ("T2", t2)):
        change = mean_of(changed_, weighting, near) / mean_of(plain, weighting, near) - 1
        assert sign * change > 0.05, (weighting, change)
    np.testing.assert_array_equal(plain.tissue, changed_.tissue)


def test_fat_in_muscle_brightens_it() -> None:
    lean, fatty = (simulated(changed(CLEAN, muscle_fat_fraction=f)) for f in (0.02, 0.5))
    difference = fatty.series["T1"].pixels[1] - lean.series["T1"].pixels[1]
    assert (difference > 80).mean() > 0.02
    assert (difference < -80).mean() < 0.002


def test_a_node_in_the_endplate_is_filled_by_the_disc() -> None:
    plain, dented = simulated(CLEAN), simulated(CLEAN.with_level("L3-L4", endplate_defect_mm=6))
    was_bone = (plain.truth["T2"].labels == 3) & (dented.truth["T2"].labels == 203)
    assert was_bone.sum() > 5


def test_a_herniation_goes_into_the_canal_on_its_own_side() -> None:
    phantom = simulated(CLEAN.with_level("L4-L5", herniation_mm=8, herniation_side="left"))
    plain = simulated(CLEAN).truth["T2"].mask(202)
    extra = phantom.truth["T2"].mask(202) & ~plain
    slices, _, columns = np.nonzero(extra)
    assert columns.mean() > np.nonzero(plain)[2].mean()
    left = phantom.series["T2"].geometry.to_patient(np.argwhere(extra))[:, 0].mean()
    assert left > phantom.series["T2"].geometry.to_patient(np.argwhere(plain))[:, 0].mean() + 2
    assert len(slices) > 4


def test_thick_slices_mix_what_thin_ones_separate() -> None:
    thin, thick = (simulated(scanned(CLEAN, slice_thickness_mm=t)) for t in (1.0, 9.0))
    grey = [np.abs(np.diff(p.series["T1"].pixels[2, 20:110], axis=-1)).mean() for p in (thin, thick)]
    assert grey[1] < grey[0]
    wall = (thin.tissue[4] == Tissue.BODY) != (thick.tissue[4] == Tissue.BODY)
    assert wall.any()


def test_noise_has_the_level_that_was_asked_in_air() -> None:
    noisy = simulated(scanned(changed(CLEAN, noise=0.05), columns=150)).series["T2"].pixels
    air = noisy[:, :40, -16:-4]
    assert air.mean() == pytest.approx(0.05 * 350 * np.sqrt(np.pi / 2), rel=0.05)


def upper_tilt(phantom: Phantom, label: int) -> float:
    """Coronal tilt in degrees of a body's upper surface, fitted to its voxels."""
    body = phantom.truth["T2"].bodies & phantom.truth["T2"].mask(label)
    geometry = phantom.series["T2"].geometry
    tops = []
    area = body.sum((1, 2))
    for index in np.nonzero(area > 0.85 * area.max())[0]:
        columns = np.nonzero(body[index].any(0))[0]
        for column in columns[len(columns) // 4 : -len(columns) // 4]:
            tops.append(geometry.to_patient([index, int(np.argmax(body[index, :, column])), column]))
    x, y, z = np.array(tops).T
    slope = np.linalg.lstsq(np.column_stack([x, y, np.ones_like(x)]), z, rcond=None)[0]
    return float(np.degrees(np.arctan(-slope[0])))


@pytest.mark.parametrize("degrees", [0.0, 24.0])
def test_cobb_shows_in_the_mask(degrees: float) -> None:
    fine = {"rows": 230, "row_spacing_mm": 1.3, "columns": 70, "slices": 9, "slice_spacing_mm": 4.4}
    phantom = simulated(scanned(changed(CLEAN, cobb_degrees=degrees), **fine))
    tilts = [upper_tilt(phantom, k) for k in range(1, 6)]
    expected = [
        np.degrees(np.arctan2(n[0], n[2]))
        for n in (v.normal(v.upper) for v in (_spine(phantom.parameters)[k] for k in range(1, 6)))
    ]
    np.testing.assert_allclose(tilts, expected, atol=3.0)
    assert max(tilts) - min(tilts) == pytest.approx(max(expected) - min(expected), abs=3.0)


def _spine(parameters: PhantomParameters):  # type: ignore[no-untyped-def]  # noqa: ANN202
    from service.phantom.spine import build_spine

    return build_spine(parameters).vertebrae


def test_oblique_slices_show_the_same_patient() -> None:
    straight, oblique = simulated(CLEAN), simulated(scanned(CLEAN, yaw_degrees=8, roll_degrees=5))
    assert straight.measurements == oblique.measurements
    centers = []
    for phantom in (straight, oblique):
        body = phantom.truth["T2"].bodies & phantom.truth["T2"].mask(3)
        centers.append(phantom.series["T2"].geometry.to_patient(np.argwhere(body)).mean(0))
    np.testing.assert_allclose(centers[0], centers[1], atol=1.5)


def test_pixels_need_not_be_square() -> None:
    phantom = simulated(scanned(CLEAN, rows=96, row_spacing_mm=2.85, columns=120, column_spacing_mm=1.52))
    np.testing.assert_allclose(phantom.series["T1"].geometry.spacing, [9, 2.85, 1.52])
    volume = [
        (p.tissue == Tissue.BODY).sum() * p.series["T2"].geometry.voxel_volume for p in (phantom, simulated(CLEAN))
    ]
    assert volume[0] == pytest.approx(volume[1], rel=0.04)
