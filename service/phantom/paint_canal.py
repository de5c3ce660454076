"""Paints the spinal canal: fat around it, the sac with CSF, the cord to its conus, the cauda equina, the leaving roots."""

import numpy as np
from numpy.typing import NDArray

from service.anatomy.model import CANAL
from service.anatomy.tissue import Tissue
from service.phantom.canal import STEP_MM, Canal
from service.phantom.canvas import Canvas, Slab, coverage
from service.phantom.parameters import PhantomParameters
from service.phantom.relaxation import signal
from service.phantom.texture import Texture

Field = NDArray[np.float32]
Array = NDArray[np.floating]

_PAD_MM, _PAD_REACH_MM = (3.0, 5.5), 8.0
"""Depth of the fat pad behind the sac between two laminae, as far as the fat of the canal goes, which is some 4 mm; and how far up and down
it reaches. Provenance: expert."""
_BARE_MM, _ROOMY_MM = 6.0, 12.0
"""A sac this shallow is held by the flaval ligaments with no fat between, one this deep has its whole pad. Provenance: expert."""
_FLAVUM_MM = 12.0
"""Half of the width of the flaval ligaments; beyond it the fat of the foramina begins. Provenance: expert."""
_LIPOMATOSIS = 0.1
"""Share of patients whose sac has fat behind it all along. Provenance: illustrative."""
_SHADE = 0.9
"""How much of a root's place its own signal fills."""


class Contents:
    """What the sac holds beside CSF: the cord down to its conus, and the roots."""

    def __init__(self, canal: Canal, seed: int) -> None:
        rng = np.random.default_rng([seed, 51])
        self._canal = canal
        self._conus = canal.level_at[4] + rng.normal(0, 8) / STEP_MM
        self._roots = self._draw_roots(rng)

    def _draw_roots(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """(roots, 5): place across the sac (left, back, relative), drift, radius in mm, and sample where the root leaves."""
        exits = (*self._canal.body_at[:6], *self._canal.body_at[:5], *self._canal.body_at[:3])
        rows = []
        for number, exit_at in enumerate(exits):
            for sign in (-1, 1):
                spread = rng.uniform(0.25, 0.75) if number < 6 else rng.uniform(0.0, 0.35)
                row = (sign * spread, rng.uniform(0.15, 0.8), rng.normal(0, 0.12), rng.uniform(0.65, 1.1), exit_at)
                rows.append(row)
        return np.array(rows)

    def cord(self, place: NDArray[np.intp], left: Array, back: Array) -> Array:
        """Share of cord, 0 to 1, at points in the sac's own coordinates."""
        above = (place - self._conus) * STEP_MM
        size = np.clip((above + 25) / 30, 0.02, 1) ** 0.7
        radius = np.hypot(left / (4.8 * size), (back - 0.6) / (3.8 * size))
        return np.asarray(coverage((radius - 1) * 3.8 * size, 0.8) * (above > -25))

    def roots(self, place: NDArray[np.intp], left: Array, back: Array, soft_mm: float) -> Field:
        """(n,) share of roots, 0 to 1, at n points in the sac's own coordinates, their edges ``soft_mm`` wide."""
        width, depth = self._canal.half_width[place], self._canal.half_depth[place]
        across, along = left / width, back / depth
        shown = np.zeros(place.shape, np.float32)
        for side, rear, drift, radius, leaves in self._roots:
            way = np.clip((place - leaves) * STEP_MM / 120, 0, 1)
            x = side + (np.sign(side) * 0.8 - side) * (1 - way) ** 4 + drift * np.sin(way * 7 + side * 9)
            y = rear + (0.05 - rear) * (1 - way) ** 4
            away = np.hypot((across - x) * width, (along - y) * depth)
            cover = coverage(away - radius, soft_mm) * (place > leaves) * (place < self._conus + 60)
            shown = np.maximum(shown, cover.astype(np.float32))
        return _SHADE * shown


def fat_behind(canal: Canal, seed: int) -> Array:
    """(n,) mm of fat behind the sac at every sample of its centreline: a pad between the laminae of each two vertebrae, a film elsewhere.

    Where a sac is narrow the flaval ligaments and not fat fill the room behind it, except in a few patients (lipomatosis).
    """
    rng = np.random.default_rng([seed, 52])
    pad, everywhere = float(rng.uniform(*_PAD_MM)), bool(rng.random() < _LIPOMATOSIS)
    samples = np.arange(len(canal.center))
    away = np.abs(samples[:, None] - np.array(canal.level_at)[None]).min(axis=1) * STEP_MM
    room = np.clip((2 * canal.half_depth - _BARE_MM) / (_ROOMY_MM - _BARE_MM), 0, 1)
    lumbar = 0.4 + pad * np.exp(-((away / _PAD_REACH_MM) ** 2)) * room
    return np.where(everywhere | (samples < canal.level_at[0]), pad, lumbar)


class CanalPainter:
    """Paints the canal of one phantom."""

    def __init__(self, canal: Canal, contents: Contents, parameters: PhantomParameters, texture: Texture) -> None:
        self._canal = canal
        self._contents = contents
        self._acquisition = parameters.acquisition
        self._texture = texture
        self._behind = fat_behind(canal, parameters.seed)

    def _signal(self, tissue: str) -> Field:
        return signal(tissue, self._acquisition)[:, None, None, None]

    def _corners(self, width: float, depth: float) -> Array:
        canal = self._canal
        steps = slice(None, None, 20)
        sides = [canal.left[steps] * i * width + canal.back[steps] * j * depth for i in (-1, 1) for j in (-1, 1)]
        return np.concatenate([canal.center[steps] + s for s in sides])

    def paint_fat(self, canvas: Canvas, slab: Slab) -> None:
        """Epidural fat and the fat of the foramina, and the flaval ligaments behind, before bone is painted over them."""
        window = slab.window(self._corners(24, 16))
        if window is None:
            return
        depths = slab.depths[[len(slab.depths) // 2]]
        points = slab.points(window, depths)
        place, left, back = self._canal.coordinates(points)
        half = np.maximum(self._canal.half_depth[place], 4.5)
        distance = (np.hypot(left / 21, (back - 0.5) / (half + 3.5)) - 1) * 8
        noise = self._texture.field(points, 3.0, 30)
        canvas.paint(window, coverage(distance, 1.5), self._signal("fat") * (1 + 0.08 * noise))
        ends = self._canal.half_depth[place] + self._behind[place]
        flavum = np.maximum(np.maximum(distance, ends - back), np.abs(left) - _FLAVUM_MM)
        canvas.paint(window, coverage(flavum, 1.0), self._signal("ligament"))

    def paint_sac(self, canvas: Canvas, slab: Slab) -> None:
        """The sac with what it holds, labelled."""
        window = slab.window(self._corners(12, 11))
        if window is None:
            return
        points = slab.points(window)
        middle = slab.depths[[len(slab.depths) // 2]]
        place, left, back = self._canal.coordinates(points)
        distance = self._canal.distance(place, left, back)
        if not (distance < slab.pixel_mm).any():
            return
        canvas.paint(window, coverage(distance - 0.6, slab.pixel_mm), self._signal("ligament"))
        flow = 1 + 0.06 * self._texture.field(slab.points(window, middle), (4, 4, 15), 31)
        held = np.broadcast_to(self._signal("csf") * flow, (len(self._acquisition.weightings), *distance.shape)).copy()
        self._add_cord(held, place, left, back)
        self._add_roots(held, place, left, back, slab.pixel_mm)
        canvas.paint(window, coverage(distance, slab.pixel_mm), held, CANAL, Tissue.CANAL)

    def _add_cord(self, held: Field, place: NDArray[np.intp], left: Array, back: Array) -> None:
        held += self._contents.cord(place, left, back) * (self._signal("cord") - held)

    def _add_roots(self, held: Field, place: NDArray[np.intp], left: Array, back: Array, pixel_mm: float) -> None:
        inside = self._canal.distance(place, left, back) < pixel_mm
        shown = self._contents.roots(place[inside], left[inside], back[inside], max(pixel_mm, 0.6))
        held[:, inside] += shown * (self._signal("root")[:, :, 0, 0] - held[:, inside])
