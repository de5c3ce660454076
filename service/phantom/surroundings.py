"""Everything around the spine: skin, fat, muscle, vessels and bowel. Not measured, only to look like a body."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.special import expit, ndtri

from service.phantom.canal import Canal
from service.phantom.canvas import coverage
from service.phantom.parameters import PhantomParameters
from service.phantom.relaxation import signal
from service.phantom.spine import Spine
from service.phantom.texture import Texture

Field = NDArray[np.float32]
Array = NDArray[np.floating]
Over = Callable[[Array, Array], None]


@dataclass(frozen=True, eq=False)
class Loop:
    """A piece of bowel or another organ: an ellipsoid. mm in the patient."""

    center: NDArray[np.float64]
    radii: NDArray[np.float64]
    content: str
    wall: float


@dataclass(frozen=True, eq=False)
class Profile:
    """Course of the spine and of the skin by height: (n,) each, mm in the patient, heights growing."""

    height: Array
    center_x: Array
    center_y: Array
    cosine: Array
    fascia_y: Array
    skin_y: Array
    front_y: Array

    def at(self, values: Array, z: Array) -> Field:
        """One of the profiles at other heights."""
        return np.interp(z, self.height, values).astype(np.float32)


def make_profile(spine: Spine, canal: Canal, parameters: PhantomParameters, rng: np.random.Generator) -> Profile:
    """Lines that the soft tissue follows."""
    height = np.arange(canal.center[0, 2] - 120, canal.center[-1, 2] + 60, 2.0)
    center = [np.interp(height, canal.center[:, 2], canal.center[:, k]) for k in range(3)]
    cosine = np.interp(height, canal.center[:, 2], canal.along[:, 2])
    s1, l3 = spine.vertebrae[0].center[2], spine.vertebrae[3].center[2]
    end = canal.center[0, 2]
    center[1] = center[1] + 0.5 * np.maximum(end - height, 0)
    tall = np.interp(height, [end - 12, end, s1, l3], [0.0, 20.0, 31.0, 46.0])
    tips = center[1] + tall / np.maximum(cosine, 0.55)
    fascia = np.maximum(gaussian_filter1d(tips, 20.0), gaussian_filter1d(tips - 4, 6.0))
    sway = np.interp(height, [s1 - 60, s1, l3, l3 + 80], [1.1, 1.4, 1.0, 0.75]) * rng.normal(1, 0.05)
    skin = gaussian_filter1d(fascia + parameters.subcutaneous_fat_mm * sway, 14.0)
    fronts = np.array([v.to_patient([0, -v.half_depth, 0]) for v in spine.vertebrae.values() if v.label >= 0])
    fronts = fronts[np.argsort(fronts[:, 2])]
    front = np.interp(height, fronts[:, 2], fronts[:, 1])
    return Profile(height, center[0], center[1], cosine, fascia, skin, front)


def make_loops(profile: Profile, rng: np.random.Generator) -> list[Loop]:
    """Bowel and other contents of the belly, at random."""
    loops = []
    contents = [
        "bowel_content",
        "bowel_content",
        "fibrous",
        "air",
        "muscle",
        "muscle",
        "fat",
        "fat",
        "fat",
        "slow_blood",
    ]
    for _ in range(150):
        z = rng.uniform(profile.height[0], profile.height[-1])
        y = float(profile.at(profile.front_y, np.array(z))) - rng.uniform(24, 150)
        radii = rng.uniform(3, 14) * rng.uniform(0.8, 2.6, 3)
        center = np.array([rng.uniform(-70, 70), y, z])
        loops.append(Loop(center, radii, str(rng.choice(contents)), float(rng.uniform(0.5, 2.0))))
    s1 = profile.height[0] + 110
    loops.append(Loop(np.array([0, float(profile.front_y[55]) - 45, s1 - 45]), rng.uniform(18, 34, 3), "urine", 3.0))
    return loops


class Surroundings:
    """Paints the background of a slice."""

    def __init__(self, spine: Spine, canal: Canal, parameters: PhantomParameters, texture: Texture) -> None:
        rng = np.random.default_rng([parameters.seed, 41])
        self._profile = make_profile(spine, canal, parameters, rng)
        self._loops = make_loops(self._profile, rng)
        self._parameters = parameters
        self._texture = texture
        self._acquisition = parameters.acquisition
        self._belly = float(rng.uniform(95, 150))
        self._psoas = spine.vertebrae[1].center[2], spine.vertebrae[5].center[2]
        self._vessels = rng.uniform((4, -22, 7.5, 8), (16, -12, 9.5, 11))
        self._fork = spine.vertebrae[2].center[2]
        self._grey = float(rng.uniform(0.25, 0.6))

    def _signal(self, tissue: str) -> Field:
        return signal(tissue, self._acquisition)[:, None, None]

    def paint(self, points: Field, pixel_mm: float) -> Field:
        """(weightings, rows, columns) signals at (rows, columns, 3) patient points."""
        x, y, z = points[..., 0], points[..., 1], points[..., 2]
        side = x - self._profile.at(self._profile.center_x, z)
        canvas = self._signal("fat") * self._septa(points)
        canvas = np.broadcast_to(canvas, (len(self._acquisition.weightings), *x.shape)).astype(np.float32)
        wobble = self._texture.slow_field(points, 14.0, 0) + 0.7 * self._texture.slow_field(points, 5.0, 8)

        def over(distance: Array, tissue: Array) -> None:
            canvas[...] += coverage(distance, pixel_mm) * (tissue - canvas)

        self._belly_contents(canvas, points, over, wobble, pixel_mm)
        self._vessels_and_psoas(points, side, over, wobble)
        self._back_muscle(points, side, over, wobble)
        groove = 4 * (1 - np.exp(-((side / 22) ** 2))) - side**2 / 320
        skin = self._profile.at(self._profile.skin_y, z) + groove
        over(np.abs(y - skin + 1.0) - 1.0, self._signal("skin"))
        over(skin - y, self._signal("air"))
        return canvas

    def _septa(self, points: Field) -> Field:
        fine = self._texture.slow_field(points, (9.0, 5.0, 12.0), 1)
        return np.asarray(
            1 - 0.28 * np.exp(-((fine / 0.09) ** 2)) + 0.04 * self._texture.field(points, 3.0, 2), np.float32
        )

    def _belly_contents(self, canvas: Field, points: Field, over: Over, wobble: Field, pixel_mm: float) -> None:
        y, z = points[..., 1], points[..., 2]
        front = self._profile.at(self._profile.front_y, z)
        depth = front - y - 16
        grain = self._texture.slow_field(points, 6.0, 3) + 0.8 * self._texture.field(points, 2.5, 4)
        mesentery = self._signal("fat") * (1 - self._grey) + self._signal("muscle") * self._grey
        over(-depth / 3 - 2 * wobble, mesentery * (1 + 0.13 * grain))
        for loop in self._loops:
            self._paint_loop(canvas, points, loop, wobble, pixel_mm)
        wall = y - (float(front.mean()) - self._belly) - z * 0.1
        over(np.abs(wall) - 5, self._signal("muscle") * (1 + 0.1 * grain))
        over(wall + 5, self._signal("fat"))

    def _paint_loop(self, canvas: Field, points: Field, loop: Loop, wobble: Field, pixel_mm: float) -> None:
        reach = loop.radii * 1.35 + 3
        if abs(float(points[0, 0, 0]) - loop.center[0]) > reach[0] + 12:
            return
        rows = np.nonzero(np.abs(points[:, points.shape[1] // 2, 2] - loop.center[2]) < reach[2])[0]
        columns = np.nonzero(np.abs(points[points.shape[0] // 2, :, 1] - loop.center[1]) < reach[1])[0]
        if not len(rows) or not len(columns):
            return
        area = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        near = (points[area] - loop.center.astype(np.float32)) / loop.radii.astype(np.float32)
        distance = (np.sqrt((near**2).sum(-1)) - 1) * float(loop.radii.min()) + 3.2 * wobble[area]
        here = canvas[(slice(None), *area)]
        for edge, tissue, part in (
            (0.0, "bowel_wall", 0.5),
            (loop.wall, loop.content, 1.0 if loop.content == "air" else 0.6),
        ):
            shade = 1 + 0.08 * wobble[area]
            here += part * coverage(distance + edge, 2 * pixel_mm) * (self._signal(tissue) * shade - here)

    def _vessels_and_psoas(self, points: Field, side: Field, over: Over, wobble: Field) -> None:
        y, z = points[..., 1], points[..., 2]
        ahead = self._profile.at(self._profile.front_y, z) - y
        below = np.maximum(self._fork - z, 0)
        left, right, aorta, cava = (float(v) for v in self._vessels)
        for place, radius, tissue in ((left + 0.45 * below, aorta, "blood"), (right - 0.2 * below, cava, "blood")):
            size = radius - np.minimum(below * 0.05, 2.5)
            distance = np.hypot(side - place, ahead - size - 3.5 + 0.1 * below) - size
            over(distance - 1, self._signal("fibrous"))
            over(distance, self._signal(tissue) * (1 + 0.3 * wobble))
        low, high = self._psoas
        grown = np.clip((high + 15 - z) / (high - low + 15), 0, 1.2)
        center = self._profile.at(self._profile.front_y, z) + 16 - 14 * grown**2
        muscle = self._muscle(points, self._parameters.muscle_fat_fraction * 0.3)
        for sign in (-1, 1):
            a, b = 4 + 15 * grown, 5 + 16 * grown
            radius = np.hypot((side - sign * (27 + 12 * grown)) / a, (y - center) / b)
            over((radius - 1) * np.minimum(a, b) + wobble, muscle)

    def _muscle(self, points: Field, fat: float) -> Field:
        streak = (
            self._texture.field(points, (1.2, 1.4, 9.0), 5) * 0.8
            + self._texture.slow_field(points, (3, 3.5, 14.0), 6) * 0.6
        )
        part = expit((streak - ndtri(1 - max(fat, 1e-3))) / 0.18)
        grain = 1 + 0.06 * self._texture.field(points, (1.5, 1.5, 7.0), 7)
        return np.asarray((1 - part) * self._signal("muscle") * grain + part * self._signal("fat"), np.float32)

    def _back_muscle(self, points: Field, side: Field, over: Over, wobble: Field) -> None:
        y, z = points[..., 1], points[..., 2]
        center = self._profile.at(self._profile.center_y, z)
        fascia = self._profile.at(self._profile.fascia_y, z) + 3 * (1 - np.exp(-((side / 15) ** 2))) - side**2 / 300
        muscle = self._muscle(points, self._parameters.muscle_fat_fraction)
        over(np.maximum(center + 3 - y, y - fascia - 1.2), self._signal("ligament"))
        over(np.maximum(center + 3 - y, y - fascia), muscle)
        between = self._signal("fibrous") * 0.45 + self._signal("fat") * 0.3 * (1 + 0.5 * wobble)
        over(np.maximum(np.abs(side) - 3.5 - 0.6 * wobble, np.maximum(center + 8 - y, y - fascia)), between)
