"""The provisional thresholds as a network, and training on graded levels: split by patient, exported unchanged."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

from onnx_models.training import stenosis
from onnx_models.training.stenosis import COLUMNS, Table, classifier, cross_validated, exported, main, read_table, save
from onnx_models.training.stenosis_provisional import THRESHOLDS, latent, provisional
from service.anatomy.model import Anatomy
from service.anatomy.network import Network
from service.anatomy.segmenter import Segmenter
from service.findings.stenosis import MEASURES
from service.phantom import write_study
from service.study.model import Series
from tests.findings.test_stenosis import NARROWED
from tests.phantom.small import simulated

HEALTHY = np.array([14.0, 0.4, 1.0, 200.0, 1.0, 0.8, 1.0])
SEVERE = np.array([5.0, 0.14, 0.4, 45.0, 0.3, 0.1, 0.1])


def levels(patients: int, seed: int = 0) -> Table:
    """Levels between healthy and severe, graded by readers who scatter about how narrow they are."""
    rng = np.random.default_rng(seed)
    narrow = rng.random(5 * patients)
    measures = HEALTHY + narrow[:, None] * (SEVERE - HEALTHY) + rng.normal(0, 0.05, (len(narrow), 7)) * HEALTHY
    measures[rng.random(len(narrow)) < 0.2, 3:5] = np.nan
    grades = np.clip(np.rint(narrow * 3 + rng.normal(0, 0.25, len(narrow))), 0, 3).astype(np.intp)
    return Table(measures.astype(np.float32), grades, np.repeat([f"p{k}" for k in range(patients)], 5))


def write(table: Table, path: Path) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for measures, grade, patient in zip(table.measures, table.grades, table.patients, strict=True):
            writer.writerow([patient, "L4-L5", *("" if np.isnan(x) else x for x in measures), grade])
    return path


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stenosis, "_FOLDS", 3)
    monkeypatch.setattr(stenosis, "_DRAWS", 50)


def test_the_network_computes_what_the_thresholds_say(tmp_path: Path) -> None:
    save(provisional(), tmp_path, "0", "none")
    network = Network.load(tmp_path, "stenosis")
    rng = np.random.default_rng(1)
    measures = SEVERE + rng.random((50, 7)) * (HEALTHY - SEVERE)
    measures[rng.random(measures.shape) < 0.2] = np.nan
    measures[:, 0] = np.where(np.isnan(measures[:, 0]), 9.0, measures[:, 0])
    shares = network(measures.astype(np.float32))
    assert shares.sum(axis=1) == pytest.approx(1, abs=1e-5)
    for row, share in zip(measures, shares, strict=True):
        grade = latent(row)
        if abs(grade % 1 - 0.5) > 0.01:
            assert share.argmax() == round(grade)


def test_healthy_and_severe_by_the_thresholds() -> None:
    session = ort.InferenceSession(provisional().SerializeToString())
    shares = session.run(None, {"measures": np.stack([HEALTHY, SEVERE]).astype(np.float32)})[0]
    assert shares.argmax(axis=1).tolist() == [0, 3]


@pytest.mark.parametrize("name", THRESHOLDS)
def test_every_measure_counts_towards_the_grade(name: str) -> None:
    better, worse = (HEALTHY + SEVERE) / 2, (HEALTHY + SEVERE) / 2
    better[MEASURES.index(name)], worse[MEASURES.index(name)] = (x[MEASURES.index(name)] for x in (HEALTHY, SEVERE))
    assert latent(better) < latent(worse)


def test_every_threshold_has_a_provenance() -> None:
    assert all(t.provenance.startswith(("published: ", "illustrative: ")) for t in THRESHOLDS.values())


@pytest.mark.usefixtures("small")
def test_training_gives_a_model_that_the_service_loads(tmp_path: Path) -> None:
    card = tmp_path / "stenosis.md"
    card.write_text(f"before\n{stenosis.MARKS}\n{stenosis.MARKS}\nafter")
    table = write(levels(30), tmp_path / "levels.csv")
    main(["train", str(table), "--models", str(tmp_path), "--card", str(card)])
    network = Network.load(tmp_path, "stenosis")
    assert network.metadata["provenance"] == "site"
    assert 0.5 < float(network.metadata["confidence"]) <= 0.9
    assert network(np.stack([HEALTHY, SEVERE]).astype(np.float32)).argmax(axis=1).tolist() == [0, 3]
    assert "| weighted kappa" in card.read_text()


class Knowing:
    """A segmenter that knows the phantom."""

    def __init__(self, truth: Anatomy) -> None:
        self._truth = truth

    def segment_study(self, series: Sequence[Series]) -> tuple[Anatomy, ...]:
        return tuple(replace(self._truth, series=one) for one in series)


def test_the_table_to_be_graded_holds_every_level_of_a_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    phantom = simulated(NARROWED)
    write_study(phantom, tmp_path / "patient-1")
    monkeypatch.setattr(Segmenter, "load", lambda *_, **__: Knowing(phantom.truth["T2"]))
    main(["features", str(tmp_path / "patient-1"), "--out", str(tmp_path / "levels.csv")])
    with (tmp_path / "levels.csv").open() as file:
        rows = {row["level"]: row for row in csv.DictReader(file)}
    assert set(rows) >= {"L5-S1", "L4-L5", "L3-L4", "L2-L3", "L1-L2"}
    assert {(row["patient"], row["grade"]) for row in rows.values()} == {("patient-1", "")}
    assert float(rows["L4-L5"]["diameter_mm"]) < float(rows["L2-L3"]["diameter_mm"]) < 11


@pytest.mark.usefixtures("small")
def test_what_is_exported_is_what_was_trained() -> None:
    table = levels(20)
    model = classifier().fit(table.measures, table.grades)
    session = ort.InferenceSession(exported(model, cross_validated(table, model)).SerializeToString())
    shares = session.run(None, {session.get_inputs()[0].name: table.measures})[0]
    assert shares == pytest.approx(model.predict_proba(table.measures), abs=1e-5)


@pytest.mark.usefixtures("small")
def test_a_patient_who_is_recognised_helps_nothing() -> None:
    """Measures that tell the patient but not the grade: were a patient in two folds, kappa would be high."""
    rng = np.random.default_rng(3)
    own, grades = rng.normal(size=(40, 7)), rng.permutation(np.arange(40) % 4)
    table = Table(
        np.repeat(own, 5, axis=0).astype(np.float32), np.repeat(grades, 5), np.repeat(np.arange(40), 5).astype(str)
    )
    assert abs(cross_validated(table, classifier()).kappa) < 0.35


def test_a_table_that_cannot_be_trained_on_is_refused(tmp_path: Path) -> None:
    table = levels(10)
    path = write(Table(table.measures, table.grades + 3, table.patients), tmp_path / "wrong.csv")
    with pytest.raises(SystemExit, match="grades are 0, 1, 2 or 3"):
        read_table(path)
    path = write(Table(table.measures, table.grades * 0, table.patients), tmp_path / "one.csv")
    with pytest.raises(SystemExit, match="grade 1 is there for fewer than two patients"):
        read_table(path)
    (tmp_path / "other.csv").write_text("patient,level\n1,L4-L5\n")
    with pytest.raises(SystemExit, match="lacks the columns"):
        read_table(tmp_path / "other.csv")
