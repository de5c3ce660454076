"""Dice of the shipped segmenter on patients that took no part in training, by the whole path from series to named structures.

``python -m onnx_models.training.evaluate --data DIR [--card onnx_models/segmenter.md] [--pictures DIR]``; the table goes
between the card's marks. Intervals are 95 %, by bootstrap over patients.
"""

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from onnx_models.training import sources
from onnx_models.training.sources import Case, as_series
from service.anatomy.model import PARTIAL, SACRUM, Anatomy
from service.anatomy.segmenter import Segmenter
from service.errors import LumbarTriageError
from service.report.pictures import Subject, png
from service.report.pictures.overlay import overlay
from service.settings import Settings
from service.study.model import Series

MARKS = "<!-- held-out Dice: written by onnx_models/training/evaluate.py -->"
SCANNER_MARKS = "<!-- by scanner: written by onnx_models/training/evaluate.py -->"
SEQUENCES = {"t2space": "t2_SPACE", "spider_tse t2": "t2", "spider_tse t1": "t1"} | {
    f"spider {sequence}": sequence for sequence in ("t1", "t2", "t2_SPACE")
}
"""What series.csv calls the sequence of each source whose scanners it tells."""
NAMED, SACRAL = "levels named right", 6
"""A score of 0 or 1, and what backspine calls S1."""
Mask = NDArray[np.bool_]
Scores = dict[str, float]


@dataclass(frozen=True)
class Row:
    """One patient's Dice of one structure in one source."""

    source: str
    structure: str
    patient: int
    dice: float


def dice(a: Mask, b: Mask) -> float:
    """Dice overlap of two masks; two empty ones agree."""
    total = int(a.sum()) + int(b.sum())
    return 2 * int((a & b).sum()) / total if total else 1.0


def _vertebrae(anatomy: Anatomy) -> Mask:
    return np.asarray(
        (anatomy.labels > 0) & (anatomy.labels % PARTIAL <= 25) & (anatomy.labels < 126) & (anatomy.labels != PARTIAL)
    )


def _discs(anatomy: Anatomy) -> Mask:
    return np.asarray(anatomy.labels > 200)


def compare_space(case: Case, anatomy: Anatomy) -> Scores:
    """Dice of all vertebrae, all discs and the canal, and whether every disc bears the right name."""
    mask = sources.in_classes(case)
    return {
        "vertebra": dice(_vertebrae(anatomy), mask == 1),
        "disc": dice(_discs(anatomy), mask == 2),
        "canal": dice(anatomy.labels == PARTIAL, mask == 3),
        NAMED: float(_named_right(mask == 2, anatomy)),
    }


def _named_right(mask: Mask, anatomy: Anatomy) -> bool:
    """SPIDER counts discs from L5-S1 up, so the lowest labelled disc must be our 201, the next 202, and so on."""
    discs, heights = _pieces_from_below(mask)
    names = [int(np.bincount(anatomy.labels[discs == n]).argmax()) for n in heights]
    levels = [
        name for k, name in enumerate(names) if k == 0 or name != names[k - 1]
    ]  # a sequester is a piece of its own
    return levels == list(range(201, 201 + len(levels)))


def _pieces_from_below(mask: Mask) -> tuple[NDArray[np.int32], list[int]]:
    from scipy import ndimage

    pieces, count = ndimage.label(mask, np.ones((3, 3, 3)))
    sizes = np.bincount(pieces.ravel())
    kept = [n for n in range(1, count + 1) if sizes[n] > 0.2 * np.median(sizes[1:])]
    rows = {n: float(np.nonzero(pieces == n)[1].mean()) for n in kept}
    return pieces, sorted(kept, key=lambda n: -rows[n])


def compare_bodies(case: Case, anatomy: Anatomy) -> Scores:
    """Every labelled body against the vertebra that overlaps it most; what is labelled and not found counts 0."""
    ours = np.where(anatomy.bodies & _vertebrae(anatomy), anatomy.labels, 0)
    sacrum = SACRAL if case.source == "backspine" else 0
    found = []
    for number in (int(n) for n in np.unique(case.mask) if n not in (0, sacrum)):
        mask = case.mask == number
        inside = ours[mask & (ours > 0)]
        found.append(dice(ours == np.bincount(inside).argmax(), mask) if len(inside) else 0.0)
    scores = {"vertebral body": float(np.mean(found))}
    if (case.mask == sacrum).any() and sacrum:
        scores["S1"] = dice(anatomy.labels == SACRUM, case.mask == sacrum)
    return scores


def compare_named_bodies(case: Case, anatomy: Anatomy) -> Scores:
    """As ``compare_bodies``, of a source whose lowest body is L5, and whether every body bears the right name."""
    numbers = [int(n) for n in np.unique(case.mask) if n and not (case.source == "backspine" and n == SACRAL)]
    numbers.sort(key=lambda n: -float(np.nonzero(case.mask == n)[1].mean()))
    names = [int(np.bincount(anatomy.labels[case.mask == n] % PARTIAL).argmax()) for n in numbers]
    return compare_bodies(case, anatomy) | {NAMED: float(names == list(range(1, len(numbers) + 1)))}


def _vertebra_of_slice(case: Case, anatomy: Anatomy) -> Scores:
    return {"vertebra": dice(_vertebrae(anatomy), case.mask > 0)}


def _discs_of(case: Case, anatomy: Anatomy) -> Scores:
    return {"disc": dice(_discs(anatomy), case.mask > 0), NAMED: float(_named_right(case.mask > 0, anatomy))}


def _tse(data: Path) -> Iterator[Case]:
    for case in sources.read("tse", data, held=True):
        yield replace(case, source=f"spider_tse {case.series.split('-')[1]}")


def _spider(data: Path) -> Iterator[Case]:
    """SPIDER's own release, each of its sequences by itself."""
    for case in sources.read("spider", data, held=True):
        yield replace(case, source=f"spider {case.series.removeprefix('-')}")


def _outlined(name: str) -> Callable[[Path], Iterator[Case]]:
    """Of files that were resampled, the slices that were outlined: those between them hold the union of two outlines."""
    return lambda data: (
        replace(sources.drawn(case), source=f"{name}, slices as outlined")
        for case in sources.read(name, data, held=True)
    )


def _restored(data: Path) -> Iterator[Case]:
    for case in sources.read("vb2", data, held=True):
        yield replace(sources.restored(sources.drawn(case)), source="vb2, outlines restored")


def _held(name: str) -> Callable[[Path], Iterator[Case]]:
    return lambda data: sources.read(name, data, held=True)


SETS: list[tuple[Callable[[Path], Iterator[Case]], Callable[[Case, Anatomy], Scores]]] = [
    (_held("t2space"), compare_space),
    (_held("backspine"), compare_named_bodies),
    (_held("vb2"), compare_named_bodies),
    (_held("vb3"), compare_named_bodies),
    (_outlined("vb2"), compare_bodies),
    (_outlined("vb3"), compare_bodies),
    (_restored, compare_bodies),
    (sources.bodies_of("vb1"), compare_bodies),
    (sources.bodies_of("ivd"), _discs_of),
    (_tse, _vertebra_of_slice),
    (_spider, compare_space),
]


def anatomy_of(series: Series, segmenter: Segmenter) -> Anatomy:
    """The series, segmented; where it is refused, an empty anatomy, and the code of the refusal is printed."""
    try:
        return segmenter.segment(series)
    except LumbarTriageError as error:
        tqdm.write(f"{series.id}: {error.code}")
        shape = series.pixels.shape
        return Anatomy(series, np.zeros(shape, np.uint8), np.zeros(shape, bool), (), 0.0)


def evaluate(data: Path, segmenter: Segmenter, pictures: Path | None) -> list[Row]:
    """Segment every held-out case; a case that is refused scores 0 in everything.

    Raises:
        FileNotFoundError: the data folder holds no held-out case.
    """
    rows = []
    for read, compare in SETS:
        for case in tqdm(read(data), unit="case"):
            anatomy = anatomy_of(as_series(case), segmenter)
            rows += [Row(case.source, name, case.patient, value) for name, value in compare(case, anatomy).items()]
            if pictures and len({r.patient for r in rows if r.source == case.source}) < 4:
                pictures.mkdir(parents=True, exist_ok=True)
                (pictures / f"{case.source}-{case.patient}-{len(rows)}.png".replace(" ", "-")).write_bytes(
                    png(overlay(Subject(anatomy)))
                )
    if not rows:
        raise FileNotFoundError(f"no held-out patient is in {data}")
    return rows


def table(rows: list[Row]) -> str:
    """Markdown: mean over patients, bootstrap interval, worst patient."""
    lines = [
        "| held-out patients of | structure | mean Dice | 95 % interval | lowest | patients |",
        "|---|---|---|---|---|---|",
    ]
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.source, row.structure].append(row)
    lines += [f"| {source} | {structure} | {_spread(found)} |" for (source, structure), found in groups.items()]
    return "\n".join([*lines, ""])


def by_scanner(rows: list[Row], data: Path) -> str:
    """Markdown of the SPIDER patients alone: by sequence, vendor, field strength and sex, as series.csv tells them."""
    known = {(int(row["patient"]), row["sequence"]): row for row in sources.listed(data)}
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        series = known.get((row.patient, SEQUENCES.get(row.source, "")))
        if series is not None:
            vendor = f"{series['manufacturer'].split()[0].title()}, {series['field_strength_t']} T"
            for group in (vendor, {"F": "women", "M": "men"}.get(series["sex"], "sex unknown")):
                groups[row.source, group, row.structure].append(row)
    lines = ["| source | group | structure | mean Dice | 95 % interval | lowest | patients |", "|---" * 7 + "|"]
    lines += [f"| {' | '.join(group)} | {_spread(found)} |" for group, found in sorted(groups.items())]
    return "\n".join([*lines, ""])


def _spread(rows: list[Row]) -> str:
    """The cells for mean, interval, lowest and number; an interval over a single patient says nothing."""
    patients: dict[int, list[float]] = defaultdict(list)
    for row in rows:
        patients[row.patient].append(row.dice)
    means = np.array([np.mean(values) for values in patients.values()])
    drawn = np.random.default_rng(0).choice(means, (2000, len(means))).mean(1)
    low, high = np.percentile(drawn, (2.5, 97.5))
    interval = f"{low:.3f}–{high:.3f}" if len(means) > 1 else "–"
    return f"{means.mean():.3f} | {interval} | {means.min():.3f} | {len(means)}"


def into_card(card: Path, marks: str, text: str) -> None:
    """Put a table between the two marks of a model card; one without a row leaves what is there, and says so.

    Raises:
        ValueError: the card has not exactly two such marks.
    """
    before, _, after = card.read_text().split(marks)
    if set(text.rstrip().rpartition("\n")[2]) <= set("|-"):
        print(f"{card} keeps what is between {marks}: there is no row to put there")
        return
    card.write_text(f"{before}{marks}\n{text}{marks}{after}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--models", type=Path, default=None)
    parser.add_argument("--card", type=Path, help="model card to write the table into")
    parser.add_argument("--pictures", type=Path, help="folder outside the repository for overlays of real cases")
    options = parser.parse_args()
    settings = Settings()
    segmenter = Segmenter.load(options.models or settings.models, provider="cpu", threads=settings.threads)
    rows = evaluate(options.data, segmenter, options.pictures)
    for marks, text in ((MARKS, table(rows)), (SCANNER_MARKS, by_scanner(rows, options.data))):
        print(text)
        if options.card:
            into_card(options.card, marks, text)


if __name__ == "__main__":
    main()
