import csv
import json
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from matplotlib.image import imread

from service import cli
from service.anatomy.model import Anatomy
from service.errors import LumbarTriageError, UnreadableInputError, UnsupportedStudyError
from service.evaluation.pairs import Pair, find_pairs
from service.evaluation.run import Convention, evaluate
from service.phantom import PhantomParameters
from service.study.image import read_image
from service.study.labels import write_labels
from service.study.model import Series
from tests.phantom.small import CLEAN, scanned, simulated
from tests.toys import ToySegmenter, block_anatomy, block_labels, block_series

TINY: PhantomParameters = scanned(CLEAN, rows=72, columns=48, row_spacing_mm=3.8, column_spacing_mm=3.2, slices=4)


@pytest.fixture
def blocks(tmp_path: Path) -> list[Pair]:
    """Two series of one patient and one of another, with their masks."""
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
    series = block_series()
    for name in ("1_t1", "1_t2", "2_t2"):
        put(series.pixels.astype(np.uint8), tmp_path / "images" / f"{name}.mha")
        put(block_labels(series), tmp_path / "masks" / f"{name}.mha")
    return find_pairs(tmp_path / "images", tmp_path / "masks")


def put(values: np.ndarray, path: Path) -> None:
    write_labels(values, block_series(), None, path)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["lumbar-triage", "evaluate", *map(str, arguments)])
    try:
        cli.main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_a_segmenter_that_is_right_is_found_right(blocks: list[Pair]) -> None:
    results = evaluate(blocks, segment=ToySegmenter().segment)
    assert [r.patient for r in results] == ["1", "1", "2"]
    assert {s.dice for r in results for s in r.scores} == {1.0}
    assert {s.confidence for s in results[0].scores if s.kind == "disc"} == {0.9}
    assert all(r.seconds is not None and r.seconds >= 0 for r in results)


def test_bodies_are_compared_with_bodies(blocks: list[Pair]) -> None:
    bodies = block_anatomy().without_posterior_elements()
    put(np.where(bodies < 20, bodies, 0), blocks[0].mask)
    (alone,) = evaluate(blocks[:1], Convention(bodies=True), ToySegmenter().segment)
    (whole,) = evaluate(blocks[:1], Convention(), ToySegmenter().segment)
    assert {s.dice for s in alone.scores} == {1.0}
    assert all(s.dice is not None and s.dice < 0.9 for s in whole.scores)


def test_given_predictions_are_cut_down_to_bodies_as_our_own_are(blocks: list[Pair]) -> None:
    labels, bodies = block_labels(block_series()), block_anatomy().without_posterior_elements()
    put(np.where(bodies < 20, bodies, 0), blocks[0].mask)
    given = replace(blocks[0], prediction=blocks[0].mask.with_name("given.mha"))
    put(labels, given.prediction)
    (result,) = evaluate([given], Convention(bodies=True))
    assert {s.dice for s in result.scores} == {1.0}
    put(np.where((labels > 0) & (labels < 20), labels, 0) | fused(labels), given.prediction)
    with pytest.raises(UnreadableInputError, match=r"given\.mha.*posterior elements") as caught:
        evaluate([given], Convention(bodies=True))
    assert caught.value.code == "posterior_elements"


def fused(labels: np.ndarray) -> np.ndarray:
    """Pedicles between the bodies of the blocks and what lies behind them, in every slice, and more behind."""
    bridges = np.zeros_like(labels)
    for columns in (slice(32, 40), slice(46, 50)):
        bridges[:, :, columns] = np.where(labels[:, :, 31:32] < 20, labels[:, :, 31:32], 0)
    return bridges


def test_a_refused_image_counts_as_missed_and_is_noted(blocks: list[Pair]) -> None:
    def refuse(series: Series) -> Anatomy:
        raise UnsupportedStudyError("Not a spine.", code="no_spine")

    (result,) = evaluate(blocks[:1], segment=refuse)
    assert {(s.status, s.dice) for s in result.scores} == {("missed", 0.0)}
    assert result.notes == ("refused (no_spine): all counted as missed",)


def test_what_the_reader_assumed_is_noted_before_the_warnings(blocks: list[Pair]) -> None:
    image, mask = blocks[0].image.with_name("3.png"), blocks[0].mask.with_name("3.png")
    for path, values in ((image, block_series().pixels), (mask, block_labels(block_series()))):
        sitk.WriteImage(sitk.GetImageFromArray(values[2].astype(np.uint8)), str(path))
    doubted = replace(block_anatomy(read_image(image)), warnings=("levels are in doubt",))
    (ours,) = evaluate([Pair("3", image, mask)], segment=lambda _: doubted)
    (given,) = evaluate([Pair("3", image, mask, mask)])
    assert given.notes[0] == "pixel spacing not given: 1 mm assumed, so lengths are not valid"
    assert ours.notes == (*given.notes, "levels are in doubt")


def test_a_pair_without_prediction_counts_as_missed(blocks: list[Pair]) -> None:
    (result,) = evaluate(blocks[:1])
    assert {s.dice for s in result.scores} == {0.0}
    assert "no prediction" in result.notes[0]


@pytest.mark.parametrize(
    ("values", "convention", "code"),
    [
        (np.zeros_like(block_labels(block_series())), Convention(), "empty_mask"),
        (np.full_like(block_labels(block_series()), 77), Convention(), "unknown_labels"),
        (block_labels(block_series()), Convention(semantic=True), "unknown_labels"),
        (block_labels(block_series())[1:], Convention(), "other_grid"),
    ],
)
def test_a_mask_that_says_nothing_or_something_else_is_refused(
    blocks: list[Pair], values: np.ndarray, convention: Convention, code: str
) -> None:
    image = sitk.GetImageFromArray(values)
    if code != "other_grid":
        image.CopyInformation(sitk.ReadImage(str(blocks[0].mask)))
    sitk.WriteImage(image, str(blocks[0].mask))
    with pytest.raises(LumbarTriageError, match=r"1_t1\.mha") as caught:
        evaluate(blocks[:1], convention)
    assert caught.value.code == code


def test_every_unusable_file_is_named_before_anything_is_segmented(blocks: list[Pair]) -> None:
    segmenter, labels = ToySegmenter(), block_labels(block_series())
    blocks[0].image.write_bytes(b"no image")
    put(np.full_like(labels, 150), blocks[2].mask)
    with pytest.raises(LumbarTriageError, match=r"1_t1\.mha(.|\n)*2_t2\.mha.*150") as caught:
        evaluate(blocks, segment=segmenter.segment)
    assert (segmenter.calls, caught.value.code) == (0, "damaged_image")


def test_a_mask_and_its_prediction_may_both_be_at_fault(blocks: list[Pair]) -> None:
    put(np.full_like(block_labels(block_series()), 150), blocks[0].mask)
    with pytest.raises(UnreadableInputError, match=r"Mask 1_t1\.mha.*150(.|\n)*Prediction 1_t1\.mha.*150"):
        evaluate([replace(blocks[0], prediction=blocks[0].mask)])


def classes_of_blocks() -> np.ndarray:
    labels = block_labels(block_series())
    return np.select([labels > 200, labels == 100, (labels > 0) & (labels < 26)], [2, 3, 1]).astype(np.uint8)


def lowest_three() -> np.ndarray:
    labels = block_labels(block_series())
    return np.where(labels < 4, labels, 0).astype(np.uint8)


@pytest.mark.parametrize("labels", [classes_of_blocks(), lowest_three()])
def test_labels_that_may_be_classes_or_vertebrae_are_refused(blocks: list[Pair], labels: np.ndarray) -> None:
    given = blocks[0].mask.with_name("given.mha")
    put(labels, given)
    for pair in (replace(blocks[0], mask=given), replace(blocks[0], prediction=given)):
        with pytest.raises(UnreadableInputError, match=r"given\.mha.*--instances.*--semantic") as caught:
            evaluate([pair])
        assert caught.value.code == "ambiguous_labels"


@pytest.mark.parametrize(
    ("mask", "prediction", "convention"),
    [
        (lowest_three(), lowest_three(), Convention(instances=True)),
        (classes_of_blocks(), classes_of_blocks(), Convention(semantic=True)),
        (classes_of_blocks(), block_labels(block_series()), Convention(semantic=True, instances=True)),
        (lowest_three() > 0, lowest_three(), Convention(semantic=True, instances=True)),
    ],
)
def test_a_named_convention_is_followed(
    blocks: list[Pair], mask: np.ndarray, prediction: np.ndarray, convention: Convention
) -> None:
    given = replace(blocks[0], prediction=blocks[0].mask.with_name("given.mha"))
    put(mask.astype(np.uint8), given.mask)
    put(prediction, given.prediction)
    (result,) = evaluate([given], convention)
    assert {s.dice for s in result.scores} == {1.0}


def test_masks_of_bodies_may_show_three(blocks: list[Pair]) -> None:
    bodies = block_anatomy().without_posterior_elements()
    put(np.where(bodies < 4, bodies, 0), blocks[0].mask)
    (result,) = evaluate(blocks[:1], Convention(bodies=True), ToySegmenter().segment)
    assert {s.dice for s in result.scores if s.counts} == {1.0}


@pytest.mark.parametrize(
    ("convention", "code"),
    [(Convention(semantic=True), "unknown_labels"), (Convention(semantic=True, bodies=True), "posterior_elements")],
)
def test_predictions_that_are_not_what_was_said_are_refused(
    blocks: list[Pair], convention: Convention, code: str
) -> None:
    given = replace(blocks[0], prediction=blocks[0].mask.with_name("given.mha"))
    put(classes_of_blocks(), given.mask)
    put(block_labels(block_series()), given.prediction)
    with pytest.raises(UnreadableInputError, match="--instances") as caught:
        evaluate([given], convention)
    assert caught.value.code == code


def test_a_phantom_s_truth_judged_by_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    anatomy = next(iter(simulated(TINY).truth.values()))
    write_labels(anatomy.series.pixels.astype(np.uint16), anatomy.series, None, tmp_path / "7_image.nii.gz")
    write_labels(anatomy.labels, anatomy.series, None, tmp_path / "7_mask.nii.gz")
    folders = [part for kind in ("images", "masks", "predictions") for part in (f"--{kind}", tmp_path)]
    assert run(monkeypatch, *folders, "--out", tmp_path / "out") == 0
    printed = capsys.readouterr()
    for kind in ("vertebra", "disc", "canal"):
        assert f"| {kind} | 1.000 | 1.000–1.000 | 1.000 (7) | 0.00 |" in printed.out
    assert "named right: 100.0% of images" in printed.out
    assert "evaluating" in printed.err
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (summary["all_levels_named_right"], summary["model"], summary["reliability"]) == (
        1.0,
        "given predictions",
        None,
    )
    assert not (tmp_path / "out" / "reliability.png").exists()


def test_our_own_segmenter_is_judged_with_its_confidence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], blocks: list[Pair], tmp_path: Path
) -> None:
    monkeypatch.setattr(cli, "_segmenter", ToySegmenter)
    out = tmp_path / "out"
    assert run(monkeypatch, "--images", tmp_path / "images", "--masks", tmp_path / "masks", "--out", out) == 0
    summary = json.loads((out / "summary.json").read_text())
    assert summary["reliability"]["expected_calibration_error"] == pytest.approx((11 * 0.1 + 0.2) / 12)
    assert summary["model"]["name"] == "toy"
    with (out / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3 * 12
    assert (rows[0]["image"], rows[0]["name"], rows[0]["dice"]) == ("1_t1", "L5", "1.0")
    printed = capsys.readouterr().out
    for name in ("dice.png", "reliability.png"):
        assert imread(BytesIO((out / name).read_bytes())).std() > 0.01
        assert str(out / name) in printed


def test_files_without_a_counterpart_are_printed_and_saved(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], blocks: list[Pair], tmp_path: Path
) -> None:
    monkeypatch.setattr(cli, "_segmenter", ToySegmenter)
    blocks[2].mask.rename(blocks[2].mask.with_name("2_T2.mha"))
    folders = ("--images", tmp_path / "images", "--masks", tmp_path / "masks", "--out", tmp_path / "out")
    assert run(monkeypatch, *folders) == 0
    told = ["2_t2.mha: an image without a mask", "2_T2.mha: a mask without an image"]
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["unmatched"] == told
    printed = capsys.readouterr().err
    assert all(f"left out: {file}" in printed for file in told)
    assert "patients, by the names of the files (1): 1" in printed


def test_classes_judge_a_prediction_with_instances(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], blocks: list[Pair], tmp_path: Path
) -> None:
    monkeypatch.setattr(cli, "_segmenter", ToySegmenter)
    for pair in blocks:
        put(classes_of_blocks(), pair.mask)
    folders = ("--images", tmp_path / "images", "--masks", tmp_path / "masks", "--out", tmp_path / "out")
    assert run(monkeypatch, *folders, "--semantic") == 0
    assert "| disc | 1.000 |" in capsys.readouterr().out


def test_wrong_input_is_a_line_and_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(monkeypatch, "--images", tmp_path, "--masks", tmp_path) == cli.WRONG_INPUT
    assert "no_pairs" in capsys.readouterr().err
