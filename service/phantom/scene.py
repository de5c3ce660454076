"""The whole body in mathematical form, ready to be cut into slices."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from service.phantom.canal import Canal, build_canal
from service.phantom.canvas import Canvas, Slab, coverage
from service.phantom.disc import Disc
from service.phantom.paint_canal import CanalPainter, Contents
from service.phantom.paint_disc import DiscPainter
from service.phantom.paint_vertebra import Bone, BonePainter, box, local
from service.phantom.parameters import DiscLevel, PhantomParameters
from service.phantom.posterior import Limb, arch_depth, limbs, nerve
from service.phantom.relaxation import signal
from service.phantom.spine import Spine, build_spine, levels_of
from service.phantom.surroundings import Surroundings
from service.phantom.texture import Texture
from service.study.geometry import Geometry

SAMPLE_MM = 1.1
"""Greatest distance between samples through the thickness of a slice."""


class Scene:
    """One patient, made from parameters."""

    def __init__(self, parameters: PhantomParameters) -> None:
        self.parameters = parameters
        self.levels: list[DiscLevel] = levels_of(parameters, np.random.default_rng([parameters.seed, 13]))
        self.spine: Spine = build_spine(parameters)
        self.canal: Canal = build_canal(self.spine, self.levels, parameters.seed)
        self.contents = Contents(self.canal, parameters.seed)
        self.discs = [
            Disc(low, up, level).straightened()
            for (low, up), level in zip(self.spine.pairs(), self.levels, strict=True)
        ]

    @cached_property
    def bones(self) -> list[Bone]:
        """Every vertebra with its posterior elements, from S4 up."""
        made = []
        for label in sorted(self.spine.vertebrae):
            vertebra = self.spine.vertebrae[label]
            around = [self.levels[k].canal_ap_mm for k in (label - 1, label) if 0 <= k < len(self.levels)]
            arch = arch_depth(vertebra, max(around, default=10.0))
            above = self.levels[label].modic if 0 <= label < len(self.levels) else 0
            below = self.levels[label - 1].modic if 0 < label <= len(self.levels) else 0
            made.append(Bone(vertebra, limbs(vertebra, arch), (above, below)))
        return made

    @cached_property
    def _painters(self) -> tuple[Surroundings, BonePainter, DiscPainter, CanalPainter]:
        texture = Texture(self.parameters.seed)
        return (
            Surroundings(self.spine, self.canal, self.parameters, texture),
            BonePainter(self.parameters, texture),
            DiscPainter(self.parameters, texture),
            CanalPainter(self.canal, self.contents, self.parameters, texture),
        )

    def render(self, geometry: Geometry, index: int) -> Canvas:
        """One slice, painted."""
        thick = self.parameters.acquisition.slice_thickness_mm / geometry.spacing[0]
        count = int(np.ceil(self.parameters.acquisition.slice_thickness_mm / SAMPLE_MM))
        slab = Slab(geometry, index, index + ((np.arange(count) + 0.5) / count - 0.5) * thick)
        surroundings, bone, disc, canal = self._painters
        whole = slice(0, geometry.shape[1]), slice(0, geometry.shape[2])
        middle = slab.points(whole, np.array([float(index)]))[0]
        canvas = Canvas(surroundings.paint(middle, slab.pixel_mm), count)
        canal.paint_fat(canvas, slab)
        for each in self.bones:
            bone.paint_posterior(canvas, slab, each)
        for each in self.bones:
            self._paint_nerves(canvas, slab, each)
            bone.paint_ligament(canvas, slab, each)
        canal.paint_sac(canvas, slab)
        for part in self.discs:
            disc.paint(canvas, slab, part)
        for each in self.bones:
            bone.paint_body(canvas, slab, each)
        return canvas

    def _paint_nerves(self, canvas: Canvas, slab: Slab, bone: Bone) -> None:
        if bone.vertebra.label < 1:
            return
        for root in nerve(bone.vertebra):
            self._paint_limb(canvas, slab, bone, root, "root")

    def _paint_limb(self, canvas: Canvas, slab: Slab, bone: Bone, limb: Limb, tissue: str) -> None:
        window = slab.window(box(bone.vertebra, *limb.bounds()))
        if window is None:
            return
        distance = limb.distance(*local(bone.vertebra, slab.points(window)))
        shown = signal(tissue, self.parameters.acquisition)[:, None, None, None]
        canvas.paint(window, coverage(distance, slab.pixel_mm), shown)


def grid(parameters: PhantomParameters, spine: Spine) -> Geometry:
    """Where the slices lie: about the lumbar spine, turned and shifted as the acquisition says."""
    a = parameters.acquisition
    yaw, roll = np.radians(a.yaw_degrees), np.radians(a.roll_degrees)
    turn = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
    lean = np.array([[np.cos(roll), 0, np.sin(roll)], [0, 1, 0], [-np.sin(roll), 0, np.cos(roll)]])
    axes = turn @ lean @ np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
    step = axes * np.array([a.slice_spacing_mm, a.row_spacing_mm, a.column_spacing_mm])
    shape = (a.slices, a.rows, a.columns)
    affine = np.eye(4)
    affine[:3, :3] = step
    affine[:3, 3] = field_center(parameters, spine) - step @ ((np.array(shape) - 1) / 2)
    return Geometry(affine, shape)


def field_center(parameters: PhantomParameters, spine: Spine) -> NDArray[np.float64]:
    """(3,) where the middle of the slab lies: S1 in the lower fifth of the picture, the spine behind its middle."""
    a = parameters.acquisition
    tall = a.rows * a.row_spacing_mm
    foot = spine.vertebrae[0].center
    lumbar = np.array([spine.vertebrae[k].center for k in range(6)])
    middle = np.array([lumbar[:, 0].mean(), lumbar[:, 1].mean() - 8.0, foot[2] + 0.28 * tall])
    return np.asarray(middle + np.array(a.shift_mm))
