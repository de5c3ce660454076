from pathlib import Path

import pytest

from service.errors import UnreadableInputError
from service.phantom import write_study
from service.phantom.folder import holds, replaced
from tests.phantom.small import CLEAN, scanned, simulated

THREE = scanned(CLEAN, rows=56, columns=56, row_spacing_mm=5, column_spacing_mm=5, slices=3, weightings=("T2",))
TWO = scanned(CLEAN, rows=56, columns=56, row_spacing_mm=5, column_spacing_mm=5, slices=2, weightings=("T2",))


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "made" / "study"
    with replaced(folder) as new:
        write_study(simulated(THREE), new)
    assert [path.name for path in folder.parent.iterdir()] == ["study"]
    return folder


def test_a_smaller_phantom_leaves_no_slice_of_the_larger(study: Path) -> None:
    (study / "truth.json").touch()
    with replaced(study) as new:
        write_study(simulated(TWO), new)
    assert sorted(path.name for path in study.iterdir()) == ["T2_001.dcm", "T2_002.dcm"]
    assert holds(TWO, study)
    assert not holds(THREE, study)


def test_a_failure_leaves_what_was_there(study: Path) -> None:
    def interrupted() -> None:
        with replaced(study) as new:
            write_study(simulated(TWO), new)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert holds(THREE, study)
    assert [path.name for path in study.parent.iterdir()] == ["study"]


def test_a_slice_that_is_cut_short_is_not_a_whole_study(study: Path) -> None:
    one = study / "T2_002.dcm"
    one.write_bytes(one.read_bytes()[:-100])
    assert not holds(THREE, study)


@pytest.mark.parametrize("name", ["notes.txt", "other.dcm"])
def test_a_folder_of_something_else_is_refused(study: Path, name: str) -> None:
    (study / name).write_text("mine")
    with pytest.raises(UnreadableInputError, match="empty one") as caught, replaced(study):
        raise AssertionError("written")
    assert caught.value.code == "not_a_phantom"
    assert (study / name).read_text() == "mine"
