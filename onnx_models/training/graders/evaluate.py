"""The shipped disc grader on patients who took no part in training, by the service's own path from series to findings.

``python -m onnx_models.training.graders.evaluate --data DIR [--card onnx_models/graders.md] [--plot docs/graders.png]``; the tables go
between the card's marks. Intervals are 95 %, by bootstrap over patients.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from onnx_models.training.export import MODELS
from onnx_models.training.graders import metrics
from onnx_models.training.graders.discs import Graded, read_gradings
from onnx_models.training.graders.export import NAME
from onnx_models.training.graders.slices import LISTED, Names, segmented
from onnx_models.training.splits import held_out
from service.anatomy.landmarks import find_landmarks
from service.anatomy.model import DISC, disc_name
from service.anatomy.network import Network
from service.findings.disc_grader import grade_discs
from service.findings.model import Finding

MARKS = "<!-- held-out grades: written by onnx_models/training/graders/evaluate.py -->"
READ = {
    "T2 and T1": ("t2", "t1"),
    "T2 and T1" + LISTED: ("t2" + LISTED, "t1" + LISTED),
    "T2 alone": ("t2",),
    "T1 alone": ("t1",),
    "T2 SPACE and T1": ("t2_SPACE", "t1"),
}
"""The series that a patient is read on; the first must be there."""
EXACT = "of exact probabilities"
"""The column of the calibration error that so few discs would show even then."""
FEATURES = {
    "disc_narrowing": "narrowing",
    "disc_bulging": "bulging",
    "disc_herniation": "herniation",
    "endplate_defect": "endplate",
    "modic_type": "modic",
    "spondylolisthesis": "slip",
}


@dataclass(frozen=True)
class Row:
    """One finding of one disc beside what the radiologist wrote."""

    patient: int
    finding: Finding
    wrote: dict[str, int]


def read_patient(patient: int, names: Names, network: Network, graded: Graded) -> Iterator[tuple[str, Row]]:
    """Every graded disc of a patient, on every set of series that he has."""
    for read, sequences in READ.items():
        if sequences[0] not in names:
            continue
        anatomies = [names[sequence] for sequence in sequences if sequence in names]
        levels = {disc_name(DISC + level): wrote for (p, level), wrote in graded.items() if p == patient}
        for finding in grade_discs(network, anatomies, find_landmarks(anatomies[0])):
            if finding.level in levels:
                yield read, Row(patient, finding, levels[finding.level])


def truth_of(row: Row, name: str) -> int:
    """1 if the radiologist wrote that it is there; Modic change of type 2."""
    if name == "endplate":
        return int(row.wrote["upper"] or row.wrote["lower"])
    return int(row.wrote[name] == 2) if name == "modic" else row.wrote[name]


def probability_of(finding: Finding) -> float:
    """Of the finding; of Modic type 2 also where another type is called."""
    return float(finding.details.get("probability_2", finding.probability or 0.0))


def binary_line(rows: list[Row], feature: str) -> tuple[str, NDArray[np.int64], NDArray[np.float64]]:
    """A line of the table; truth and probability of the discs that were assessed."""
    own = [row for row in rows if row.finding.feature == feature]
    seen = [row for row in own if row.finding.status == "assessed"]
    truth = np.array([truth_of(row, FEATURES[feature]) for row in seen], np.int64)
    said = np.array([probability_of(row.finding) for row in seen])
    patient = np.array([row.patient for row in seen])
    shown = (metrics.auc, metrics.auprc, metrics.sensitivity, metrics.precision, metrics.calibration_error)
    cells = [str(metrics.estimate(measure, truth, said, patient)) for measure in shown] if seen else ["–"] * 5
    cells.append(f"{metrics.error_of_exact(said):.3f}" if seen else "–")
    name = f"`{feature}`" + (" type 2" if feature == "modic_type" else "")
    return f"| {name} | {' | '.join(cells)} | {truth.sum()} of {len(seen)} | {len(own) - len(seen)} |", truth, said


def grade_line(rows: list[Row]) -> str:
    """Pfirrmann: agreement with the radiologist."""
    own = [row for row in rows if row.finding.feature == "pfirrmann_grade"]
    seen = [row for row in own if row.finding.status == "assessed"]
    if not seen:
        return f"`pfirrmann_grade`: not assessable at {len(own)} discs."
    truth = np.array([row.wrote["pfirrmann"] for row in seen])
    grade = np.array([float(row.finding.grade or 0) for row in seen])
    patient = np.array([row.patient for row in seen])
    kappa = metrics.estimate(metrics.kappa, truth, grade, patient)
    exact, near = float((truth == grade).mean()), float((abs(truth - grade) <= 1).mean())
    return (
        f"`pfirrmann_grade`: quadratic kappa {kappa}, the same grade in {exact:.0%}, within one grade in {near:.0%} of "
        f"{len(seen)} discs; {len(own) - len(seen)} not assessable."
    )


def modic_lines(rows: list[Row]) -> str:
    """The types that are called, against those that were written."""
    own = [r for r in rows if r.finding.feature == "modic_type" and r.finding.grade is not None]
    pairs = Counter((row.wrote["modic"], str(row.finding.grade)) for row in own)
    lines = ["| Modic type written | called 0 | 1 | 2 | 3 |", "|---|---|---|---|---|"]
    lines += [f"| {wrote} | {' | '.join(str(pairs[wrote, called]) for called in '0123')} |" for wrote in range(4)]
    return "\n".join(lines)


def tables(rows: dict[str, list[Row]], plot: Path | None) -> str:
    """Markdown of everything; the reliability curves of the first set of series go into ``plot``."""
    parts, curves = [], {}
    for read, own in rows.items():
        patients = len({row.patient for row in own})
        parts += [f"\n**Read on {read}**, {patients} patients. {grade_line(own)}\n"]
        parts += [
            f"| finding | AUC | AUPRC | sensitivity | precision | calibration error | {EXACT} | present | not assessable |"
        ]
        parts += ["|---|---|---|---|---|---|---|---|---|"]
        for feature in FEATURES:
            line, truth, said = binary_line(own, feature)
            parts.append(line)
            if read == next(iter(rows)):
                curves[feature] = metrics.reliability(truth, said)
    parts += ["", modic_lines(rows[next(iter(rows))]), "", curve_table(curves)]
    if plot:
        draw(curves, plot)
    return "\n".join([*parts, ""])


def curve_table(curves: dict[str, list[tuple[float, float, float]]]) -> str:
    """The reliability curves in numbers."""
    lines = ["| finding | mean probability → share that is there (share of discs), bin by bin |", "|---|---|"]
    for feature, bins in curves.items():
        cells = ", ".join(f"{said:.2f} → {seen:.2f} ({share:.0%})" for said, seen, share in bins)
        lines.append(f"| `{feature}` | {cells} |")
    return "\n".join(lines)


def draw(curves: dict[str, list[tuple[float, float, float]]], path: Path) -> None:
    """Reliability curves, one panel for each finding; the size of a dot is the share of discs."""
    figure, panels = plt.subplots(1, len(curves), figsize=(2.6 * len(curves), 3), sharey=True, layout="constrained")
    for panel, (feature, bins) in zip(np.atleast_1d(panels), curves.items(), strict=True):
        said, seen, share = np.array(bins).T
        panel.plot([0, 1], [0, 1], color="0.7", lw=1)
        panel.plot(said, seen, color="C0", lw=1)
        panel.scatter(said, seen, 300 * share, color="C0")
        panel.set(title=feature, xlabel="probability", xlim=(0, 1), ylim=(0, 1), aspect="equal")
    np.atleast_1d(panels)[0].set_ylabel("share that is there")
    figure.savefig(path, dpi=90)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--run", type=Path, default=Path("runs/graders"), help="folder that keeps segmentations")
    parser.add_argument("--card", type=Path, help="model card to write the tables into")
    parser.add_argument("--plot", type=Path, help="file for the reliability curves")
    options = parser.parse_args()
    network, graded = Network.load(options.models, NAME, threads=1), read_gradings(options.data)
    rows: dict[str, list[Row]] = {read: [] for read in READ}
    patients = [(p, names) for p, names in segmented(options.data, options.models, options.run).items()]
    for patient, names in tqdm(patients, unit="patient"):
        if held_out("spider", patient):
            for read, row in read_patient(patient, names, network, graded):
                rows[read].append(row)
    text = tables(rows, options.plot)
    print(text)
    if options.card:
        before, _, after = options.card.read_text().split(MARKS)
        options.card.write_text(f"{before}{MARKS}\n{text}{MARKS}{after}")


if __name__ == "__main__":
    main()
