"""Training of the grades of central canal stenosis, for a site that has graded levels.

A site measures its studies, writes the grades of its readers into the last column, and trains:

    python -m onnx_models.training.stenosis features STUDY … --out levels.csv
    python -m onnx_models.training.stenosis train levels.csv --card onnx_models/stenosis.md

The second command replaces the provisional model in the manifest, which ``provisional`` brings back.
"""

import argparse
import csv
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from skl2onnx import to_onnx
from skl2onnx.helpers.onnx_helper import select_model_inputs_outputs
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.metrics import cohen_kappa_score, roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline

from onnx_models.training.stenosis_provisional import OPSET, provisional
from service.anatomy.landmarks import find_landmarks
from service.anatomy.model import DISC, disc_name
from service.anatomy.segmenter import Segmenter
from service.findings.stenosis import GRADES, MEASURES, MODEL, PRESENT, measures_of
from service.settings import Settings
from service.study import read_study, select

MODELS = Path(__file__).parents[1]
MARKS = "<!-- stenosis: written by onnx_models/training/stenosis.py -->"
COLUMNS = ("patient", "level", *MEASURES, "grade")
_FOLDS = 10
_DRAWS = 500
_MOST_SURE = 0.9
"""However well a model does by cross-validation at its own site, its findings are no surer than this. Provenance: expert."""


@dataclass(frozen=True, eq=False)
class Table:
    """Graded levels: (n, 7) measures, (n,) grades 0 to 3, (n,) names of patients."""

    measures: NDArray[np.float32]
    grades: NDArray[np.intp]
    patients: NDArray[np.str_]


@dataclass(frozen=True)
class Performance:
    """Of grades predicted for patients who were left out: weighted kappa with its 95 % interval, and grades 2 and 3 against the rest."""

    kappa: float
    interval: tuple[float, float]
    auc: float
    sensitivity: float
    specificity: float
    levels: int
    patients: int


def read_table(path: Path) -> Table:
    """Read the graded levels; rows without a grade are left out.

    Raises:
        SystemExit: a column is missing, a grade is none of 0 to 3, or one of the four occurs for fewer than two patients.
    """
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    lacking = set(COLUMNS) - set(rows[0] if rows else ())
    if lacking:
        raise SystemExit(f"{path} lacks the columns {', '.join(sorted(lacking))}; 'features' writes such a table")
    graded = [row for row in rows if row["grade"].strip()]
    wrong = sorted({row["grade"] for row in graded} - set(GRADES))
    if wrong:
        raise SystemExit(f"{path}: grades are 0, 1, 2 or 3, not {', '.join(wrong)}")
    for grade in GRADES:
        if len({row["patient"] for row in graded if row["grade"] == grade}) < 2:
            raise SystemExit(
                f"{path}: grade {grade} is there for fewer than two patients, too few to train and to test on"
            )
    measures = [[float(row[name] or "nan") for name in MEASURES] for row in graded]
    grades, patients = ([row[name] for row in graded] for name in ("grade", "patient"))
    return Table(np.array(measures, np.float32), np.array(grades, np.intp), np.array(patients))


def classifier() -> Pipeline:
    """A random forest, as in Eur Radiol 2025;35:2298; a measure that is missing is taken for the usual one."""
    forest = RandomForestClassifier(200, min_samples_leaf=4, class_weight="balanced_subsample", random_state=0)
    return make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), forest)


def cross_validated(table: Table, model: Pipeline) -> Performance:
    """Predict every patient by a model that did not see that patient."""
    fewest = min(len(set(table.patients[table.grades == grade])) for grade in range(len(GRADES)))
    folds = StratifiedGroupKFold(min(_FOLDS, fewest), shuffle=True, random_state=0)
    shares = cross_val_predict(
        clone(model), table.measures, table.grades, groups=table.patients, cv=folds, method="predict_proba"
    )
    found, present = shares.argmax(axis=1), table.grades >= PRESENT
    return Performance(
        kappa=_kappa(table.grades, found),
        interval=_interval(table, found),
        auc=float(roc_auc_score(present, shares[:, PRESENT:].sum(axis=1))),
        sensitivity=float((found[present] >= PRESENT).mean()),
        specificity=float((found[~present] < PRESENT).mean()),
        levels=len(found),
        patients=len(set(table.patients)),
    )


def _kappa(true: NDArray[np.intp], found: NDArray[np.intp]) -> float:
    return float(cohen_kappa_score(true, found, weights="linear", labels=range(len(GRADES))))


def _interval(table: Table, found: NDArray[np.intp]) -> tuple[float, float]:
    """95 % interval of kappa: patients drawn with replacement, all levels of each together."""
    rng = np.random.default_rng(0)
    levels = [np.flatnonzero(table.patients == patient) for patient in np.unique(table.patients)]
    draws = []
    for _ in range(_DRAWS):
        chosen = np.concatenate([levels[k] for k in rng.integers(len(levels), size=len(levels))])
        draws.append(_kappa(table.grades[chosen], found[chosen]))
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return float(low), float(high)


def exported(model: Pipeline, told: Performance) -> onnx.ModelProto:
    """A fitted classifier as ONNX: (n, 7) measures to (n, 4) probabilities, with what it is worth in its metadata."""
    whole = to_onnx(
        model,
        np.zeros((1, len(MEASURES)), np.float32),
        options={id(model): {"zipmap": False}},
        target_opset={"": OPSET, "ai.onnx.ml": 3},
    )
    made = select_model_inputs_outputs(whole, "probabilities")
    onnx.helper.set_model_props(
        made,
        {
            "provenance": "site",
            "confidence": f"{min(max(told.kappa, 0.0), _MOST_SURE):.3f}",
            "method": f"random forest on measures of the canal, weighted kappa {told.kappa:.2f} on {told.patients} patients left out "
            "of its training in turn",
        },
    )
    return made


def save(model: onnx.ModelProto, models: Path, version: str, training_data: str) -> Path:
    """Write the model and its entry of the manifest."""
    path, manifest = models / f"{MODEL}.onnx", models / "manifest.json"
    path.write_bytes(model.SerializeToString())
    content = json.loads(manifest.read_text()) if manifest.exists() else {"models": {}}
    content["models"][MODEL] = {
        "file": path.name,
        "version": version,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "input": {"name": model.graph.input[0].name, "type": "float32", "shape": ["n", len(MEASURES)],
                  "measures": list(MEASURES), "preparation": "service/findings/stenosis.py"},
        "output": {"name": "probabilities", "type": "float32", "grades": list(GRADES)},
        "card": "stenosis.md",
        "training_data": training_data,
    }  # fmt: skip
    manifest.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    return path


def rows_of(study: Path, segmenter: Segmenter) -> list[dict[str, object]]:
    """One row for each disc level of a study whose canal was seen on T2, segmented as the service does; none without T2."""
    chosen = select(read_study(study)).chosen
    if chosen[0].weighting != "T2":
        return []
    anatomy = segmenter.segment_study(chosen)[0]
    found = measures_of(anatomy, find_landmarks(anatomy))
    return [
        {"patient": study.stem, "level": disc_name(DISC + number), **_known(measures)}
        for number, measures in found.items()
    ]


def _known(measures: NDArray[np.float32]) -> dict[str, float]:
    return {name: float(x) for name, x in zip(MEASURES, measures, strict=True) if np.isfinite(x)}


def write_features(studies: Iterable[Path], out: Path) -> None:
    """The table to be graded: the measures of every level of these studies; what is not known and the grades are left open."""
    settings = Settings()
    segmenter = Segmenter.load(settings.models, provider="cpu", threads=settings.threads)
    with out.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for study in studies:
            writer.writerows(rows_of(study, segmenter))


def as_table(told: Performance) -> str:
    """The performance as a Markdown table."""
    head = "| weighted kappa (95 % interval) | AUC, grade 2 or 3 | sensitivity | specificity | levels | patients |"
    kappa = f"{told.kappa:.2f} ({told.interval[0]:.2f}–{told.interval[1]:.2f})"
    figures = f"{told.auc:.3f} | {told.sensitivity:.3f} | {told.specificity:.3f} | {told.levels} | {told.patients}"
    return f"{head}\n|---|---|---|---|---|---|\n| {kappa} | {figures} |\n"


def train(table: Path, models: Path, version: str, card: Path | None) -> None:
    """Cross-validate, fit on everything, export, and write the figures between the marks of the card."""
    graded = read_table(table)
    told = cross_validated(graded, classifier())
    model = classifier().fit(graded.measures, graded.grades)
    print(
        save(
            exported(model, told),
            models,
            version,
            f"{told.levels} levels of {told.patients} patients, graded by the site",
        )
    )
    print(as_table(told))
    if card:
        before, _, after = card.read_text().split(MARKS)
        card.write_text(f"{before}{MARKS}\n{as_table(told)}{MARKS}{after}")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    measured = commands.add_parser("features", help="measure the levels of studies, to be graded")
    measured.add_argument(
        "studies", type=Path, nargs="+", help="one folder or ZIP for each patient, named after the patient"
    )
    measured.add_argument("--out", type=Path, default=Path("levels.csv"))
    trained = commands.add_parser("train", help="train on graded levels")
    trained.add_argument("table", type=Path)
    trained.add_argument("--card", type=Path)
    shipped = commands.add_parser("provisional", help="write the thresholds of the literature as the model")
    for command in (trained, shipped):
        command.add_argument("--models", type=Path, default=MODELS)
        command.add_argument("--version", default="0.1.0")
    options = parser.parse_args(arguments)
    if options.command == "features":
        write_features(options.studies, options.out)
    elif options.command == "train":
        train(options.table, options.models, options.version, options.card)
    else:
        print(save(provisional(), options.models, options.version, "none: thresholds of the literature"))


if __name__ == "__main__":
    main()
