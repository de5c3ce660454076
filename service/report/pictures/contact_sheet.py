"""Every slice of a series in small, with the outlines of what was segmented."""

from dataclasses import dataclass

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from scipy import ndimage

from service.report.pictures.sagittal import grey
from service.report.pictures.style import DPI, FAINT, INK, KINDS, SMALL, TINY, VERMILION, heading, page
from service.report.pictures.subject import Subject, View, Window
from service.report.pictures.words import say

_MOST = 30
"""More slices than this are thinned out evenly, and the heading says so."""
_WIDEST_INCHES, _WIDEST_CELL_INCHES = 9.0, 2.4
_TOP, _EDGE, _GAP, _WORD = (round(DPI * inches) for inches in (0.72, 0.18, 0.05, 0.18))
"""Of the heading, around the sheet, between the slices and above them, in pixels."""
_MARGIN_MM = 10.0
_SCALE_MM = 50.0
Cell = NDArray[np.float32]


@dataclass(frozen=True)
class _Sheet:
    """How the slices are laid out: which, in how many columns, each of how many pixels, at how many pixels to a mm."""

    indices: tuple[int, ...]
    step: int
    window: Window
    columns: int
    scale: float

    @property
    def cell(self) -> tuple[int, int]:
        """Rows and columns of pixels of one slice."""
        left, right, bottom, top = self.window
        return max(round((bottom - top) * self.scale), 2), max(round((right - left) * self.scale), 2)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the page in pixels."""
        tall, wide = self.cell
        rows = -(-len(self.indices) // self.columns)
        return rows * (tall + _WORD + _GAP) + _TOP + _EDGE, max(self.columns * (wide + _GAP) + 2 * _EDGE, 4 * DPI)

    def place(self, k: int) -> tuple[int, int]:
        """Pixels from the left and from the bottom of the page to the lower left corner of the k-th slice."""
        tall, wide = self.cell
        row, column = divmod(k, self.columns)
        return _EDGE + column * (wide + _GAP), self.size[0] - _TOP - (row + 1) * (tall + _WORD + _GAP) + _GAP


def contact_sheet(subject: Subject) -> Figure:
    """The picture, from the patient's right to the left."""
    sheet = _laid_out(subject)
    height, width = sheet.size
    figure = page(width / DPI, height / DPI)
    for k, index in enumerate(sheet.indices):
        x, y = sheet.place(k)
        figure.figimage(_slice(View(subject.anatomy, index), sheet), x, y, origin="upper")
        _write(figure, subject, sheet, k)
    _scale(figure, sheet)
    heading(figure, say("contact_sheet title", subject.lang), _note(subject, sheet.step))
    return figure


def _laid_out(subject: Subject) -> _Sheet:
    step = -(-subject.slices // _MOST)
    indices = tuple(range(subject.view.index % step, subject.slices, step))
    window = _window(subject)
    wide, tall = window[1] - window[0], window[2] - window[3]
    columns = _columns(len(indices), wide / tall)
    inches = min((_WIDEST_INCHES - 2 * _EDGE / DPI) / columns, _WIDEST_CELL_INCHES) - _GAP / DPI
    return _Sheet(indices, step, window, columns, inches * DPI / wide)


def _window(subject: Subject) -> Window:
    """The part of the slices that shows everything that was segmented in any of them."""
    rows, columns = np.nonzero(subject.anatomy.labels.any(axis=0))
    left, right, bottom, top = subject.view.extent
    if not len(rows):
        return left, right, bottom, top
    row, column = subject.view.pixel_mm
    return (
        max(left, columns.min() * column - _MARGIN_MM),
        min(right, columns.max() * column + _MARGIN_MM),
        min(bottom, rows.max() * row + _MARGIN_MM),
        max(top, rows.min() * row - _MARGIN_MM),
    )


def _columns(count: int, aspect: float) -> int:
    """So many that the sheet is about as wide as an A4 page is, lying, and few places stay empty."""
    ideal = min(count, max(1, round(float(np.sqrt(1.35 * count / aspect)))))
    near = range(max(1, ideal - 2), min(count, ideal + 2) + 1)
    return min(near, key=lambda columns: (-count % columns, abs(columns - ideal)))


def _slice(view: View, sheet: _Sheet) -> Cell:
    """(rows, columns, 3) one slice with its outlines in colour, at the resolution of the page."""
    low, high = grey(view)
    image = np.clip((_resampled(view.pixels, view, sheet) - low) / (high - low), 0, 1)
    cell = np.repeat(image[..., None], 3, axis=2)
    for kind, colour in KINDS.items():
        labels = [structure.label for structure in view.anatomy.of(kind)]
        here = np.isin(view.labels, labels)
        if here.any():
            inside = _resampled(here.astype(np.float32), view, sheet) >= 0.5
            cell[inside & ~ndimage.binary_erosion(inside)] = to_rgb(colour)
    return np.asarray(cell, np.float32)


def _resampled(values: NDArray[np.float32], view: View, sheet: _Sheet) -> NDArray[np.float32]:
    """The window of a slice at the resolution of the page, linearly interpolated."""
    left, _, _, top = sheet.window
    pitch = np.array(view.pixel_mm) * sheet.scale
    corner = np.array([top, left]) / view.pixel_mm
    offset = corner + 0.5 / pitch - 0.5
    return np.asarray(
        ndimage.affine_transform(values, 1 / pitch, offset, sheet.cell, order=1, mode="nearest"), np.float32
    )


def _write(figure: Figure, subject: Subject, sheet: _Sheet, k: int) -> None:
    """The slice's number above it; the one that shows most of the canal is framed."""
    (x, y), (tall, wide), (height, width) = sheet.place(k), sheet.cell, sheet.size
    index = sheet.indices[k]
    middle = index == subject.view.index
    figure.text(
        x / width,
        (y + tall + 4) / height,
        str(index + 1),
        fontsize=SMALL if middle else TINY,
        color=INK if middle else FAINT,
        weight="bold" if middle else "normal",
        va="bottom",
    )
    if middle:
        box = ((x - 1) / width, (y - 1) / height), (wide + 2) / width, (tall + 2) / height
        figure.add_artist(Rectangle(*box, fill=False, edgecolor=VERMILION, linewidth=2, transform=figure.transFigure))


def _scale(figure: Figure, sheet: _Sheet) -> None:
    """A scale bar in the first slice."""
    (x, y), (height, width) = sheet.place(0), sheet.size
    place, long = ((x + 10) / width, (y + 10) / height), _SCALE_MM * sheet.scale / width
    bar = Rectangle(place, long, 3 / height, color="white", transform=figure.transFigure)
    figure.add_artist(bar)
    figure.text((x + 10) / width, (y + 16) / height, f"{_SCALE_MM:.0f} mm", fontsize=TINY, color="white", va="bottom")


def _note(subject: Subject, step: int) -> str:
    series, lang = subject.anatomy.series, subject.lang
    apart = f"{subject.slices} × {series.geometry.spacing[0]:.1f} mm, {say('from the right', lang)}"
    thinned = [say("every", lang).format(step)] if step > 1 else []
    return "  ·  ".join([series.weighting, series.id, apart, *thinned, say("framed", lang)])
