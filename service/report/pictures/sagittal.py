"""A sagittal slice on axes: the image, what was segmented, the names. Shared by the overlay and the summary."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from service.anatomy.model import Structure
from service.report.pictures.style import HALO, KINDS, TINY
from service.report.pictures.subject import Subject, View


def show(axes: Axes, view: View) -> None:
    """The image between its darkest and its brightest hundredth, cut down to what was segmented and a margin."""
    low, high = grey(view)
    axes.imshow(view.pixels, cmap="gray", vmin=low, vmax=high, extent=view.extent, aspect="equal")
    left, right, bottom, top = view.window
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.set_axis_off()


def draw_structures(axes: Axes, view: View) -> None:
    """Fill and outline each structure; neighbouring vertebrae differ in depth, posterior elements are paler than bodies."""
    row, column = view.pixel_mm
    for structure in view.anatomy.structures:
        here = view.labels == structure.label
        if not here.any():
            continue
        rows, columns = (slice(max(int(k.min()) - 2, 0), int(k.max()) + 3) for k in np.nonzero(here))
        part = here[rows, columns]
        if min(part.shape) > 1:
            x = (np.arange(part.shape[1]) + columns.start + 0.5) * column
            y = (np.arange(part.shape[0]) + rows.start + 0.5) * row
            axes.contour(x, y, part, [0.5], colors=[KINDS[structure.kind]], linewidths=0.9)
    axes.imshow(painted(view), extent=view.extent, aspect="equal", interpolation="nearest")


def painted(view: View) -> NDArray[np.float64]:
    """(rows, columns, 4) the fillings, as colour and opacity."""
    table = np.zeros((256, 4))
    for number, structure in enumerate(view.anatomy.structures):
        depth = (0.45 if number % 2 else 0.25) if structure.kind == "vertebra" else 0.3
        table[structure.label] = (*to_rgb(KINDS[structure.kind]), depth)
    paint = table[view.labels]
    vertebrae = [structure.label for structure in view.anatomy.of("vertebra")]
    paint[np.isin(view.labels, vertebrae) & ~view.bodies, 3] = 0.15
    return paint


def grey(view: View) -> tuple[float, float]:
    """The values shown as black and as white."""
    low, high = np.percentile(view.pixels, (1, 99.5))
    return float(low), max(float(high), float(low) + 1e-6)


def body_shown(view: View, structure: Structure) -> bool:
    """Whether the slice shows a vertebra's body rather than its posterior elements alone."""
    return bool(((view.labels == structure.label) & view.bodies).any())


def write_names(axes: Axes, subject: Subject, size: float = 10) -> None:
    """Names on the vertebrae, heights in mm on the discs, their names where there is no height."""
    for structure in subject.anatomy.structures:
        place = subject.view.centre(structure)
        hidden = structure.kind == "vertebra" and not body_shown(subject.view, structure)
        if place is None or structure.kind == "canal" or hidden:
            continue
        if structure.kind == "disc":
            height = subject.finding("disc_height", structure.name)
            known = height is not None and height.value is not None
            text, points = (f"{height.value:.1f}" if height and known else structure.name), max(0.75 * size, TINY)
        else:
            text, points = structure.name + subject.doubt, size
        axes.text(*place, text, color="white", fontsize=points, ha="center", va="center", path_effects=HALO)
