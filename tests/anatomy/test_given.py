from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from service.anatomy.given import CONFIDENCE, GIVEN, SPLIT, SPLIT_CONFIDENCE, GivenSegmentation, onto
from service.anatomy.landmarks import find_landmarks
from service.errors import LumbarTriageError
from service.findings.disc_height import measure_disc_height
from service.study.geometry import Geometry
from service.study.labels import write_labels
from service.study.model import Series
from tests.anatomy.stack import GAP, Built, Stack, build


@pytest.fixture(scope="module")
def built() -> Built:
    return build(Stack(slices=11))


def given(labels: np.ndarray, series: Series, folder: Path, suffix: str = ".nii.gz") -> GivenSegmentation:
    """The labels, written to a file and read again."""
    path = folder / f"mask{suffix}"
    write_labels(labels.astype(np.uint8), series, None, path)
    return GivenSegmentation.read(path)


@pytest.mark.parametrize("suffix", [".nii.gz", ".mha", ".nrrd"])
def test_a_given_mask_becomes_the_anatomy(built: Built, tmp_path: Path, suffix: str) -> None:
    anatomy = given(built.labels, built.series, tmp_path, suffix).segment(built.series)
    assert np.array_equal(anatomy.labels, built.labels)
    assert [s.name for s in anatomy.of("vertebra")][:2] == ["L5", "L4"]
    assert anatomy.given
    assert GIVEN in anatomy.warnings
    assert 0 < anatomy.numbering_confidence <= 0.9


def test_the_record_names_the_file_by_its_bytes_and_no_model(built: Built, tmp_path: Path) -> None:
    read = given(built.labels, built.series, tmp_path)
    assert (read.record.name, read.record.runtime) == ("given segmentation", "none")
    assert len(read.record.sha256) == 64
    assert "mask" not in repr(read.record)


def test_bodies_alone_stay_whole_and_measure_right(built: Built, tmp_path: Path) -> None:
    bodies = np.where(built.anatomy().bodies, built.labels, 0)
    anatomy = given(bodies, built.series, tmp_path).segment(built.series)
    assert np.array_equal(anatomy.bodies, bodies > 0)
    assert {s.confidence for s in anatomy.structures} == {CONFIDENCE["vertebra"]}
    assert SPLIT not in anatomy.warnings
    heights = [f.value for f in measure_disc_height(anatomy, find_landmarks(anatomy)) if f.value is not None]
    assert len(heights) == 5
    assert heights == pytest.approx([GAP] * 5, abs=0.6)


def test_whole_vertebrae_are_less_sure(built: Built, tmp_path: Path) -> None:
    anatomy = given(built.labels, built.series, tmp_path).segment(built.series)
    assert SPLIT in anatomy.warnings
    assert {s.confidence for s in anatomy.of("vertebra")} == {SPLIT_CONFIDENCE}


def test_labels_follow_the_patient_not_the_grid(built: Built) -> None:
    affine = built.series.geometry.affine.copy()
    affine[:3, 1] /= 2
    affine[:3, 3] += affine[:3, 0]
    target = Geometry(affine, (built.series.geometry.shape[0] - 1, *built.series.geometry.shape[1:]))
    moved = onto(built.labels, built.series.geometry, target)
    rows = (np.arange(target.shape[1]) / 2).round().astype(int)
    assert np.array_equal(moved[:, ::2], built.labels[1:, rows[::2]])


def test_a_vertebra_at_the_edge_is_partial(built: Built, tmp_path: Path) -> None:
    top = int(np.argwhere(built.labels == 6)[:, 1].min()) + 8
    affine = built.series.geometry.affine.copy()
    affine[:3, 3] = built.series.geometry.to_patient([0, top, 0])
    labels = built.labels[:, top:]
    series = replace(built.series, pixels=built.series.pixels[:, top:], geometry=Geometry(affine, labels.shape))
    anatomy = given(labels, series, tmp_path).segment(series)
    assert [s.label for s in anatomy.structures if s.partial] == [106]
    assert np.array_equal(anatomy.labels == 106, labels == 6)


def test_what_is_missing_from_the_mask_lowers_the_confidence_in_its_numbers(built: Built, tmp_path: Path) -> None:
    whole = given(built.labels, built.series, tmp_path).segment(built.series)
    without = given(np.where(built.labels == 26, 0, built.labels), built.series, tmp_path).segment(built.series)
    gap = given(np.where(built.labels == 3, 0, built.labels), built.series, tmp_path).segment(built.series)
    assert without.numbering_confidence < whole.numbering_confidence
    assert gap.numbering_confidence < whole.numbering_confidence
    assert any("missing" in warning for warning in gap.warnings)


def test_a_mask_that_covers_more_than_the_series_is_said(built: Built, tmp_path: Path) -> None:
    affine = built.series.geometry.affine.copy()
    affine[:3, 3] = built.series.geometry.to_patient([3, 0, 0])
    part = replace(
        built.series, pixels=built.series.pixels[3:8], geometry=Geometry(affine, (5, *built.labels.shape[1:]))
    )
    anatomy = given(built.labels, built.series, tmp_path).segment(part)
    assert any("lies outside series-1" in warning for warning in anatomy.warnings)
    assert np.array_equal(anatomy.labels, built.labels[3:8])


def far(series: Series) -> Series:
    affine = series.geometry.affine.copy()
    affine[0, 3] += 500
    return replace(series, geometry=Geometry(affine, series.geometry.shape))


def upside_down(labels: np.ndarray) -> np.ndarray:
    return np.where((labels > 0) & (labels < 26), 7 - labels.astype(int), 0)


def test_what_cannot_be_measured_is_refused_with_what_to_do(built: Built, tmp_path: Path) -> None:
    cases = {
        "no_overlap": lambda: given(built.labels, far(built.series), tmp_path).segment(built.series),
        "unknown_labels": lambda: given(built.labels * 0 + 77, built.series, tmp_path),
        "empty_mask": lambda: given(built.labels * 0, built.series, tmp_path),
        "labels_out_of_order": lambda: given(upside_down(built.labels), built.series, tmp_path),
    }
    for code, attempt in cases.items():
        with pytest.raises(LumbarTriageError) as caught:
            attempt()
        assert caught.value.code == code
