from pathlib import Path

import pytest

from service.errors import UnreadableInputError
from service.evaluation.pairs import Pair, find_pairs, find_unmatched


def folder(path: Path, *names: str) -> Path:
    path.mkdir()
    for name in names:
        (path / name).touch()
    return path


def test_files_of_one_name_are_a_pair_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    images = folder(tmp_path / "images", "10_t1.mha", "2_t2.mha", "2_t1.mha", "3_t1.mha", "overview.csv")
    masks = folder(tmp_path / "masks", "2_t1.mha", "2_t2.nii.gz", "10_t1.mha", "9_t1.mha")
    pairs = find_pairs(images, masks, folder(tmp_path / "predictions", "2_t1.mha"))
    assert [(p.name, p.patient) for p in pairs] == [("2_t1", "2"), ("2_t2", "2"), ("10_t1", "10")]
    assert pairs[1].mask == masks / "2_t2.nii.gz"
    assert [p.prediction is None for p in pairs] == [False, True, True]


def test_images_and_masks_may_share_a_folder(tmp_path: Path) -> None:
    both = folder(tmp_path / "both", "005_image.nii.gz", "005_mask.nii.gz", "a_image.png", "a_mask.png")
    assert [(p.name, p.patient, p.image.name, p.mask.name) for p in find_pairs(both, both)] == [
        ("a", "a", "a_image.png", "a_mask.png"),
        ("005", "5", "005_image.nii.gz", "005_mask.nii.gz"),
    ]


@pytest.mark.parametrize(
    ("name", "patient"),
    [
        ("1_t2", "1"),
        ("1_t2_SPACE", "1"),
        ("001_t1", "1"),
        ("sub-01_t1", "sub-01"),
        ("sub-01_ses-2_T2w", "sub-01"),
        ("patient_01_t2", "patient_01"),
        ("case_007", "case_007"),
        ("vb2_007", "vb2_007"),
        ("P12_t2_SPACE", "P12"),
        ("a_t1", "a"),
        ("3fa8_t1", "3fa8"),
        ("_", "_"),
    ],
)
def test_series_of_one_patient_are_known_by_their_names(name: str, patient: str) -> None:
    assert Pair(name, Path(), Path()).patient == patient


def test_what_has_no_counterpart_is_named(tmp_path: Path) -> None:
    images = folder(tmp_path / "images", "1_t1.mha", "10_t2.mha", "2_t2.mha", "overview.csv")
    masks = folder(tmp_path / "masks", "1_t1.mha", "2_T2_mask.nii.gz")
    predictions = folder(tmp_path / "predictions", "1_t1.mha", "1_t3.mha")
    assert find_unmatched(images, masks, predictions) == (
        "2_t2.mha: an image without a mask",
        "10_t2.mha: an image without a mask",
        "2_T2_mask.nii.gz: a mask without an image",
        "1_t3.mha: a prediction without an image",
    )
    assert find_unmatched(images, images) == ()


def test_what_cannot_be_paired_is_refused(tmp_path: Path) -> None:
    one, two = folder(tmp_path / "one", "1.mha"), folder(tmp_path / "two", "2.mha")
    twice = folder(tmp_path / "twice", "1.mha", "1.nii")
    for folders, code in [
        ((one, two), "no_pairs"),
        ((one, one, two), "no_pairs"),
        ((one, tmp_path / "three"), "not_found"),
        ((one, twice), "ambiguous_name"),
    ]:
        with pytest.raises(UnreadableInputError) as caught:
            find_pairs(*folders)
        assert caught.value.code == code
