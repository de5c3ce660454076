"""A column of tilted boxes: the simplest spine that instances, names and measurements can be tried on by hand."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from service.anatomy.model import CANAL, SACRUM, Anatomy, Structure, disc_name, vertebra_name
from service.anatomy.tissue import Tissue
from service.study.geometry import Geometry
from service.study.model import Series

WIDTH, DEPTH, HEIGHT, GAP = 44.0, 34.0, 26.0, 9.0


@dataclass(frozen=True)
class Stack:
    """What to build. Lists go from the lowest vertebra (L5) up; missing entries are 0.

    Attributes:
        coronal: degrees by which each vertebra slopes down to the left.
        slip: mm by which each vertebra lies further in front than the one below.
        sacral_slope: degrees by which S1 and the disc on it slope down to the front; each vertebra above stands 12 less.
        sacral: bodies of the sacrum that are outlined as one, each less deep than the one above and bent back from it.
    """

    vertebrae: int = 6
    slices: int = 15
    spacing: tuple[float, float, float] = (4.2, 1.0, 1.0)
    rows: int = 290
    columns: int = 140
    coronal: tuple[float, ...] = ()
    slip: tuple[float, ...] = ()
    sacral_slope: float = 36.0
    gap: float = GAP
    scale: float = 1.0
    sacrum: bool = True
    sacral: int = 1
    foot: float = 60.0
    canal_depth: float = 14.0


@dataclass(frozen=True, eq=False)
class Box:
    """Its centre, the columns of its axes (left, back, up) and its sides in mm."""

    centre: NDArray[np.float64]
    axes: NDArray[np.float64]
    size: NDArray[np.float64]

    def local(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(…, 3) patient coordinates to mm to the left, the back and the head of the centre."""
        return np.asarray((points - self.centre) @ self.axes)

    def corner(self, back: int, up: int) -> NDArray[np.float64]:
        """(3,) the mid-sagittal corner at the back (1) or front (-1), above (1) or below (-1)."""
        return self.centre + self.axes @ (self.size / 2 * [0, back, up])


@dataclass(frozen=True, eq=False)
class Built:
    """A stack on its grid: classes for the naming step, labels for the measuring step, and the body of every vertebra."""

    series: Series
    tissue: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    boxes: dict[int, Box] = field(default_factory=dict)

    @property
    def certainty(self) -> NDArray[np.float32]:
        """The same everywhere."""
        return np.full(self.tissue.shape, 0.95, np.float32)

    def anatomy(self, confidence: float = 1.0) -> Anatomy:
        """The stack, perfectly segmented."""
        present = [int(v) for v in np.unique(self.labels) if v]
        structures = [
            s for kind in ("vertebra", "disc", "canal", "sacrum") for s in _structures(present, kind, confidence)
        ]
        return Anatomy(self.series, self.labels, self.tissue == Tissue.BODY, tuple(structures), 1.0)


def part(anatomy: Anatomy, first: int, last: int) -> Anatomy:
    """The slices ``first`` to ``last`` alone."""
    whole, series = anatomy.series.geometry, anatomy.series
    affine = whole.affine.copy()
    affine[:3, 3] = whole.to_patient([first, 0, 0])
    pixels = series.pixels[first : last + 1]
    grid = Geometry(affine, (len(pixels), *whole.shape[1:]))
    kept = anatomy.labels[first : last + 1], anatomy.bodies[first : last + 1]
    return replace(anatomy, series=replace(series, pixels=pixels, geometry=grid), labels=kept[0], bodies=kept[1])


def _structures(present: list[int], kind: str, confidence: float) -> list[Structure]:
    if kind == "vertebra":
        return [Structure(v, vertebra_name(v), "vertebra", confidence) for v in present if v < SACRUM]
    if kind == "disc":
        return [Structure(v, disc_name(v), "disc", confidence) for v in present if v > 200]
    if kind == "canal":
        return [Structure(CANAL, "spinal canal", "canal", confidence)] * (CANAL in present)
    return [Structure(SACRUM, "S1", "sacrum", confidence)] * (SACRUM in present)


def frame(coronal: float, sagittal: float) -> NDArray[np.float64]:
    """(3, 3) columns left, back, up of a body tilted to the front and then to the left, in degrees."""
    c, s = np.radians(coronal), np.radians(sagittal)
    lean = np.array([[1, 0, 0], [0, np.cos(s), -np.sin(s)], [0, np.sin(s), np.cos(s)]])
    turn = np.array([[np.cos(c), 0, np.sin(c)], [0, 1, 0], [-np.sin(c), 0, np.cos(c)]])
    return np.asarray(turn @ lean)


def _at(values: tuple[float, ...], k: int) -> float:
    return values[k] if k < len(values) else 0.0


def build(stack: Stack) -> Built:
    """Stand the boxes on each other and paint them: a voxel belongs to what its centre lies in."""
    geometry = _grid(stack)
    canvas = _Canvas(geometry)
    size = np.array([WIDTH, DEPTH, HEIGHT]) * stack.scale
    below = frame(0, stack.sacral_slope)
    top = np.zeros(3)
    boxes = {0: Box(top - below[:, 2] * size[2] / 2, below, size)}
    if stack.sacrum:
        canvas.box(boxes[0], Tissue.SACRUM, SACRUM)
    hung, turned = top - below[:, 2] * size[2], stack.sacral_slope
    for k in range(1, stack.sacral):
        turned += 20
        bent, less = frame(0, turned), size * [1, 0.75**k, 1]
        canvas.box(Box(hung - bent[:, 2] * size[2] / 2, bent, less), Tissue.SACRUM, SACRUM)
        hung = hung - bent[:, 2] * size[2]
    backs = [top + below[:, 1] * size[1] / 2]
    for k in range(stack.vertebrae):
        axes = frame(_at(stack.coronal, k), stack.sacral_slope - 12 * (k + 1))
        middle = axes[:, 2] + below[:, 2]
        middle /= np.linalg.norm(middle)
        foot = top + middle * stack.gap * stack.scale - below[:, 1] * _at(stack.slip, k)
        body = Box(foot + axes[:, 2] * size[2] / 2, axes, size)
        canvas.disc(Box(top, below, size), Box(foot, axes, size), 201 + k)
        canvas.box(body, Tissue.BODY, k + 1)
        canvas.posterior(body, k + 1)
        backs += [body.centre + axes[:, 1] * size[1] / 2]
        top, below = foot + axes[:, 2] * size[2], axes
        boxes[k + 1] = body
    canvas.canal(np.array(backs), stack.canal_depth)
    series = Series("series-1", np.zeros(geometry.shape, np.float32), geometry, "sagittal", "T2")
    return Built(series, canvas.tissue, canvas.labels, boxes)


def _grid(stack: Stack) -> Geometry:
    slices, rows, columns = (float(s) for s in stack.spacing)
    affine = np.array([[slices, 0, 0, 0], [0, 0, columns, 0], [0, -rows, 0, 0], [0, 0, 0, 1.0]])
    affine[:3, 3] = [
        -slices * (stack.slices - 1) / 2,
        -0.45 * stack.columns * columns,
        (stack.rows - 1) * rows - stack.foot,
    ]
    return Geometry(affine, (stack.slices, stack.rows, stack.columns))


class _Canvas:
    def __init__(self, geometry: Geometry) -> None:
        self.geometry = geometry
        self.tissue, self.labels = np.zeros(geometry.shape, np.uint8), np.zeros(geometry.shape, np.uint8)

    def _rows(self, height: float) -> slice:
        """The rows within 55 mm of a height; no box reaches farther."""
        middle, reach = self.geometry.to_index([0, 0, height])[1], 55 / self.geometry.spacing[1]
        return slice(max(int(middle - reach), 0), max(int(middle + reach), 0))

    def _points(self, rows: slice) -> NDArray[np.float64]:
        slices, _, columns = self.geometry.shape
        span = np.arange(*rows.indices(self.geometry.shape[1]))
        grid = np.stack(np.meshgrid(np.arange(slices), span, np.arange(columns), indexing="ij"), axis=-1)
        return self.geometry.to_patient(grid)

    def _fill(self, rows: slice, inside: NDArray[np.bool_], tissue: Tissue, label: int) -> None:
        free = inside & (self.tissue[:, rows] == 0)
        self.tissue[:, rows][free], self.labels[:, rows][free] = tissue, label

    def box(self, box: Box, tissue: Tissue, label: int) -> None:
        rows = self._rows(float(box.centre[2]))
        inside = (np.abs(box.local(self._points(rows))) <= box.size / 2).all(axis=-1)
        self._fill(rows, inside, tissue, label)

    def disc(self, lower: Box, upper: Box, label: int) -> None:
        """What lies between two endplates, given as boxes whose centre is that of the endplate."""
        rows = self._rows(float(lower.centre[2]))
        points = self._points(rows)
        low, high = lower.local(points), upper.local(points)
        across = (np.abs((low + high)[..., :2] / 2) <= lower.size[:2] / 2).all(axis=-1)
        self._fill(rows, (low[..., 2] > 0) & (high[..., 2] < 0) & across, Tissue.DISC, label)

    def posterior(self, body: Box, label: int) -> None:
        """Two pedicles, and a spinous process that hangs down."""
        rows = self._rows(float(body.centre[2]))
        left, back, up = np.moveaxis(body.local(self._points(rows)), -1, 0)
        wall = back - body.size[1] / 2
        pedicle = (np.abs(np.abs(left) - 14) < 4) & (wall > 0) & (wall < 20) & (np.abs(up - 5) < 6)
        spinous = (np.abs(left) < 4) & (wall > 22) & (wall < 42) & (np.abs(up + 0.35 * wall - 5) < 7)
        self._fill(rows, pedicle | spinous, Tissue.POSTERIOR, label)

    def canal(self, backs: NDArray[np.float64], depth: float) -> None:
        """An upright tube of round section behind the backs of the bodies."""
        rows = slice(0, self.geometry.shape[1])
        points = self._points(rows)
        order = np.argsort(backs[:, 2])
        x, y = (np.interp(points[..., 2], backs[order, 2], backs[order, k]) for k in (0, 1))
        radius = np.hypot(points[..., 0] - x, points[..., 1] - (y + 3 + depth / 2))
        self._fill(rows, radius < depth / 2, Tissue.CANAL, CANAL)
