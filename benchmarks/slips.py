"""How far vertebrae stand forwards and backwards on each other, and what a radiologist called a slip, on SPIDER's patients who trained.

The middle T2 slice of each, by the shipped outlines. ``python -m benchmarks.slips --data DIR --run runs/graders``; nothing is written.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from onnx_models.training.graders.discs import read_gradings
from onnx_models.training.graders.slices import segmented
from onnx_models.training.splits import held_out
from service.anatomy.landmarks import find_landmarks
from service.findings.listhesis import PRESENT_MM, measure_listhesis, slip_of
from service.settings import Settings


@dataclass(frozen=True)
class Step:
    """One disc level of one patient: how far forwards the upper vertebra stands in mm, none if not measured, whether that was called a slip, and its
    Meyerding grade."""

    level: str
    slip: float | None
    called: bool
    grade: str = "0"


def steps(data: Path, run: Path, models: Path) -> Iterator[Step]:
    """Every level of the patients who trained that was graded and shown."""
    graded = read_gradings(data)
    for patient, names in segmented(data, models, run).items():
        if held_out("spider", patient) or "t2" not in names:
            continue
        landmarks = find_landmarks(names["t2"])
        found = {finding.level: finding for finding in measure_listhesis(names["t2"], landmarks)}
        for level in landmarks.levels:
            if (patient, level.number) in graded:
                slip = slip_of(level.upper, level.lower) if level.upper and level.lower else None
                grade = found[level.name].grade or "0"
                yield Step(level.name, slip, bool(graded[patient, level.number]["slip"]), grade)


def summary(found: list[Step]) -> str:
    """A line for each level, then how many stand ``PRESENT_MM`` or more forwards and backwards, and were called so."""
    lines = []
    for level in dict.fromkeys(step.level for step in found):
        slips = [step.slip for step in found if step.level == level]
        seen = [slip for slip in slips if slip is not None]
        middle = f"{np.median(seen):+.1f} mm" if seen else "–"
        lines.append(f"{level}: measured in {len(seen)} of {len(slips)}, median {middle}")
    measured = [(step.slip, step.called) for step in found if step.slip is not None]
    for words, sign in (("forwards", 1), ("backwards", -1)):
        stand = [called for slip, called in measured if sign * slip >= PRESENT_MM]
        lines.append(
            f"{PRESENT_MM:g} mm or more {words}: {len(stand)} of {len(measured)} ({len(stand) / max(len(measured), 1):.1%}), "
            f"{sum(stand)} called a slip ({sum(stand) / max(len(stand), 1):.0%})"
        )
    far = [step.called for step in found if step.slip is not None and step.slip < 0 and step.grade not in ("0", "I")]
    lines.append(f"backwards of grade II or more: {len(far)}, {sum(far)} called a slip")
    less = sum(abs(slip) < PRESENT_MM for slip, called in measured if called)
    lines.append(
        f"of {sum(called for _, called in measured)} called a slip {less} stand less than {PRESENT_MM:g} mm apart"
    )
    return "\n".join(lines)


def main() -> None:
    """Print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--run", type=Path, default=Path("runs/graders"), help="where segmented slices are kept")
    options = parser.parse_args()
    print(summary(list(steps(options.data, options.run, Settings().models))))


if __name__ == "__main__":
    main()
