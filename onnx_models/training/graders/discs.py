"""Every graded disc as the service sees it: its picture, its signs, and what the radiologist wrote."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from onnx_models.training.graders.slices import FOLDER, LISTED, Names, segmented
from onnx_models.training.splits import held_out
from service.anatomy.model import Anatomy
from service.findings.disc_reading import as_picture, as_row
from service.findings.disc_signs import signs_of
from service.findings.disc_view import views_of

STUDIES: dict[str, tuple[str, ...]] = {
    "t2+t1": ("t2", "t1"),
    "t2+t1" + LISTED: ("t2" + LISTED, "t1" + LISTED),
    "space+t1": ("t2_SPACE", "t1"),
    "t2": ("t2",),
    "t1": ("t1",),
}
"""What each patient's slices are read as, the series to measure on first; a series that is missing is left out."""
COLUMNS = {
    "narrowing": "Disc narrowing",
    "bulging": "Disc bulging",
    "herniation": "Disc herniation",
    "upper": "UP endplate",
    "lower": "LOW endplate",
    "slip": "Spondylolisthesis",
}
Graded = dict[tuple[int, int], dict[str, int]]


@dataclass(frozen=True, eq=False)
class Discs:
    """n discs.

    Attributes:
        pictures: float16 (n, CHANNELS, SIZE, SIZE), signs: float32 (n, len(SIGNS)), as the service gives them to the model.
        labels: what the radiologist wrote, by name: (n,) integers.
        patient, level, study: (n,) whose, which (1 is L5-S1), and as which of ``STUDIES`` it was read.
    """

    pictures: NDArray[np.float16]
    signs: NDArray[np.float32]
    labels: dict[str, NDArray[np.int64]]
    patient: NDArray[np.int64]
    level: NDArray[np.int64]
    study: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.patient)

    def __getitem__(self, where: NDArray[np.generic]) -> "Discs":
        labels = {name: values[where] for name, values in self.labels.items()}
        others = (values[where] for values in (self.patient, self.level, self.study))
        return Discs(self.pictures[where], self.signs[where], labels, *others)


def read_gradings(data: Path) -> Graded:
    """What was written of each (patient, level); rows without a level are dropped."""
    graded: Graded = {}
    with (data / FOLDER / "gradings.csv").open() as file:
        for row in csv.DictReader(file):
            found = {name: int(row[column]) for name, column in COLUMNS.items()}
            found |= {"pfirrmann": int(row["Pfirrman grade"]), "modic": int(row["Modic"])}
            if int(row["IVD label"]) > 0:
                graded[int(row["Patient"]), int(row["IVD label"])] = found
    return graded


def read_discs(data: Path, models: Path, cache: Path, *, held: bool) -> tuple[Discs, list[str]]:
    """The graded discs of the patients that are held out, or of those that train, and what did not match."""
    graded, found, faults = read_gradings(data), [], []
    anatomies = segmented(data, models, cache)
    for patient in tqdm(sorted(anatomies), desc="discs", unit="patient"):
        if held_out("spider", patient) != held:
            continue
        wanted = {level for p, level in graded if p == patient}
        for study, shown in _studies(anatomies[patient]):
            seen = dict(_discs_of(shown))
            found += [(patient, level, study, *seen[level]) for level in sorted(wanted & set(seen))]
            faults += [f"{patient} {study} level {level} is graded and was not found" for level in wanted - set(seen)]
            faults += [f"{patient} {study} level {level} was found and is not graded" for level in set(seen) - wanted]
    return _table(found, graded), faults


def _studies(names: Names) -> Iterator[tuple[str, list[Anatomy]]]:
    for study, sequences in STUDIES.items():
        if sequences[0] in names:
            yield study, [names[sequence] for sequence in sequences if sequence in names]


def _discs_of(anatomies: Sequence[Anatomy]) -> Iterator[tuple[int, tuple[NDArray[np.float32], NDArray[np.float32]]]]:
    views = views_of(anatomies)
    for level, signs in signs_of(views).items():
        yield level, (as_picture(views[level]), as_row(signs))


def _table(found: list[tuple[int, int, str, NDArray[np.float32], NDArray[np.float32]]], graded: Graded) -> Discs:
    names = next(iter(graded.values()))
    return Discs(
        np.stack([row[3] for row in found]).astype(np.float16),
        np.stack([row[4] for row in found]),
        {name: np.array([graded[row[0], row[1]][name] for row in found]) for name in names},
        np.array([row[0] for row in found]),
        np.array([row[1] for row in found]),
        np.array([row[2] for row in found]),
    )
