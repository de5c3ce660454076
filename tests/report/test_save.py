import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813  its usual name

from service.pipeline import see
from service.report.save import clear, save
from tests.toys import ToySegmenter, block_files, block_labels, block_series, block_study


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    seen = see(block_study(), ToySegmenter())
    saved = save(seen.reading, seen.anatomies, tmp_path)
    assert sorted(saved.pictures) == sorted(tmp_path.glob("*.png"))
    assert [one.partition(": ")[0] for one in saved.missing] == ["cobb", "disc_maps"]
    return tmp_path


def test_what_is_written(folder: Path) -> None:
    names = sorted(path.name for path in folder.iterdir())
    assert names == [
        "canal_profile.png",
        "contact_sheet-series-T1-T1.png",
        "contact_sheet-series-T2-T2.png",
        "overlay-series-T1-T1.png",
        "overlay-series-T2-T2.png",
        "report.json",
        "segmentation-series-T1.nii.gz",
        "segmentation.nii.gz",
        "summary.png",
    ]
    assert json.loads((folder / "report.json").read_text())["schema_version"] == "1"


def test_the_segmentation_lies_where_the_image_does(folder: Path) -> None:
    series = block_series()
    written = sitk.ReadImage(str(folder / "segmentation.nii.gz"))
    for index in np.argwhere(block_labels(series) == 203)[::40]:
        point = written.TransformPhysicalPointToIndex(series.geometry.to_patient(index).tolist())
        assert written[point] == 203


def test_the_segmentation_takes_the_grid_of_the_files(tmp_path: Path) -> None:
    study = tmp_path / "study"
    study.mkdir()
    for name, content in block_files():
        (study / name).write_bytes(content)
    from service.study import read_study

    seen = see(read_study(study), ToySegmenter())
    save(seen.reading, seen.anatomies, tmp_path / "out", study)
    written = sitk.ReadImage(str(tmp_path / "out" / "segmentation.nii.gz"))
    assert written.GetSize() == (64, 64, 5)
    assert written.GetSpacing() == pytest.approx((2, 2, 4))


def test_what_an_earlier_report_left_goes_and_nothing_else(folder: Path) -> None:
    others = [folder / name for name in ("notes.txt", "segmentation-corrected.nii.gz", "overlay.png")]
    for path in others:
        path.touch()
    given = folder / "segmentation.nii.gz"
    clear(folder, keep=(given, None))
    assert sorted(folder.iterdir()) == sorted([*others, given])
    clear(folder)
    assert sorted(folder.iterdir()) == sorted(others)
    clear(folder / "not there")
