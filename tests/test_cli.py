import json
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813  its usual name

from service import cli
from service.api.examples import ANSWERS
from tests.toys import ToySegmenter, block_files, block_labels, block_series


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    folder.mkdir()
    for name, content in [*block_files("T2"), *block_files("T1")]:
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "_segmenter", ToySegmenter)
    monkeypatch.setattr(cli, "_graders", tuple)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """The exit code of a command line."""
    monkeypatch.setattr(sys, "argv", ["lumbar-triage", *map(str, arguments)])
    try:
        cli.main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_analyze_writes_the_report_and_prints_the_proposal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], study: Path, tmp_path: Path
) -> None:
    answers, out = tmp_path / "answers.json", tmp_path / "out"
    answers.write_text(json.dumps({**ANSWERS, "rf_saddle": True}))
    assert run(monkeypatch, "analyze", study, "--answers", answers, "--out", out) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("Proposal: urgent_review")
    assert str(out / "overlay-series-2-T2.png") in printed.out
    assert "segment …" in printed.err
    assert json.loads((out / "report.json").read_text())["recommendation"]["pathway"] == "urgent_review"


def test_analyze_without_answers_proposes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], study: Path, tmp_path: Path
) -> None:
    assert run(monkeypatch, "analyze", study, "--out", tmp_path / "out") == 0
    assert capsys.readouterr().out.startswith("Proposal: no_recommendation")


def image(path: Path) -> Path:
    series = block_series()
    written = sitk.GetImageFromArray(series.pixels)
    written.SetSpacing((4.0, 4.0, 4.0))
    written.SetDirection((0, 0, 1, 1, 0, 0, 0, -1, 0))
    sitk.WriteImage(written, str(path))
    return path


@pytest.mark.parametrize("suffix", [".nii.gz", ".mha"])
def test_segment_keeps_the_grid(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, suffix: str) -> None:
    source, out = image(tmp_path / f"image{suffix}"), tmp_path / "labels.nii.gz"
    assert run(monkeypatch, "segment", source, out) == 0
    given, written = sitk.ReadImage(str(source)), sitk.ReadImage(str(out))
    assert written.GetSize() == given.GetSize()
    assert written.GetSpacing() == pytest.approx(given.GetSpacing())
    assert written.GetDirection() == pytest.approx(given.GetDirection())
    assert np.array_equal(sitk.GetArrayFromImage(written), block_labels(block_series()))


def test_segment_bodies_leaves_the_posterior_elements_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source, out = image(tmp_path / "image.mha"), tmp_path / "labels.nii.gz"
    assert run(monkeypatch, "segment", source, out, "--bodies") == 0
    labels, whole = sitk.GetArrayFromImage(sitk.ReadImage(str(out))), block_labels(block_series())
    assert not labels[:, :, 40:46].any()
    assert np.array_equal(labels[:, :, :40], whole[:, :, :40])


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("analyze", "nowhere", "--out", "out"), cli.WRONG_INPUT, "not_found"),
        (("analyze", "empty", "--out", "out"), cli.WRONG_INPUT, "empty_upload"),
        (("analyze", "study", "--answers", "wrong.json", "--out", "out"), cli.WRONG_INPUT, "invalid_answers"),
        (("analyze", "study", "--answers", "study", "--out", "out"), cli.WRONG_INPUT, "invalid_answers"),
        (("phantom", "out", "--set", "cobb_degrees=500"), cli.WRONG_INPUT, "cobb_degrees"),
        (("phantom", "out", "--set", "cobb_degrees"), 2, "KEY=VALUE"),
        (("analyze",), 2, "Missing argument"),
    ],
)
def test_what_is_wrong_is_said_in_a_line_with_an_exit_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    study: Path,
    arguments: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(study.parent)
    Path("empty").mkdir()
    Path("wrong.json").write_text('{"nrs_leg": 99}')
    assert run(monkeypatch, *arguments) == code
    printed = capsys.readouterr()
    assert said in printed.err
    assert "Traceback" not in printed.err


def test_phantom_takes_changes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    changes = ["slices=2", "rows=56", "columns=56", "row_spacing_mm=5", "column_spacing_mm=5"]
    sets = [part for change in changes for part in ("--set", f"acquisition.{change}")]
    assert run(monkeypatch, "phantom", tmp_path, *sets, "--set", "L4-L5.height_mm=6", "--set", "cobb_degrees=9") == 0
    truth = json.loads((tmp_path / "truth.json").read_text())
    assert truth["parameters"]["levels"][1]["height_mm"] == 6
    heights = [f for f in truth["measurements"] if (f["feature"], f["level"]) == ("disc_height", "L4-L5")]
    assert heights[0]["value"] == pytest.approx(6, abs=0.5)
    assert sitk.ReadImage(str(tmp_path / "truth.nii.gz")).GetSize() == (56, 56, 2)
    assert len(list(tmp_path.rglob("*.dcm"))) == 4
