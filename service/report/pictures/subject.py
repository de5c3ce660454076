"""What is drawn: one segmented series with the findings of the report, and the slices that show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from service.anatomy.landmarks import Landmarks, find_landmarks
from service.anatomy.model import Anatomy, Kind, Structure
from service.findings.canal_profile import CanalProfile, canal_profile
from service.findings.disc_map import DiscMap, disc_maps
from service.findings.model import Finding
from service.report.model import Language
from service.report.pictures.coronal import Shadow, shadows
from service.report.pictures.style import UNSURE_NUMBERING

_MARGIN_MM = 25.0
Window = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class View:
    """One slice of an anatomy. Places are (x, y) in mm from its upper front corner, to the back and to the feet."""

    anatomy: Anatomy
    index: int

    @property
    def labels(self) -> NDArray[np.uint8]:
        """(rows, columns) labels of this slice."""
        return np.asarray(self.anatomy.labels[self.index])

    @property
    def bodies(self) -> NDArray[np.bool_]:
        """(rows, columns) where vertebral bodies are."""
        return np.asarray(self.anatomy.bodies[self.index])

    @property
    def pixels(self) -> NDArray[np.float32]:
        """(rows, columns) grey values."""
        return np.asarray(self.anatomy.series.pixels[self.index])

    @property
    def pixel_mm(self) -> tuple[float, float]:
        """Row and column spacing."""
        _, row, column = self.anatomy.series.geometry.spacing
        return float(row), float(column)

    @property
    def extent(self) -> Window:
        """Left, right, bottom and top edge of the slice in mm, as matplotlib asks for it."""
        (row, column), (rows, columns) = self.pixel_mm, self.labels.shape
        return 0.0, columns * column, rows * row, 0.0

    @cached_property
    def window(self) -> Window:
        """The part worth showing (left, right, bottom, top) in mm: what was segmented and a margin, else everything."""
        shown = self.labels if self.labels.any() else self.anatomy.labels.any(axis=0)
        rows, columns = np.nonzero(shown)
        if not len(rows):
            return self.extent
        row, column = self.pixel_mm
        _, right, bottom, _ = self.extent
        return (
            max(0.0, columns.min() * column - _MARGIN_MM),
            min(right, columns.max() * column + _MARGIN_MM),
            min(bottom, rows.max() * row + _MARGIN_MM),
            max(0.0, rows.min() * row - _MARGIN_MM),
        )

    @property
    def shape_mm(self) -> tuple[float, float]:
        """Width and height of the window."""
        left, right, bottom, top = self.window
        return right - left, bottom - top

    def centre(self, structure: Structure) -> tuple[float, float] | None:
        """(x, y) in mm of a structure's middle, of a vertebra's body alone; none where the slice does not show it."""
        here = self.labels == structure.label
        if structure.kind == "vertebra" and (here & self.bodies).any():
            here = here & self.bodies
        if not here.any():
            return None
        rows, columns = np.nonzero(here)
        row, column = self.pixel_mm
        return float((columns.mean() + 0.5) * column), float((rows.mean() + 0.5) * row)


@dataclass(frozen=True, eq=False)
class Subject:
    """One anatomy, and the findings and the language to draw it with; what is measured for it is measured once."""

    anatomy: Anatomy
    findings: Sequence[Finding] = ()
    lang: Language = "en"

    @cached_property
    def view(self) -> View:
        """The mid-sagittal slice."""
        return View(self.anatomy, mid_sagittal_slice(self.anatomy))

    @cached_property
    def landmarks(self) -> Landmarks:
        """Bodies and levels."""
        return find_landmarks(self.anatomy)

    @cached_property
    def maps(self) -> dict[str, DiscMap | str]:
        """The discs from above, from the lowest up, or why not."""
        return disc_maps(self.anatomy, self.landmarks)

    @cached_property
    def profile(self) -> CanalProfile | None:
        """The canal along its centreline."""
        return canal_profile(self.anatomy, self.landmarks)

    @cached_property
    def shadows(self) -> list[Shadow]:
        """Bodies and discs from the front."""
        return shadows(self.anatomy, self.landmarks.facing)

    @property
    def slices(self) -> int:
        """How many the series has."""
        return len(self.anatomy.labels)

    @property
    def doubt(self) -> str:
        """A question mark for names, where the numbering is not sure."""
        return "?" if self.anatomy.numbering_confidence < UNSURE_NUMBERING else ""

    def finding(self, feature: str, level: str | None = None) -> Finding | None:
        """The assessed finding of this feature here, if there is one."""
        return next(
            (f for f in self.findings if f.feature == feature and f.level == level and f.status == "assessed"), None
        )


def mid_sagittal_slice(anatomy: Anatomy) -> int:
    """Index of the slice that shows most of the spinal canal; of the discs where there is no canal, else the middle one."""
    kinds: tuple[Kind, ...] = ("canal", "disc", "vertebra")
    for kind in kinds:
        area = np.isin(anatomy.labels, [s.label for s in anatomy.of(kind)]).sum(axis=(1, 2))
        if area.any():
            return int(area.argmax())
    return len(anatomy.labels) // 2
