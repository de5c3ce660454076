"""Subjects to draw, and what a picture of them shows."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from service.anatomy.model import CANAL, DISC, SACRUM, Anatomy
from service.findings.measure import measure
from service.findings.model import Finding
from service.report.pictures.subject import Subject
from tests.anatomy.stack import Stack, build
from tests.toys import block_anatomy

CURVED = Stack(vertebrae=4, rows=220, columns=130, slices=13, coronal=(0, 5, 10, 4), slip=(0, 6))
SPARSE = Stack(vertebrae=3, rows=180, columns=130)


@lru_cache
def curved() -> Subject:
    """A stack with a curve and a slip, its pixels a ramp, measured."""
    return measured(CURVED)


@lru_cache
def measured(stack: Stack) -> Subject:
    """A stack of boxes that shows its labels, with the findings on it."""
    anatomy = build(stack).anatomy()
    anatomy.series.pixels[...] = 20 * np.sqrt(anatomy.labels) + np.arange(anatomy.labels.shape[2])
    return Subject(anatomy, measure([anatomy]))


def blocks(*findings: Finding) -> Subject:
    """The spine of blocks with these findings."""
    return Subject(block_anatomy(), findings)


def without(subject: Subject, *labels: int) -> Subject:
    """The same, as if these labels had never been segmented, measured anew."""
    anatomy = subject.anatomy
    gone = np.isin(anatomy.labels, labels)
    structures = tuple(s for s in anatomy.structures if s.label not in labels)
    kept = replace(anatomy, labels=np.where(gone, 0, anatomy.labels).astype(np.uint8), bodies=anatomy.bodies & ~gone, structures=structures)  # fmt: skip
    return Subject(kept, measure([kept]), subject.lang)


def nothing() -> Subject:
    """A series in which nothing was found."""
    full = block_anatomy()
    empty = Anatomy(full.series, np.zeros_like(full.labels), np.zeros_like(full.bodies), (), 0.0)
    return Subject(empty, measure([empty]))


POOR = (
    "one slice",
    "four slices",
    "no canal",
    "no discs",
    "no sacrum",
    "discs alone",
    "one vertebra",
    "nothing",
)
"""What a study may lack."""


@lru_cache
def poor(case: str) -> Subject:
    """Such a study."""
    if case in ("one slice", "four slices"):
        return measured(replace(SPARSE, slices=1 if case == "one slice" else 4))
    if case == "nothing":
        return nothing()
    whole = measured(replace(SPARSE, slices=11))
    discs = [s.label for s in whole.anatomy.of("disc")]
    bones = [s.label for s in whole.anatomy.of("vertebra")]
    lacking = {
        "no canal": [CANAL],
        "no discs": discs,
        "no sacrum": [SACRUM, DISC + 1],
        "discs alone": [*bones, SACRUM],
        "one vertebra": [*bones[1:], *discs, SACRUM, CANAL],
    }
    return without(whole, *lacking[case])


def pixels(figure: Figure) -> np.ndarray:
    """(rows, columns, 3) from 0 to 1."""
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3] / 255


def has_colour(image: np.ndarray, colour: str, least: int = 15) -> bool:
    """Whether a picture holds pixels of exactly this colour."""
    return int((np.abs(image - to_rgb(colour)).max(axis=2) < 0.02).sum()) >= least


def texts(figure: Figure) -> list[str]:
    """Everything that is written, in all axes."""
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]
