"""The prognostic-model slot: predictors without coefficients, and a site's own model through ONNX."""

import math
from pathlib import Path

import pytest
import yaml

from service.errors import ConfigurationError
from service.questionnaire import score
from service.triage import load_models, load_policy, recommend
from service.triage.model import Recommendation
from service.triage.prognosis_export import EMPTY, export, read
from tests.triage.cases import answers, normal_spine

POLICY = load_policy()
SITE = {
    "version": "site-1",
    "source": "made up for this test",
    "models": {
        "surgery_response": {"intercept": 1.5, "coefficients": {"disability": -0.04, "two_operations": -0.8}},
        "programme_response": {"intercept": None, "coefficients": {"disability": -0.06}},
    },
}


def exported(folder: Path) -> Path:
    source = folder / "site.yaml"
    source.write_text(yaml.safe_dump(SITE))
    written = export(read(source, POLICY), folder / "models")
    assert [path.name for path in written] == ["surgery_response.onnx"]
    return folder / "models"


def proposed_with(folder: Path | None, **changes: object) -> Recommendation:
    given = answers(**changes)
    return recommend(normal_spine(), score(given), given, POLICY, load_models(folder, POLICY))


def test_without_coefficients_there_are_predictors_and_no_probability() -> None:
    result = proposed_with(
        None, spine_operations=2, psychosocial=False, age_at_onset=19, age=60, pain_weeks=2080, work=None
    )
    assert len(result.prognosis) == 4
    assert all(one.status == "no_coefficients" and one.probability is None for one in result.prognosis)
    states = {one.name: one.state for one in result.prognosis[2].predictors}
    assert states == {
        "disability": "present",
        "two_operations": "present",
        "psychosocial": "absent",
        "onset": "present",
        "expectation": "unknown",
        "employment": "unknown",
    }


def test_the_coefficients_that_come_with_the_service_are_empty(tmp_path: Path) -> None:
    file = read(EMPTY, POLICY)
    assert set(file.models) == {shape.id for shape in POLICY.prognosis}
    assert export(file, tmp_path) == ()


@pytest.mark.slow
@pytest.mark.parametrize(("operations", "odds"), [(0, 1.5 - 0.04 * 40), (3, 1.5 - 0.04 * 40 - 0.8)])
def test_a_sites_model_gives_its_own_probability(tmp_path: Path, operations: int, odds: float) -> None:
    result = proposed_with(exported(tmp_path), spine_operations=operations)
    found = {one.model: one for one in result.prognosis}
    surgery = found["surgery_response"]
    assert (surgery.status, surgery.coefficients) == ("computed", "site-1")
    assert surgery.probability == pytest.approx(1 / (1 + math.exp(-odds)), abs=1e-5)
    assert found["programme_response"].status == "no_coefficients"


@pytest.mark.slow
def test_missing_inputs_give_no_probability_and_change_no_pathway(tmp_path: Path) -> None:
    folder = exported(tmp_path)
    result = proposed_with(folder, spine_operations=None)
    assert result.prognosis[0].status == "inputs_missing"
    assert proposed_with(folder, spine_operations=3).pathway == proposed_with(None, spine_operations=3).pathway


@pytest.mark.parametrize("name", ["surgery_response", "unheard_of"])
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.onnx").write_bytes(b"nonsense")
    with pytest.raises(ConfigurationError, match=name):
        load_models(tmp_path, POLICY)


@pytest.mark.slow
def test_a_model_that_the_policy_does_not_know_is_refused(tmp_path: Path) -> None:
    folder = exported(tmp_path)
    (folder / "surgery_response.onnx").rename(folder / "other.onnx")
    with pytest.raises(ConfigurationError, match="does not fit"):
        load_models(folder, POLICY)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("version: a\nsource: b\nmodels: {unheard: {coefficients: {}}}", "unheard"),
        ("version: a\nsource: b\nmodels: {surgery_response: {coefficients: {luck: 1}}}", "surgery_response"),
        ("version: a\nmodels: {}", "source"),
        ("[", "cannot be read"),
    ],
)
def test_a_broken_coefficient_file_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "coefficients.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=reason):
        read(path, POLICY)
