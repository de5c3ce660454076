"""The mid-sagittal slice with what was segmented drawn on it: readable in greyscale and by the colour-blind.

Colours are Okabe and Ito's (Color Universal Design, 2008); outlines and names carry the meaning where colour cannot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from service.anatomy.model import Anatomy, Kind, Structure
from service.findings.model import Finding

_COLOURS: dict[Kind, str] = {"vertebra": "#56B4E9", "disc": "#E69F00", "canal": "#009E73", "sacrum": "#CC79A7"}
_MARGIN_MM = 25.0
_SCALE_MM = 20.0
_DPI = 110
_PANEL_INCHES = 6.6
_HALO = [withStroke(linewidth=2, foreground="black")]
_UNSURE = 0.5
"""Below this confidence in the numbering, names carry a question mark."""


@dataclass(frozen=True, eq=False)
class _View:
    """One slice of an anatomy, and the part of it that is shown."""

    anatomy: Anatomy
    index: int

    @property
    def labels(self) -> NDArray[np.uint8]:
        return np.asarray(self.anatomy.labels[self.index])

    @property
    def bodies(self) -> NDArray[np.bool_]:
        return np.asarray(self.anatomy.bodies[self.index])

    @property
    def pixel_mm(self) -> tuple[float, float]:
        """Row and column spacing."""
        _, row, column = self.anatomy.series.geometry.spacing
        return float(row), float(column)

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top edge of the slice in mm from its corner, as matplotlib asks for it."""
        (row, column), (rows, columns) = self.pixel_mm, self.labels.shape
        return 0.0, columns * column, rows * row, 0.0

    @property
    def window(self) -> tuple[float, float, float, float]:
        """The shown part (left, right, bottom, top) in mm: what was segmented and a margin, else everything."""
        rows, columns = np.nonzero(self.labels)
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


def mid_sagittal_slice(anatomy: Anatomy) -> int:
    """Index of the slice that shows most of the spinal canal; of the discs where there is no canal, else the middle one."""
    kinds: tuple[Kind, ...] = ("canal", "disc", "vertebra")
    for kind in kinds:
        area = np.isin(anatomy.labels, [s.label for s in anatomy.of(kind)]).sum(axis=(1, 2))
        if area.any():
            return int(area.argmax())
    return len(anatomy.labels) // 2


def overlay(anatomy: Anatomy, findings: Sequence[Finding] = ()) -> bytes:
    """A PNG of the mid-sagittal slice, plain on the left and segmented on the right, with levels, heights and a scale bar.

    Args:
        anatomy: one segmented sagittal series.
        findings: those of the whole report; disc heights are written on their discs, angles below.
    """
    view = _View(anatomy, mid_sagittal_slice(anatomy))
    left, right, bottom, top = view.window
    width = float(np.clip(2 * _PANEL_INCHES * (right - left) / (bottom - top), 5, 16))
    figure = Figure(figsize=(width, _PANEL_INCHES * 1.12), dpi=_DPI, facecolor="black")
    FigureCanvasAgg(figure)
    plain, marked = figure.subplots(1, 2)
    figure.subplots_adjust(left=0.01, right=0.99, bottom=0.06, top=0.94, wspace=0.02)
    _show(plain, view)
    _scale_bar(plain, view)
    _show(marked, view)
    _draw_structures(marked, view)
    _write_names(marked, view, _heights(findings))
    figure.text(0.01, 0.96, _title(view), color="white", fontsize=9)
    figure.text(0.01, 0.02, _caption(findings), color="white", fontsize=8)
    png = BytesIO()
    figure.savefig(png, format="png")
    return png.getvalue()


def _show(axes: Axes, view: _View) -> None:
    pixels = view.anatomy.series.pixels[view.index]
    low, high = np.percentile(pixels, (1, 99.5))
    axes.imshow(pixels, cmap="gray", vmin=low, vmax=max(high, low + 1e-6), extent=view.extent, aspect="equal")
    left, right, bottom, top = view.window
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.set_axis_off()


def _draw_structures(axes: Axes, view: _View) -> None:
    """Fill and outline each structure; neighbouring vertebrae differ in depth, posterior elements are paler than bodies."""
    row, column = view.pixel_mm
    x, y = (np.arange(view.labels.shape[1]) + 0.5) * column, (np.arange(view.labels.shape[0]) + 0.5) * row
    paint = np.zeros((*view.labels.shape, 4))
    for number, structure in enumerate(view.anatomy.structures):
        here = view.labels == structure.label
        if not here.any():
            continue
        colour = _COLOURS[structure.kind]
        depth = np.where(view.bodies, 0.45 if number % 2 else 0.25, 0.15) if structure.kind == "vertebra" else 0.3
        paint[here, :3] = to_rgb(colour)
        paint[..., 3] = np.where(here, depth, paint[..., 3])
        axes.contour(x, y, here, [0.5], colors=[colour], linewidths=0.9)
    axes.imshow(paint, extent=view.extent, aspect="equal", interpolation="nearest")


def _write_names(axes: Axes, view: _View, heights: dict[str, float]) -> None:
    unsure = "?" if view.anatomy.numbering_confidence < _UNSURE else ""
    for structure in view.anatomy.structures:
        place = view.centre(structure)
        if place is None or structure.kind == "canal":
            continue
        if structure.kind == "disc":
            text, size = (f"{heights[structure.name]:.1f} mm" if structure.name in heights else structure.name), 7
        else:
            text, size = structure.name + unsure, 10
        axes.text(*place, text, color="white", fontsize=size, ha="center", va="center", path_effects=_HALO)


def _scale_bar(axes: Axes, view: _View) -> None:
    left, _, bottom, _ = view.window
    x, y = left + 5, bottom - 6
    axes.plot([x, x + _SCALE_MM], [y, y], color="white", linewidth=3, solid_capstyle="butt")
    axes.text(x, y - 2, f"{_SCALE_MM:.0f} mm", color="white", fontsize=8, va="bottom", path_effects=_HALO)


def _heights(findings: Sequence[Finding]) -> dict[str, float]:
    return {f.level: f.value for f in findings if f.feature == "disc_height" and f.level and f.value is not None}


def _title(view: _View) -> str:
    series = view.anatomy.series
    return f"{series.weighting}  ·  {series.id}  ·  slice {view.index + 1} of {len(series.pixels)}, from the right"


def _caption(findings: Sequence[Finding]) -> str:
    """The whole spine's angles, and what the numbers on the discs are."""
    angles = {f.feature: f for f in findings if f.level is None and f.value is not None}
    parts = [
        f"{name} {angles[key].value:.0f}°"
        for key, name in (("cobb_angle", "coronal Cobb angle"), ("lumbar_lordosis", "lordosis"))
        if key in angles
    ]
    return "  ·  ".join([*parts, "on discs: height"] if _heights(findings) else parts)
