import numpy as np
import pytest
from pydicom.dataset import Dataset

from service.study.frame import read_frames
from service.study.grouping import Part
from service.study.stacking import Stack, stacks

from .dicom import image, stack


def _stacks(*datasets: Dataset) -> list[Stack]:
    return stacks(Part(tuple(frame for d in datasets for frame in read_frames(d) or [])))


def _at(*depths: float, value: int | None = None, offset: float = 0) -> list[Dataset]:
    """Sagittal images at these x; each is filled with its own index, or with ``value``."""
    return [
        image(np.full((10, 10), k if value is None else value, np.uint16), (x, offset, 0)) for k, x in enumerate(depths)
    ]


def test_slices_are_ordered_by_position_whatever_their_numbers() -> None:
    images = [*reversed(stack(5)), image(np.full((10, 10), 9, np.uint16), (25, 0, 0))]
    for number, dataset in enumerate(images):
        dataset.InstanceNumber = number
    (one,) = _stacks(*images)
    assert one.pixels()[:, 0, 0].tolist() == [9, 4, 3, 2, 1, 0]  # the normal of these points to the right
    assert one.geometry.to_patient([0, 0, 0]).tolist() == [25, 0, 0]


def test_spacing_comes_from_positions_not_from_thickness() -> None:
    (one,) = _stacks(*stack(5, (5.5, 0, 0), SliceThickness=4, SpacingBetweenSlices=1))
    assert one.geometry.spacing.tolist() == [5.5, 20, 20]
    assert one.notes == ()


def test_pixels_that_are_not_square() -> None:
    (one,) = _stacks(*stack(3, spacing=(2, 3)))
    assert one.geometry.to_patient([0, 1, 0]).tolist() == [10, 0, -2]
    assert one.geometry.to_patient([0, 0, 1]).tolist() == [10, 3, 0]


def test_an_oblique_stack_lies_where_its_headers_say() -> None:
    a, b = np.cos(0.4), np.sin(0.4)
    row, column = np.array([b, a, 0]), np.array([0.0, 0, -1])
    normal = np.cross(row, column)
    images = [image(position=np.array([1, 2, 3]) + 4 * k * normal, orientation=(*row, *column)) for k in range(4)]  # type: ignore[arg-type]
    (one,) = _stacks(*images)
    np.testing.assert_allclose(one.geometry.to_patient([2, 0, 0]), [1, 2, 3] + 8 * normal)
    np.testing.assert_allclose(one.geometry.to_patient([0, 0, 1]), [1, 2, 3] + 20 * row)


def test_a_sheared_stack_keeps_its_shear() -> None:
    images = [image(position=(4 * k, 0, 2 * k)) for k in range(5)]
    (one,) = _stacks(*images)
    np.testing.assert_allclose(one.geometry.to_patient([4, 0, 0]), [0, 0, 0], atol=1e-9)
    np.testing.assert_allclose(one.geometry.to_patient([0, 0, 0]), [16, 0, 8], atol=1e-9)


def test_exact_duplicates_are_dropped_and_said() -> None:
    (one,) = _stacks(*stack(4), *stack(2))
    assert one.pixels()[:, 0, 0].tolist() == [3, 2, 1, 0]
    assert one.notes == ("2 duplicate images dropped",)


def test_different_images_at_one_place_become_stacks_of_their_own() -> None:
    again = [image(np.full((10, 10), 50 + k, np.uint16), (5 * k, 0, 0), AcquisitionNumber=2) for k in range(3)]
    first, second = _stacks(*again, *stack(3, AcquisitionNumber=1))
    assert first.pixels()[:, 0, 0].tolist() == [2, 1, 0]
    assert second.pixels()[:, 0, 0].tolist() == [52, 51, 50]
    assert "repeatedly" in first.notes[0]


def test_one_missing_slice_is_filled_in_and_said() -> None:
    (one,) = _stacks(*_at(0, 4, 8, 16, 20, 24, 28))
    assert one.geometry.shape == (8, 10, 10)
    assert one.geometry.spacing[0] == 4
    assert one.pixels()[:, 0, 0].tolist() == [6, 5, 4, 3, 2.5, 2, 1, 0]
    assert one.notes == ("1 missing slice filled in between neighbours",)


@pytest.mark.parametrize(
    ("depths", "sizes"),
    [
        ((0, 4, 8, 12, 40, 44, 48), [3, 4]),
        ((0, 4, 8, 12, 16, 17, 18, 19, 20, 21), [6, 4]),
        ((0, 30, 34, 38, 42), [4, 1]),
    ],
)
def test_gaps_and_changes_of_spacing_split(depths: tuple[float, ...], sizes: list[int]) -> None:
    found = _stacks(*_at(*depths))
    assert [one.geometry.shape[0] for one in found] == sizes
    assert all(note.startswith("one of 2 stacks of a series with gaps") for one in found for note in one.notes[:1])
    for one in found:  # every slice lies where its header said
        for k, value in enumerate(one.pixels()[:, 0, 0]):
            assert one.geometry.to_patient([k, 0, 0])[0] == pytest.approx(depths[int(value)])


def test_slightly_uneven_spacing_is_noted() -> None:
    (one,) = _stacks(*_at(0, 4, 8.5, 12, 16))
    assert one.notes == ("uneven slice spacing, 3.50 to 4.50 mm; the mean is used",)


def test_rounded_positions_are_even() -> None:
    (one,) = _stacks(*_at(0, 3.3, 6.7, 10, 13.3))
    assert one.notes == ()


def test_parallel_slabs_that_are_not_behind_one_another_are_told_apart() -> None:
    near, far = _stacks(*_at(0, 4, 8), *_at(12, 16, 20, offset=50))
    assert {near.geometry.shape[0], far.geometry.shape[0]} == {3}
    assert sorted(one.geometry.affine[1, 3] for one in (near, far)) == [0, 50]


def test_a_single_slice_is_as_thick_as_it_says() -> None:
    (one,) = _stacks(image(position=(7, 8, 9)))
    assert one.geometry.spacing.tolist() == [4, 20, 20]
    assert one.geometry.to_patient([0, 0, 0]).tolist() == [7, 8, 9]
    assert one.notes == ("a single slice; the slice spacing is its thickness",)


def test_two_slices_make_a_stack() -> None:
    (one,) = _stacks(*_at(0, 6))
    assert one.geometry.spacing[0] == 6


def test_lesser_parts_of_a_column_with_gaps_are_told_from_the_greater() -> None:
    halves = _stacks(*_at(*range(0, 30, 5), *range(40, 75, 5)))
    assert sorted((len(one.slices), one.incomplete) for one in halves) == [(6, True), (7, True)]
    most = _stacks(*_at(0, 5, 20, 25, 30, 35, 40, 45))
    assert sorted((len(one.slices), one.incomplete) for one in most)[-1] == (6, False)
    assert [one.incomplete for one in _stacks(*_at(0, 5, 10, 15, 20, 30, 40, 50, 60))][-1] is False
