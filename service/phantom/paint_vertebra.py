"""Paints one vertebra: marrow within cortex, the basivertebral vein, Modic changes, and the posterior elements."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.anatomy.model import SACRUM
from service.anatomy.tissue import Tissue
from service.phantom.canvas import Canvas, Slab, Window, coverage
from service.phantom.parameters import PhantomParameters
from service.phantom.posterior import CORTEX_MM, Limb
from service.phantom.relaxation import signal
from service.phantom.texture import Texture
from service.phantom.vertebra import Vertebra, rounded

Field = NDArray[np.float32]
Array = NDArray[np.floating]

SHELL_MM = (0.4, 0.7)
"""Thickness of the dark line that cortex and ligament make at the side wall and at an endplate (with its cartilage)."""
_MODIC = {1: {"oedema": 0.8}, 2: {"yellow_marrow": 0.95}, 3: {"sclerosis": 0.85}}


@dataclass(frozen=True, eq=False)
class Bone:
    """A vertebra and what its marrow looks like; ``modic`` is the type beside its upper and its lower endplate."""

    vertebra: Vertebra
    limbs: list[Limb]
    modic: tuple[int, int]


def box(vertebra: Vertebra, low: Array, high: Array) -> NDArray[np.float64]:
    """(8, 3) corners in the patient of a box in the vertebra's frame."""
    ends = np.array([low, high])
    corners = np.array([[ends[i, 0], ends[j, 1], ends[k, 2]] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    return vertebra.to_patient(corners)


def local(vertebra: Vertebra, points: Field) -> tuple[Field, Field, Field]:
    """Coordinates u, v, w of (…, 3) patient points."""
    found = (points - vertebra.center.astype(np.float32)) @ vertebra.rotation.astype(np.float32)
    return found[..., 0], found[..., 1], found[..., 2]


def label_of(vertebra: Vertebra) -> int | None:
    """SPIDER label; none for the sacrum below S1."""
    if vertebra.label >= 1:
        return vertebra.label
    return SACRUM if vertebra.label == 0 else None


def _within(part: Window, whole: Window) -> Window:
    """The rows and columns of ``part`` counted from those of ``whole``, which holds it."""
    rows, columns = (slice(p.start - w.start, p.stop - w.start) for p, w in zip(part, whole, strict=True))
    return rows, columns


class BonePainter:
    """Paints the bones of one phantom."""

    def __init__(self, parameters: PhantomParameters, texture: Texture) -> None:
        self._acquisition = parameters.acquisition
        self._texture = texture
        fat = parameters.marrow_fat_fraction
        self._marrow = fat * self._signal("yellow_marrow") + (1 - fat) * self._signal("red_marrow")
        self._yellow = fat

    def _signal(self, tissue: str) -> Field:
        return signal(tissue, self._acquisition)[:, None, None, None]

    def _trabeculae(self, slab: Slab, window: Window) -> Field:
        middle = slab.points(window, slab.depths[[len(slab.depths) // 2]])[0]
        coarse = 0.05 * (self._texture.slow_field(middle, 3.5, 11, 2) + self._texture.slow_field(middle, 11, 12))
        return np.asarray(1 + 0.055 * self._texture.field(middle, 1.3, 10) + coarse)[None]

    def paint_posterior(self, canvas: Canvas, slab: Slab, bone: Bone) -> None:
        """Pedicles, laminae and processes."""
        vertebra = bone.vertebra
        bounds = [limb.bounds() for limb in bone.limbs]
        window = slab.window(box(vertebra, np.min([b[0] for b in bounds], 0), np.max([b[1] for b in bounds], 0)))
        if window is None:
            return
        points = slab.points(window)
        place = local(vertebra, points)
        distance = np.full(place[0].shape, 9.0, np.float32)
        for limb in bone.limbs:
            near = slab.window(box(vertebra, *limb.bounds()))
            if near is not None:
                area = slice(None), *_within(near, window)
                distance[area] = np.minimum(distance[area], limb.distance(*(axis[area] for axis in place)))
        if not (distance < slab.pixel_mm).any():
            return
        distance += 0.7 * self._texture.slow_field(points[len(slab.depths) // 2], 5.0, 13)
        marrow = self._marrow * np.float32(1.04) * self._trabeculae(slab, window)
        inside = coverage(distance + CORTEX_MM, slab.pixel_mm)
        shown = self._signal("cortex") * (1 - inside) + marrow * inside
        known = label_of(vertebra) if vertebra.label >= 1 else None
        canvas.paint(window, coverage(distance, slab.pixel_mm), shown, known, Tissue.POSTERIOR)

    def paint_body(self, canvas: Canvas, slab: Slab, bone: Bone) -> None:
        """The body, over everything that was painted before."""
        vertebra = bone.vertebra
        a, b, h = vertebra.half_width + 2, vertebra.half_depth + 3, vertebra.height * 0.5 + 9
        window = slab.window(box(vertebra, np.array([-a, -b, -h]), np.array([a, b, h])))
        if window is None:
            return
        u, v, w = local(vertebra, slab.points(window))
        side, plate = vertebra.distances(u, v, w)
        distance = rounded(side, plate)
        wall = side + SHELL_MM[0]
        for limb in bone.limbs[:2] if vertebra.label >= 1 else bone.limbs[2:6]:
            wall = np.minimum(wall, limb.distance(u, v, w) + CORTEX_MM)
        inside = coverage(rounded(wall, plate + SHELL_MM[1], 0.8), slab.pixel_mm)
        shown = self._signal("cortex") * (1 - inside) + self._filling(slab, window, bone, (u, v, w)) * inside
        known = label_of(vertebra)
        kind = Tissue.BODY if vertebra.label >= 1 else Tissue.SACRUM
        canvas.paint(window, coverage(distance, slab.pixel_mm), shown, known, kind)

    def _filling(self, slab: Slab, window: Window, bone: Bone, place: tuple[Field, Field, Field]) -> Field:
        u, v, w = place
        vertebra = bone.vertebra
        marrow = self._marrow * self._trabeculae(slab, window)
        middle = slice(len(slab.depths) // 2, len(slab.depths) // 2 + 1)
        uc, vc, wc = u[middle], v[middle], w[middle]
        noise = self._texture.slow_field(slab.points(window, slab.depths[middle])[0], 5.0, 14)
        if vertebra.label >= 1:
            vein = np.exp(-((wc / 1.6) ** 2) - (uc / 6) ** 2) / (1 + np.exp((vertebra.half_depth * 0.25 - vc) / 1.5))
            marrow = marrow + 0.75 * vein * (self._signal("slow_blood") - marrow)
        top = vertebra.surface(vertebra.upper, uc, vc) - wc
        bottom = wc - vertebra.surface(vertebra.lower, uc, vc)
        for kind, depth in zip(bone.modic, (top, bottom), strict=True):
            for tissue, part in _MODIC.get(kind, {}).items():
                reach = 6.5 + 2.2 * noise + 2.5 * np.sin(vertebra.variation[8] + vc / 8)
                marrow = marrow + part * coverage(depth - reach, 3.0) * (self._signal(tissue) - marrow)
        return np.asarray(marrow, np.float32)

    def paint_ligament(self, canvas: Canvas, slab: Slab, bone: Bone) -> None:
        """The longitudinal ligaments on the front and back wall."""
        vertebra = bone.vertebra
        b, h = vertebra.half_depth + 4, vertebra.height * 0.5 + 5
        window = slab.window(box(vertebra, np.array([-14, -b, -h]), np.array([14, b, h])))
        if window is None or vertebra.label < 0:
            return
        u, v, w = local(vertebra, slab.points(window))
        side, _ = vertebra.distances(u, v, w)
        wall = np.where(v < 0, 1.3, 0.6 - 0.15 * np.abs(u))
        cover = coverage(np.maximum(side - wall, np.abs(w) - vertebra.height / 2 - 2), slab.pixel_mm)
        canvas.paint(window, cover, self._signal("ligament"))
