import json
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813  its usual name

from service import cli
from service.api.examples import ANSWERS
from service.phantom import Acquisition, PhantomParameters
from service.study.labels import write_labels
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


def image(path: Path, values: np.ndarray | None = None) -> Path:
    """The blocks, or other values on their grid, as an image file."""
    written = sitk.GetImageFromArray(block_series().pixels if values is None else values)
    written.SetSpacing((2.0, 2.0, 4.0))
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


def test_segment_says_first_what_the_reader_assumed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    source = tmp_path / "image.png"
    sitk.WriteImage(sitk.GetImageFromArray(block_series().pixels[2].astype(np.uint8)), str(source))
    assert run(monkeypatch, "segment", source, tmp_path / "labels.png") == 0
    assert capsys.readouterr().err.startswith("warning: pixel spacing not given: 1 mm assumed")
    assert run(monkeypatch, "segment", source, tmp_path / "labels.png", "--spacing", 4, 4) == 0
    assert "pixel spacing" not in capsys.readouterr().err


def test_a_given_segmentation_is_measured_without_the_model(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def no_model() -> None:
        raise AssertionError("the model was loaded")

    monkeypatch.setattr(cli, "_segmenter", no_model)
    source, mask = image(tmp_path / "1_t2.mha"), image(tmp_path / "mask.nii.gz", block_labels(block_series()))
    out = tmp_path / "out"
    assert run(monkeypatch, "analyze", source, "--segmentation", mask, "--out", out) == 0
    assert "a given segmentation was measured" in capsys.readouterr().out
    report = json.loads((out / "report.json").read_text())
    assert [model["name"] for model in report["run"]["models"]] == ["given segmentation"]
    assert report["study"]["series"][0]["weighting"] == "T2"
    assert any("given segmentation" in warning for warning in report["anatomy"][0]["warnings"])
    heights = {f["level"]: f["value"] for f in report["findings"] if f["feature"] == "disc_height" and f["value"]}
    assert heights["L4-L5"] == pytest.approx(4, abs=0.5)
    written = sitk.GetArrayFromImage(sitk.ReadImage(str(out / "segmentation.nii.gz")))
    assert np.array_equal(written, sitk.GetArrayFromImage(sitk.ReadImage(str(mask))))


def test_a_given_segmentation_of_a_dicom_study_is_mapped_onto_its_series(
    monkeypatch: pytest.MonkeyPatch, study: Path, tmp_path: Path
) -> None:
    series, mask, out = block_series(), tmp_path / "mask.mha", tmp_path / "out"
    write_labels(block_labels(series), series, None, mask)
    assert run(monkeypatch, "analyze", study, "--segmentation", mask, "--out", out) == 0
    report = json.loads((out / "report.json").read_text())
    assert len(report["anatomy"]) == 2
    assert {s["name"] for s in report["anatomy"][1]["structures"]} >= {"L5", "L4-L5", "spinal canal", "S1"}


def test_a_segmentation_of_something_else_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], study: Path, tmp_path: Path
) -> None:
    strange = image(tmp_path / "mask.nii.gz", np.full((5, 64, 64), 60, np.uint8))
    assert run(monkeypatch, "analyze", study, "--segmentation", strange, "--out", tmp_path / "out") == cli.WRONG_INPUT
    assert "unknown_labels" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("analyze", "nowhere", "--out", "out"), cli.WRONG_INPUT, "not_found"),
        (("analyze", "empty", "--out", "out"), cli.WRONG_INPUT, "empty_upload"),
        (("analyze", "study", "--answers", "wrong.json", "--out", "out"), cli.WRONG_INPUT, "invalid_answers"),
        (("analyze", "study", "--answers", "study", "--out", "out"), cli.WRONG_INPUT, "invalid_answers"),
        (("phantom", "out", "--set", "cobb_degrees=500"), cli.WRONG_INPUT, "cobb_degrees"),
        (("phantom", "out", "--set", "cobb_degrees"), 2, "KEY=VALUE"),
        (("phantom", "out", "--set", "L9-L9.height_mm=5"), 2, "L5-S1, L4-L5"),
        (("phantom", "out", "--set", "L4-L5.hight_mm=5"), cli.WRONG_INPUT, "hight_mm"),
        (("analyze", "study", "--answers", "none.json", "--out", "out"), cli.WRONG_INPUT, "No such file"),
        (("analyze", "study", "--answers", "broken.json", "--out", "out"), cli.WRONG_INPUT, "cannot be read as JSON"),
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
    Path("broken.json").write_text("{")
    Path("wrong.json").write_text('{"nrs_leg": 99}')
    assert run(monkeypatch, *arguments) == code
    printed = capsys.readouterr()
    assert said in printed.err
    assert "Traceback" not in printed.err


@pytest.mark.parametrize("name", ["FRAME_ANCESTORS", "THREADS", "POLICEY"])
def test_settings_that_cannot_be_used_stop_the_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.setenv(f"LUMBAR_TRIAGE_{name}", "0x")
    assert run(monkeypatch, "serve") == cli.NOT_READY
    printed = capsys.readouterr().err
    assert f"LUMBAR_TRIAGE_{name}" in printed
    assert printed.count("\n") == 1


def test_a_failed_analysis_leaves_no_earlier_report(
    monkeypatch: pytest.MonkeyPatch, study: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert run(monkeypatch, "analyze", study, "--out", out) == 0
    assert run(monkeypatch, "analyze", "nowhere", "--out", out) == cli.WRONG_INPUT
    assert not list(out.iterdir())


def test_the_demo_takes_a_half_written_study_for_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tiny = Acquisition(slices=3, rows=128, columns=64, row_spacing_mm=2, column_spacing_mm=2)
    monkeypatch.setattr(cli, "DEMO", PhantomParameters(acquisition=tiny))
    assert run(monkeypatch, "demo", "--out", tmp_path) == 0
    one = tmp_path / "study" / "T2_001.dcm"
    whole, kept = one.read_bytes(), one.stat().st_mtime_ns
    assert run(monkeypatch, "demo", "--out", tmp_path) == 0
    assert one.stat().st_mtime_ns == kept
    one.unlink()
    assert run(monkeypatch, "demo", "--out", tmp_path) == 0
    assert one.read_bytes() == whole


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
