import time

import numpy as np
import pytest
from pydicom.dataset import Dataset

from service.errors import InputTooLargeError, LumbarTriageError, UnreadableInputError, UnsupportedStudyError
from service.study import Limits, Study, read_study

from .dicom import AXIAL, CORONAL, CT, SR, T1_TIMING, encoded, enhanced, image, stack, upload


def _read(*datasets: Dataset) -> Study:
    return read_study(upload(*datasets))


def _refusal(error: type[LumbarTriageError], *datasets: Dataset) -> str:
    with pytest.raises(error) as caught:
        _read(*datasets)
    assert not any(secret in caught.value.detail for secret in ("Doe", "1970", "1.2.3"))
    return caught.value.code


def _without(dataset: Dataset, *keywords: str) -> Dataset:
    for keyword in keywords:
        delattr(dataset, keyword)
    return dataset


@pytest.mark.parametrize("backwards", [False, True])
def test_a_sagittal_series_is_stored_from_right_to_left_head_to_feet_front_to_back(backwards: bool) -> None:
    images = stack(3, origin=(-5, -40, 90))
    images[0].PixelData = np.arange(100, dtype=np.uint16).tobytes()
    (series,) = _read(*(reversed(images) if backwards else images)).series
    assert series.plane == "sagittal"
    assert series.pixels.dtype == np.float32
    assert series.pixels[:, 0, 0].tolist() == [0, 1, 2]
    assert series.pixels[0, 3, 7] == 37
    assert series.geometry.to_patient([0, 3, 7]).tolist() == [-5, -40 + 140, 90 - 60]


def test_images_stored_feet_first_and_back_to_front_are_turned() -> None:
    pixels = np.arange(100, dtype=np.uint16).reshape(10, 10)
    (series,) = _read(image(pixels, orientation=(0, -1, 0, 0, 0, 1), position=(0, 180, 0))).series
    assert series.pixels[0, 0, 0] == 99
    assert series.geometry.to_patient([0, 9, 9]).tolist() == [0, 180, 0]


def test_other_planes_keep_their_own_order() -> None:
    images = stack(3, (0, 0, 5), orientation=AXIAL)
    (series,) = _read(*images).series
    assert series.plane == "axial"
    assert series.pixels[:, 0, 0].tolist() == [0, 1, 2]


def test_a_fine_coronal_volume_is_read_sagittally() -> None:
    images = [image(np.full((10, 10), k, np.uint16), (0, 4 * k, 0), CORONAL, (4, 4)) for k in range(10)]
    assert _read(*images).series[0].plane == "coronal"
    fine = [image(np.full((40, 40), k, np.uint16), (0, k, 0), CORONAL, (1, 1)) for k in range(40)]
    (series,) = _read(*fine).series
    assert series.plane == "sagittal"
    assert series.pixels[0, 0, :3].tolist() == [0, 1, 2]
    assert series.notes == ("acquired in coronal slices, and fine enough to be read sagittally",)


def test_classic_and_enhanced_images_make_the_same_series() -> None:
    (classic,), (multi,) = _read(*stack(4)).series, _read(enhanced(4)).series
    np.testing.assert_array_equal(classic.pixels, multi.pixels)
    np.testing.assert_allclose(classic.geometry.affine, multi.geometry.affine)
    assert (classic.weighting, classic.echo_time_ms) == (multi.weighting, multi.echo_time_ms) == ("T2", 100)


def test_a_localizer_inside_a_series_is_split_off() -> None:
    localizer = [image(position=(0, 0, -300), orientation=AXIAL), image(position=(0, 90, 0), orientation=CORONAL)]
    sagittal, *others = _read(*stack(5), *localizer).series
    assert sagittal.geometry.spacing[0] == 5
    assert sagittal.pixels.shape == (5, 10, 10)
    assert {series.plane for series in others} == {"axial", "coronal"}
    assert "mixes orientations" in sagittal.notes[0]


def test_series_and_echoes_are_told_apart_and_numbered() -> None:
    second = stack(3, SeriesInstanceUID="1.2.3.9", SeriesNumber=1, **T1_TIMING)
    echo = stack(3, EchoTime=20, SeriesNumber=2)
    study = _read(*stack(3, SeriesNumber=2), *echo, *second)
    assert [(series.id, series.weighting) for series in study.series] == [
        ("series-1", "T1"),
        ("series-2", "T2"),
        ("series-3", "unknown"),
    ]


def test_the_same_file_twice_is_dropped_and_said() -> None:
    images = stack(3)
    study = _read(*images, images[1])
    assert study.series[0].pixels.shape == (3, 10, 10)
    assert study.notes == ("1 duplicate image dropped",)


def test_two_images_with_one_identifier_are_refused() -> None:
    one, two = image(SOPInstanceUID="1.2.3.7"), image(np.ones((10, 10), np.uint16), SOPInstanceUID="1.2.3.7")
    assert _refusal(UnsupportedStudyError, one, two) == "conflicting_duplicates"
    two = image(position=(4, 0, 0), SOPInstanceUID="1.2.3.7")
    assert _refusal(UnsupportedStudyError, one, two) == "conflicting_duplicates"


def test_what_is_not_an_image_is_skipped_with_a_note() -> None:
    report = _without(image(SOPClassUID=SR, Modality="SR"), "PixelData")
    capture = image(SOPClassUID="1.2.840.10008.5.1.4.1.1.7", Modality="OT")
    files = [*upload(*stack(2), report, capture), ("README.txt", b"read me"), ("x.jpg", b"\xff\xd8\xff")]
    study = read_study(files)
    assert len(study.series) == 1
    assert study.notes == (
        "2 files that are not DICOM skipped",
        "1 image that is not MR, or a capture of a screen, skipped",
        "1 DICOM object that is not an image skipped",
    )


def test_series_without_geometry_are_left_out_with_a_note() -> None:
    capture = image(SeriesInstanceUID="1.2.3.9", ImagePositionPatient=None)
    study = _read(*stack(2), capture)
    assert len(study.series) == 1
    assert study.notes == ("1 series without geometry left out",)


def test_a_series_that_lost_some_of_its_geometry_is_refused() -> None:
    assert _refusal(UnsupportedStudyError, *stack(2), image(PixelSpacing=None)) == "missing_geometry"
    assert _refusal(UnsupportedStudyError, image(ImageOrientationPatient=None)) == "missing_geometry"


def test_the_latest_examination_is_read() -> None:
    earlier = stack(3, StudyInstanceUID="1.2.3.8", SeriesInstanceUID="1.2.3.9", StudyDate="20200101", **T1_TIMING)
    study = _read(*earlier, *stack(4, StudyDate="20240101"))
    assert [series.weighting for series in study.series] == ["T2"]
    assert study.notes == ("3 images of an earlier examination left out",)


def test_a_later_examination_of_another_region_does_not_hide_the_lumbar_one() -> None:
    later = {"StudyInstanceUID": "1.2.3.8", "SeriesInstanceUID": "1.2.3.9", "StudyDate": "20250101", **T1_TIMING}
    lumbar, earlier = stack(4, StudyDate="20240101"), {**later, "StudyInstanceUID": "1.2.3.7", "StudyDate": "20200101"}
    study = _read(*stack(3, BodyPartExamined="BRAIN", **later), *lumbar, *stack(2, **earlier))
    assert [series.weighting for series in study.series] == ["T2"]
    assert study.notes == (
        "2 images of an earlier examination left out",
        "3 images of an examination of another part of the body left out",
    )
    untold = _read(*stack(3, **later), *lumbar)
    assert [series.weighting for series in untold.series] == ["T1"]


def test_an_undated_lumbar_examination_is_not_left_out_for_a_dated_one_of_another_region() -> None:
    head = {"StudyInstanceUID": "1.2.3.8", "SeriesInstanceUID": "1.2.3.9", "StudyDate": "20250101", **T1_TIMING}
    study = _read(*stack(3, BodyPartExamined="HEAD", **head), *stack(4))
    assert [series.weighting for series in study.series] == ["T2"]
    assert study.notes == ("3 images of an examination of another part of the body left out",)


def test_two_studies_of_one_day_are_read_together() -> None:
    other = stack(3, StudyInstanceUID="1.2.3.8", SeriesInstanceUID="1.2.3.9", StudyDate="20240101", **T1_TIMING)
    assert len(_read(*other, *stack(3, StudyDate="20240101")).series) == 2


def test_series_in_different_frames_of_reference_are_noted() -> None:
    study = _read(*stack(3), *stack(3, SeriesInstanceUID="1.2.3.9", FrameOfReferenceUID="1.2.3.10"))
    assert study.notes[0].startswith("the series lie in 2 frames of reference")


def test_refusals() -> None:
    assert _refusal(UnreadableInputError) == "empty_upload"
    assert _refusal(UnsupportedStudyError, image(SOPClassUID=CT, Modality="CT")) == "wrong_modality"
    assert _refusal(UnsupportedStudyError, _without(image(SOPClassUID=SR), "PixelData")) == "no_images"
    assert _refusal(UnsupportedStudyError, _without(image(), "PixelData"), *stack(2)) == "missing_pixel_data"
    assert _refusal(UnsupportedStudyError, image(), image(PatientID="2")) == "two_patients"


def test_the_patient_of_a_report_counts_too() -> None:
    report = _without(image(SOPClassUID=SR, PatientName="Roe^Richard"), "PixelData")
    assert _refusal(UnsupportedStudyError, image(), report) == "two_patients"


@pytest.mark.parametrize("content", [b"hello", bytes(5000), b"%PDF-1.4"])
def test_what_is_not_dicom_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableInputError) as caught:
        read_study([("scan.dcm", content)])
    assert caught.value.code == "not_dicom"


def test_one_truncated_image_among_good_ones_refuses_the_upload() -> None:
    with pytest.raises(UnreadableInputError) as caught:
        read_study([*upload(*stack(3)), ("4.dcm", encoded(image())[:-60])])
    assert caught.value.code == "truncated_file"


def test_more_voxels_than_the_limit() -> None:
    with pytest.raises(InputTooLargeError):
        read_study(upload(*stack(3)), Limits(voxels=299))


def test_nothing_of_the_header_but_its_physics_is_kept() -> None:
    secret = {
        "SeriesDescription": "Doe lumbar T2",
        "StudyDate": "20240101",
        "Manufacturer": "Siemens",
        "StationName": "Doe",
    }
    study = _read(*stack(3, **secret), *stack(2, **secret))
    text = repr(study)
    assert not any(word in text for word in ("Doe", "2024", "1970", "1.2.3", "lumbar T2"))
    assert study.series[0].manufacturer == "Siemens"


def test_thirty_images_of_448_by_448_are_read_fast() -> None:
    pixels = np.random.default_rng(0).integers(0, 4000, (448, 448)).astype(np.uint16)
    files = upload(*(image(pixels, (4 * k, 0, 0), spacing=(0.6, 0.6)) for k in range(30)))
    read_study(files[:1])
    start = time.process_time()
    assert read_study(files).series[0].pixels.shape == (30, 448, 448)
    assert time.process_time() - start < 1
