"""How far measurements on simulated spines are from their exact values: on the true masks, and through the whole path.

The whole path is: DICOM files written, read back, series chosen, segmented by the shipped network, measured. Phantoms with
these seeds took no part in training. ``python -m benchmarks.phantom_accuracy --cases 30 --out service/findings/README.md``
"""

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tqdm import tqdm

from service.anatomy.model import Anatomy
from service.anatomy.segmenter import Segmenter
from service.errors import LumbarTriageError
from service.findings.measure import measure
from service.findings.model import Finding
from service.phantom import Phantom, PhantomParameters, simulate, write_study
from service.settings import Settings
from service.study import read_study, select

BUDGET = {  # mean absolute errors that the project promises: on true masks, through the whole path
    "cobb_angle": (0.5, 2.0),
    "disc_height": (0.3, 0.8),
    "spondylolisthesis": (0.4, 1.0),
    "canal_ap_diameter": (0.4, 1.0),
}
WHERE_IT_MATTERS: dict[str, tuple[str, Callable[[float], bool]]] = {
    "canal_ap_diameter": ("narrower than 10 mm", lambda truth: truth < 10),
    "canal_area": ("smaller than 100 mm²", lambda truth: truth < 100),
    "spondylolisthesis": ("slipped by 3 mm or more", lambda truth: abs(truth) >= 3),
    "disc_bulging": ("bulging by 2 mm or more", lambda truth: truth >= 2),
}
"""The levels that a decision may rest on, which a mean over all levels would hide: they get a row of their own."""
LUMBAR_LEVELS = 5
MARKS = "<!-- phantom accuracy: written by benchmarks/phantom_accuracy.py -->"


@dataclass
class Tally:
    """Errors of one feature in one setting."""

    errors: list[float] = field(default_factory=list)
    relative: list[float] = field(default_factory=list)
    covered: list[bool] = field(default_factory=list)
    missed: int = 0

    def add(self, truth: Finding, measured: Finding | None) -> None:
        """Compare one measurement with its exact value."""
        if measured is None or measured.value is None or truth.value is None:
            self.missed += 1
            return
        self.errors.append(measured.value - truth.value)
        self.relative.append(abs(measured.value - truth.value) / max(abs(truth.value), 1e-6))
        if measured.interval:
            self.covered.append(measured.interval[0] <= truth.value <= measured.interval[1])


@dataclass
class Result:
    """What a run of phantoms gave."""

    on_masks: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    whole_path: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    named_right: int = 0
    missed: int = 0
    cases: int = 0
    faults: list[str] = field(default_factory=list)


def run(seeds: Iterable[int], segmenter: Segmenter) -> Result:
    """Measure the phantoms of these seeds both ways."""
    result = Result()
    for seed in seeds:
        phantom = simulate(PhantomParameters.random(seed))
        result.cases += 1
        _compare(phantom, measure((next(iter(phantom.truth.values())),)), result.on_masks)
        try:
            anatomies = through_dicom(phantom, segmenter)
        except LumbarTriageError as error:
            result.faults.append(f"seed {seed}: {error.code}: {error.detail}")
            continue
        _compare(phantom, measure(anatomies), result.whole_path)
        wrong, missed = _wrong_names(phantom, anatomies[0])
        result.named_right += not wrong
        result.missed += len(missed)
        result.faults += [f"seed {seed}: {text}" for text in (*wrong, *missed)]
    return result


def through_dicom(phantom: Phantom, segmenter: Segmenter) -> tuple[Anatomy, ...]:
    """The series of a phantom that the service would choose, written as DICOM, read back and segmented."""
    with tempfile.TemporaryDirectory() as folder:
        write_study(phantom, Path(folder))
        study = read_study(Path(folder))
    return segmenter.segment_study(select(study).chosen)


def _compare(phantom: Phantom, findings: tuple[Finding, ...], tallies: dict[str, Tally]) -> None:
    measured = {(f.feature, f.level, f.side): f for f in findings}
    for truth in phantom.measurements:
        if truth.value is None:
            continue
        found = measured.get((truth.feature, truth.level, truth.side))
        tallies[truth.feature].add(truth, found)
        words, matters = WHERE_IT_MATTERS.get(truth.feature, ("", None))
        if matters and matters(truth.value):
            tallies[f"{truth.feature}, {words}"].add(truth, found)


def _wrong_names(phantom: Phantom, seen: Anatomy) -> tuple[list[str], list[str]]:
    """Whole structures of the true mask that carry another's label, or none though lumbar; and thoracic ones not found."""
    truth = next(iter(phantom.truth.values()))
    wrong, missed = [], []
    for structure in truth.structures:
        if structure.kind not in ("vertebra", "disc") or structure.partial:
            continue
        mask = truth.mask(structure.label) & (truth.bodies if structure.kind == "vertebra" else True)
        inside = seen.labels[mask]
        likeliest = int(np.bincount(inside).argmax()) if len(inside) else 0
        thoracic = structure.label % 100 > LUMBAR_LEVELS
        if likeliest == 0 and thoracic:
            missed.append(f"{structure.name} was not found")
        elif likeliest == 0 or likeliest % 100 != structure.label % 100:
            wrong.append(f"{structure.name} was labelled {likeliest}, not {structure.label}")
    return wrong, missed


def table(result: Result) -> str:
    """The errors as a Markdown table."""
    lines = [
        f"{result.cases} random phantoms; every level named right in {result.named_right} of them, every lumbar one found in those; "
        f"{result.missed} thoracic structures at the edge of the image were not found.",
        "",
        "| feature | true masks: mean absolute error (bias) | whole path: mean absolute error (bias) | 95th percentile | "
        "in its 95 % interval | not assessed | n |",
        "|---|---|---|---|---|---|---|",
    ]
    units = {
        "cobb_angle": "°",
        "lumbar_lordosis": "°",
        "canal_area": " mm²",
        "canal_csf": "",
        "muscle_fat_infiltration": "",
    }
    for key, tally in sorted(result.whole_path.items()):
        feature, _, words = key.partition(", ")
        unit = units.get(feature, " mm")
        ours, exact = np.array(tally.errors), np.array(result.on_masks[key].errors)
        if not len(ours) or not len(exact):
            continue
        relative = f", {100 * np.mean(tally.relative):.0f} %" if feature == "canal_area" else ""
        covered = f"{100 * np.mean(tally.covered):.0f} %" if tally.covered else "–"
        lines.append(
            f"| `{feature}`{', ' * bool(words)}{words} | {np.abs(exact).mean():.2f}{unit} ({exact.mean():+.2f}) | "
            f"{np.abs(ours).mean():.2f}{unit}{relative} ({ours.mean():+.2f}) | {np.percentile(np.abs(ours), 95):.2f} | "
            f"{covered} | {tally.missed} | {len(ours)} |"
        )
    return "\n".join([*lines, ""])


def broken(result: Result) -> list[str]:
    """Which promises this run did not keep."""
    out = (
        [] if result.named_right == result.cases else [f"levels named right in {result.named_right} of {result.cases}"]
    )
    for feature, (on_masks, whole) in BUDGET.items():
        for tally, limit, where in (
            (result.on_masks, on_masks, "true masks"),
            (result.whole_path, whole, "whole path"),
        ):
            error = float(np.abs(tally[feature].errors).mean())
            if not error <= limit:
                out.append(f"{feature} on {where}: {error:.2f}, promised {limit}")
    return out


def main() -> int:
    """Print the table, write it between its marks in a file, and say by the exit code whether every promise was kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=30)
    parser.add_argument("--first-seed", type=int, default=100)
    parser.add_argument("--out", type=Path, help="a file with a pair of marks, between which the table is written")
    options = parser.parse_args()
    settings = Settings()
    segmenter = Segmenter.load(settings.models, provider="cpu", threads=settings.threads)
    seeds = range(options.first_seed, options.first_seed + options.cases)
    result = run(tqdm(seeds, unit="phantom"), segmenter)
    text = table(result)
    print(text)
    print(json.dumps({"faults": result.faults, "broken": broken(result)}, indent=1))
    if options.out:
        before, _, after = options.out.read_text().split(MARKS)
        options.out.write_text(f"{before}{MARKS}\n{text}{MARKS}{after}")
    return bool(broken(result))


if __name__ == "__main__":
    raise SystemExit(main())
