"""What is drawn: one segmented series with the findings of the report, and the slices that show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from service.anatomy.landmarks import Landmarks, find_landmarks
from service.anatomy.model import Anatomy, Kind, Structure
from service.anatomy.regions import Mask, Points
from service.findings.canal_profile import CanalProfile, canal_profile
from service.findings.disc_map import DiscMap, disc_maps
from service.findings.model import Finding
from service.report.model import Language
from service.report.pictures.coronal import Shadow, shadows
from service.report.pictures.style import UNSURE_NUMBERING

_MARGIN_MM = 25.0
_ASIDE_MM = 6.0
"""A slice that passes this far beside the middle of the canal shows its wall or a pedicle: half a narrow canal's width. Provenance: expert."""
_SMOOTH_MM = 10.0
"""Along the spine, of the line through the middle: about half the height of a vertebra. Provenance: expert."""
Window = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class View:
    """One slice of an anatomy. Places are (x, y) in mm from its upper front corner, to the back and to the feet.

    Attributes:
        index: the slice.
        course: (rows,) the slice that each row is taken from instead, fractions included, where no slice alone follows the spine.
    """

    anatomy: Anatomy
    index: int
    course: Points | None = None

    @cached_property
    def labels(self) -> NDArray[np.uint8]:
        """(rows, columns) labels of this slice; of the nearest one to the course."""
        return np.asarray(self.anatomy.labels[self._nearest])

    @cached_property
    def bodies(self) -> NDArray[np.bool_]:
        """(rows, columns) where vertebral bodies are."""
        return np.asarray(self.anatomy.bodies[self._nearest])

    @cached_property
    def pixels(self) -> NDArray[np.float32]:
        """(rows, columns) grey values; along a course interpolated between the slices on both sides of it."""
        whole = self.anatomy.series.pixels
        if self.course is None:
            return np.asarray(whole[self.index])
        rows, before = np.arange(len(self.course)), np.floor(self.course).astype(int)
        part = (self.course - before)[:, None]
        after = np.minimum(before + 1, len(whole) - 1)
        return np.asarray((1 - part) * whole[before, rows] + part * whole[after, rows], np.float32)

    @property
    def _nearest(self) -> int | tuple[NDArray[np.intp], NDArray[np.intp]]:
        if self.course is None:
            return self.index
        return np.rint(self.course).astype(np.intp), np.arange(len(self.course))

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
        """The mid-sagittal slice, or what follows the middle of a spine that bends out of it."""
        index = mid_sagittal_slice(self.anatomy)
        return View(self.anatomy, index, course_beside(self.anatomy, index))

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
        return shadows(self.anatomy)

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
    area = _in_the_middle(anatomy).sum(axis=(1, 2))
    return int(area.argmax()) if area.any() else len(anatomy.labels) // 2


def course_beside(anatomy: Anatomy, index: int) -> Points | None:
    """(rows,) which slice, fractions included, lies in the middle of the canal (or discs); none where this one never is far from it.

    Beyond what was segmented it goes straight on.
    """
    area = _in_the_middle(anatomy).sum(axis=2)
    spacing, row, _ = anatomy.series.geometry.spacing
    places = np.arange(len(area)) @ area
    total, moment = (
        gaussian_filter1d(k.astype(float), _SMOOTH_MM / row, mode="constant") for k in (area.sum(0), places)
    )
    seen = np.flatnonzero(area.any(axis=0))
    if not len(seen):
        return None
    course = np.interp(np.arange(area.shape[1]), seen, moment[seen] / total[seen])
    return course if np.abs(course - index).max() * spacing > _ASIDE_MM else None


def _in_the_middle(anatomy: Anatomy) -> Mask:
    """The canal, the discs where there is none, else the vertebrae: what a mid-sagittal picture has in its middle."""
    kinds: tuple[Kind, ...] = ("canal", "disc", "vertebra")
    masks = (np.isin(anatomy.labels, [s.label for s in anatomy.of(kind)]) for kind in kinds)
    return next((mask for mask in masks if mask.any()), np.zeros(anatomy.labels.shape, bool))
