"""Paints one disc: a nucleus whose brightness is its Pfirrmann grade, a dark annulus, and what has herniated."""

import numpy as np
from numpy.typing import NDArray

from service.anatomy.tissue import Tissue
from service.phantom.canvas import Canvas, Slab, coverage
from service.phantom.disc import Disc
from service.phantom.paint_vertebra import box
from service.phantom.parameters import PhantomParameters
from service.phantom.relaxation import signal
from service.phantom.texture import Texture

Field = NDArray[np.float32]
Array = NDArray[np.floating]


class DiscPainter:
    """Paints the discs of one phantom."""

    def __init__(self, parameters: PhantomParameters, texture: Texture) -> None:
        self._acquisition = parameters.acquisition
        self._texture = texture

    def _signal(self, tissue: str) -> Field:
        return signal(tissue, self._acquisition)[:, None, None, None]

    def paint(self, canvas: Canvas, slab: Slab, disc: Disc) -> None:
        """The disc, labelled."""
        lower = disc.lower
        reach = max(disc.level.bulge_mm, disc.level.herniation_mm) + abs(disc.level.listhesis_mm) + 5
        a, b, low = lower.half_width + 4, lower.half_depth + reach, lower.height / 2
        corners = box(lower, np.array([-a, -b, low - 12]), np.array([a, b, low + disc.level.height_mm + 15]))
        window = slab.window(corners)
        if window is None:
            return
        points = slab.points(window)
        distance, left, back, part, margin = disc.shape(points)
        distance = distance.astype(np.float32)
        middle = points[len(slab.depths) // 2][None]
        cover = coverage(distance, slab.pixel_mm)
        if not cover.any():
            return
        shown = self._content(disc, middle, (left, back, part, margin))
        canvas.paint(window, cover, shown, disc.label, Tissue.DISC)

    def _content(self, disc: Disc, middle: Field, place: tuple[Array, Array, Array, Array]) -> Field:
        """(weightings, depths, rows, columns) signals of nucleus and annulus."""
        left, back, part, margin = place
        grade = disc.level.pfirrmann
        noise = self._texture.field(middle, 3.0, 20)
        behind = (back + 0.06 * disc.lower.half_depth) / (0.62 * disc.lower.half_depth)
        beside = left / (0.66 * disc.lower.half_width)
        upright = (part - 0.5) / (0.5 if grade <= 2 else 0.42)
        radius = (np.abs(behind) ** 2.6 + np.abs(beside) ** 2.6 + 0.55 * np.abs(upright) ** 3) ** (1 / 2.6)
        soft = {1: 0.10, 2: 0.13, 3: 0.22, 4: 0.3, 5: 0.4}[grade]
        nucleus = 1 / (1 + np.exp(np.clip((radius - 1 + 0.05 * noise) / soft, -30, 30)))
        core = self._signal(f"nucleus_{grade}") * (1 + (0.05 + 0.04 * (grade > 2)) * noise)
        if grade in (2, 3):
            cleft = np.exp(-(((part - 0.5) / 0.09) ** 2)) * (0.35 if grade == 2 else 0.2)
            core = core * (1 - cleft)
        rim = self._signal("annulus") * (1 + 0.08 * noise)
        outer = coverage(-(margin + 2.2), 2.0)
        rim = rim * (1 - outer) + self._signal("ligament") * outer
        shown = rim + nucleus * (core - rim)
        if disc.level.herniation_mm > 0:
            out = coverage(-(margin - disc.level.bulge_mm * 0.5), 1.5) * (back > 0)
            pulp = 0.55 * self._signal(f"nucleus_{min(grade, 4)}") + 0.45 * self._signal("annulus")
            shown = shown + out * (pulp - shown)
        return np.asarray(shown, np.float32)
