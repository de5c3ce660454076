import numpy as np
import pytest

from service.study.frame import read_frames

from .dicom import enhanced, image


def test_a_classic_image_has_one_frame_where_its_header_says() -> None:
    (frame,) = read_frames(image(position=(1, 2, 3), spacing=(0.5, 0.7))) or []
    assert frame.plane.position.tolist() == [1, 2, 3]
    assert frame.plane.row.tolist() == [0, 1, 0]
    assert frame.plane.column.tolist() == [0, 0, -1]
    assert frame.plane.normal.tolist() == [-1, 0, 0]
    assert frame.plane.spacing == (0.5, 0.7)
    assert (frame.shape, frame.thickness) == ((10, 10), 4)


def test_an_enhanced_image_has_a_frame_for_each_position() -> None:
    frames = read_frames(enhanced(3)) or []
    assert [frame.plane.position[0] for frame in frames] == [10, 5, 0]
    assert [frame.pixels()[0, 0] for frame in frames] == [2, 1, 0]
    assert frames[0].thickness == 4


@pytest.mark.parametrize(
    "broken",
    [
        {"ImagePositionPatient": None},
        {"ImageOrientationPatient": None},
        {"PixelSpacing": None},
        {"PixelSpacing": [0, 1]},
        {"PixelSpacing": [1e-5, 1e-5]},
        {"ImagePositionPatient": [1e30, 0, 0]},
        {"ImagePositionPatient": [0, 0]},
        {"ImageOrientationPatient": [0, 0, 0, 0, 0, 0]},
        {"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]},
        {"NumberOfFrames": 2},
    ],
)
def test_an_image_that_does_not_say_where_it_lies(broken: dict[str, object]) -> None:
    assert read_frames(image(**broken)) is None


def test_an_enhanced_image_with_a_frame_that_is_nowhere() -> None:
    dataset = enhanced(3)
    del dataset.PerFrameFunctionalGroupsSequence[1].PlanePositionSequence
    assert read_frames(dataset) is None


@pytest.mark.parametrize("thickness", [0, -4, 1e-6])
def test_an_impossible_thickness_counts_as_missing(thickness: float) -> None:
    assert (read_frames(image(SliceThickness=thickness)) or [])[0].thickness is None


def test_rounded_orientations_are_made_orthonormal() -> None:
    (frame,) = read_frames(image(orientation=(0.001, 1, 0, 0, 0.002, -0.999))) or []
    assert np.linalg.norm(frame.plane.row) == pytest.approx(1)
    assert frame.plane.row @ frame.plane.column == pytest.approx(0, abs=1e-12)
