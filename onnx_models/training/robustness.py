"""Dice of the held-out patients again, under other contrast, noise, resolution, slice thickness, obliquity and storage.

``python -m onnx_models.training.robustness --data DIR [--card onnx_models/segmenter.md]``; the table goes between the card's marks.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from onnx_models.training import sources
from onnx_models.training.conditions import CONDITIONS, Condition
from onnx_models.training.evaluate import anatomy_of, compare_bodies, compare_space, into_card
from onnx_models.training.sources import Case
from service.anatomy.segmenter import Segmenter
from service.settings import Settings

MARKS = "<!-- robustness: written by onnx_models/training/robustness.py -->"
COLUMNS = {
    ("t2space", "vertebra"): "T2 SPACE: vertebra",
    ("t2space", "disc"): "disc",
    ("t2space", "canal"): "canal",
    ("t2space", "levels named right"): "levels right",
    ("backspine", "vertebral body"): "backspine: body",
    ("backspine", "S1"): "S1",
    ("wide", "vertebral body"): "vb2, vb3: body",
    ("spider", "vertebra"): "SPIDER: vertebra",
    ("spider", "disc"): "disc",
    ("spider", "canal"): "canal",
    ("spider", "levels named right"): "levels right",
}
"""Those of SPIDER's own release only where it is there."""
Means = dict[tuple[str, str], float]


def score(condition: Condition, case: Case, segmenter: Segmenter) -> dict[tuple[str, str], float]:
    """The scores of one case under one condition, by the columns of the table; the seed is the patient's number."""
    changed, series = condition.change(case, np.random.default_rng(case.patient))
    anatomy = anatomy_of(series, segmenter)
    if case.source in sources.IN_CLASSES:
        return {(case.source, name): value for name, value in compare_space(changed, anatomy).items()}
    group = "backspine" if case.source == "backspine" else "wide"
    return {(group, name): value for name, value in compare_bodies(changed, anatomy).items()}


def means(cases: Iterable[Case], segmenter: Segmenter) -> list[tuple[str, Means]]:
    """By the name of every condition that has cases, the mean over them of each column."""
    found: dict[str, dict[tuple[str, str], list[float]]] = {c.name: defaultdict(list) for c in CONDITIONS}
    for case in tqdm(cases, unit="case"):
        for condition in (c for c in CONDITIONS if case.source in c.sources):
            for column, value in score(condition, case, segmenter).items():
                found[condition.name][column].append(value)
    return [(name, {column: float(np.mean(v)) for column, v in of.items()}) for name, of in found.items() if of]


def table(rows: Sequence[tuple[str, Means]]) -> str:
    """Markdown: the first row is what the others are compared with; what they cost stands in brackets."""
    usual = rows[0][1]
    columns = [c for c in COLUMNS if c[0] != "spider" or any(c in found for _, found in rows)]
    lines = [f"| condition | {' | '.join(COLUMNS[c] for c in columns)} |", "|---" * (len(columns) + 1) + "|"]
    for k, (name, found) in enumerate(rows):
        cells = [_cell(found.get(column), usual.get(column) if k else None) for column in columns]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _cell(value: float | None, usual: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if usual is None else f"{value:.3f} ({value - usual:+.3f})"


def held_cases(data: Path) -> Iterator[Case]:
    """The held-out patients of the sources that the conditions are tried on."""
    names = sorted({name for condition in CONDITIONS for name in condition.sources})
    return (case for name in names for case in sources.read(name, data, held=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--models", type=Path, default=None)
    parser.add_argument("--card", type=Path, help="model card to write the table into")
    options = parser.parse_args()
    settings = Settings()
    segmenter = Segmenter.load(options.models or settings.models, provider="cpu", threads=settings.threads)
    rows = means(held_cases(options.data), segmenter)
    if not rows:
        raise FileNotFoundError(f"no held-out patient is in {options.data}")
    text = table(rows)
    print(text)
    if options.card:
        into_card(options.card, MARKS, text)


if __name__ == "__main__":
    main()
