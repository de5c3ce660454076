"""The main job with nothing replaced: phantom, DICOM, the real model, measurements, proposal, files, HTTP."""

import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813  its usual name
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from service.api.examples import ANSWERS
from service.app import create_app
from service.cli import app
from service.report.model import Report
from service.settings import Settings

NIFTI = ("segmentation.nii.gz", "truth.nii.gz")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (Settings().models / "segmenter.onnx").exists(), reason="the model is missing: make models"),
]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    done = CliRunner().invoke(app, ["demo", "--out", str(folder)])
    assert done.exit_code == 0, done.output
    assert "Proposal: " in done.output
    assert str(folder / "overlay-series-1-T2.png") in done.output
    return folder


def truth(out: Path) -> dict[tuple[str, str | None], float]:
    measured = json.loads((out / "truth.json").read_text())["measurements"]
    return {(m["feature"], m["level"]): m["value"] for m in measured}


def report(out: Path) -> Report:
    return Report.model_validate_json((out / "report.json").read_text())


def test_the_levels_are_named_right(out: Path) -> None:
    segmented, known = (sitk.ReadImage(str(out / name)) for name in NIFTI)
    labels = sitk.GetArrayFromImage(segmented)
    true = sitk.GetArrayFromImage(sitk.Resample(known, segmented, interpolator=sitk.sitkNearestNeighbor))
    for label in (1, 2, 3, 4, 5, 201, 202, 203, 204, 205, 26):
        here, there = labels == label, true == label
        dice = 2 * np.count_nonzero(here & there) / (np.count_nonzero(here) + np.count_nonzero(there))
        assert dice > 0.5, f"label {label}: {dice:.2f}"


def test_the_curve_is_measured(out: Path) -> None:
    cobb = next(f for f in report(out).findings if f.feature == "cobb_angle")
    assert cobb.value == pytest.approx(truth(out)["cobb_angle", None], abs=2)


@pytest.mark.parametrize(
    ("feature", "limit_mm"), [("disc_height", 0.8), ("spondylolisthesis", 1.0), ("canal_ap_diameter", 1.0)]
)
def test_every_lumbar_level_is_measured_as_exactly_as_promised(out: Path, feature: str, limit_mm: float) -> None:
    true = truth(out)
    found = {f.level: f.value for f in report(out).findings if f.feature == feature and f.value is not None}
    errors = [abs(found[level] - true[feature, level]) for level in ("L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1")]
    assert np.mean(errors) < limit_mm


def test_the_slip_and_the_narrow_canal_are_seen_where_they_are(out: Path) -> None:
    found = {(f.feature, f.level): f for f in report(out).findings}
    slips = {level: f.value for (feature, level), f in found.items() if feature == "spondylolisthesis" and f.value}
    assert max(slips, key=lambda level: slips[level]) == "L4-L5"
    assert slips["L4-L5"] > 3
    assert found["spondylolisthesis", "L4-L5"].grade == "I"
    narrow = found["canal_ap_diameter", "L4-L5"].value
    assert narrow is not None
    assert narrow < 10


def test_http_says_the_same_as_the_command_line(out: Path) -> None:
    files = [("study", (path.name, path.read_bytes())) for path in sorted((out / "study").glob("*.dcm"))]
    with TestClient(create_app()) as client:
        assert client.get("/readyz").status_code == 200
        answer = client.post("/v1/triage", files=files, data={"answers": json.dumps(ANSWERS)})
    assert answer.status_code == 200, answer.text
    here, there = report(out), Report.model_validate(answer.json())
    assert here.recommendation == there.recommendation
    assert [f.feature for f in here.findings] == [f.feature for f in there.findings]
