"""The Cobb angle on a coronal projection, and the angle between any two endplates as a map."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from service.anatomy.endplates import Endplate
from service.anatomy.landmarks import number_name
from service.findings.model import Finding
from service.report.model import Language
from service.report.pictures.coronal import Shadow
from service.report.pictures.style import (
    BLUE,
    FAINT,
    GLOW,
    INK,
    KINDS,
    SMALL,
    TEXT,
    TINY,
    VERMILION,
    heading,
    page,
    scale_bar,
)
from service.report.pictures.subject import Subject
from service.report.pictures.words import say

FEATURE = "cobb_angle"
_LEAST_THICKNESS_MM = 4.0
_LINE_MM = 22.0
"""How far an endplate's line is carried on beyond the body on each side."""
_EDGE_MM, _WRITING_MM = 8.0, 30.0
_PANEL_INCHES = 6.0
_FOOT_INCHES, _TOP_INCHES = 0.45, 0.75
_LOOKS = ((VERMILION, "-"), (BLUE, "--"))
"""Of the upper and of the lower line."""


@dataclass(frozen=True)
class Tilted:
    """An endplate of the finding: its vertebra, its side (upper, lower) and how far it slopes down to the left, in degrees."""

    vertebra: str
    side: str
    degrees: float

    def name(self, lang: Language) -> str:
        """Such as "L1 upper"."""
        return f"{self.vertebra} {say(self.side, lang)}"


def refusal(subject: Subject) -> str:
    """Why there is nothing to draw; empty if there is."""
    ends = ends_of(tilts_of(subject.finding(FEATURE)))
    seen = {number_name(number) for number in subject.landmarks.bodies}
    if ends is not None and {end.vertebra for end in ends} <= seen:
        return ""
    return next((f.reason for f in subject.findings if f.feature == FEATURE and f.reason), "no angle was measured")


def cobb(subject: Subject) -> Figure:
    """The picture."""
    tilts = tilts_of(subject.finding(FEATURE))
    left, right, bottom, top = _bounds(subject.shadows, ends_of(tilts))
    panel = float(np.clip(_PANEL_INCHES * (right - left) / (top - bottom), 2.2, 5.5))
    figure = page(panel + 0.83 * _PANEL_INCHES + 1.35, _PANEL_INCHES + _FOOT_INCHES + _TOP_INCHES)
    width, height = figure.get_size_inches()
    y, tall = _FOOT_INCHES / height, _PANEL_INCHES / height
    draw_coronal(figure.add_axes((0.15 / width, y, panel / width, tall)), subject)
    square = figure.add_axes(((panel + 1.05) / width, y + 0.05 * tall, 0.83 * _PANEL_INCHES / width, 0.83 * tall))
    draw_matrix(square, tilts, subject.lang)
    heading(figure, say("cobb title", subject.lang), say("cobb note", subject.lang))
    return figure


def tilts_of(finding: Finding | None) -> list[Tilted]:
    """Every endplate that the finding tells the tilt of, from the lowest up."""
    details = {} if finding is None else finding.details
    keys = [(key.split("_"), value) for key, value in details.items() if key.startswith("tilt_")]
    return [Tilted(key[1], key[2], float(value)) for key, value in keys]


def ends_of(tilts: Sequence[Tilted]) -> tuple[Tilted, Tilted] | None:
    """The upper and the lower of the two endplates that differ most."""
    if len(tilts) < 2:
        return None
    lower, upper = max(combinations(tilts, 2), key=lambda pair: abs(pair[0].degrees - pair[1].degrees))
    return upper, lower


def draw_coronal(axes: Axes, subject: Subject, size: float = TEXT) -> None:
    """The projection, with the lines of the end vertebrae's endplates and the angle between them."""
    seen = subject.shadows
    ends = ends_of(tilts_of(subject.finding(FEATURE)))
    marked = {end.vertebra for end in ends or ()}
    for shadow in seen:
        _draw_shadow(axes, shadow, shadow.structure.name in marked)
    for shadow in seen:
        if shadow.structure.kind != "disc" and not shadow.structure.partial:
            _write_name(axes, shadow, subject.doubt, size)
    left, right, bottom, top = _bounds(seen, ends)
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.set_aspect("equal")
    axes.set_axis_off()
    if ends is not None:
        _draw_angle(axes, subject, ends, size)
    for x, word in ((left, "R"), (right, "L")):
        side = "left" if word == "R" else "right"
        axes.text(x, top, word, fontsize=size + 3, weight="bold", color=INK, ha=side, va="top")
    scale_bar(axes, (left + 1, bottom + 3), 20, dark=True)


def _bounds(seen: Sequence[Shadow], ends: tuple[Tilted, Tilted] | None) -> tuple[float, float, float, float]:
    """Left, right, bottom and top in mm, with room for the angle on its side."""
    extents = np.array([shadow.extent for shadow in seen])
    beyond = _LINE_MM + _EDGE_MM
    near = 0.0 if ends is None else _near(*ends)
    return (
        float(extents[:, 0].min() - beyond - (_WRITING_MM if near < 0 else 0)),
        float(extents[:, 1].max() + beyond + (_WRITING_MM if near > 0 else 0)),
        float(extents[:, 2].min() - _EDGE_MM),
        float(extents[:, 3].max() + _EDGE_MM),
    )


def _draw_shadow(axes: Axes, shadow: Shadow, marked: bool) -> None:
    """Shaded by its thickness, with its outline; the end vertebrae darker."""
    colour = KINDS[shadow.structure.kind]
    shade = np.clip(shadow.thickness / max(float(shadow.thickness.max()), 1.0), 0, 1)
    strength = 0.75 if marked else (0.28 if shadow.structure.kind == "disc" else 0.45)
    paint = np.empty((*shade.shape, 4))
    paint[..., :3] = to_rgb(colour)
    paint[..., 3] = strength * shade**0.7
    axes.imshow(paint, extent=shadow.extent, origin="lower", interpolation="bilinear")
    if (shadow.thickness > _LEAST_THICKNESS_MM).any() and min(shade.shape) > 1:
        width = 1.4 if marked else 0.8
        edge = INK if shadow.structure.kind != "disc" else colour
        axes.contour(
            shadow.x, shadow.z, shadow.thickness, [_LEAST_THICKNESS_MM], colors=[edge], linewidths=width, alpha=0.75
        )


def _write_name(axes: Axes, shadow: Shadow, doubt: str, size: float) -> None:
    thick = shadow.thickness
    z, x = (
        float(np.average(places, weights=thick.sum(axis=axis) + 1e-9))
        for places, axis in ((shadow.z, 1), (shadow.x, 0))
    )
    name = shadow.structure.name + doubt
    axes.text(x, z, name, fontsize=size, color=INK, ha="center", va="center", path_effects=GLOW)


def _draw_angle(axes: Axes, subject: Subject, ends: tuple[Tilted, Tilted], size: float) -> None:
    """Both lines, dashed and solid, their names, and the angle on the side where they draw near each other."""
    near = _near(*ends)
    tips = []
    for end, (colour, dash) in zip(ends, _LOOKS, strict=True):
        plate, reach = _plate(subject, end)
        slope = np.array([np.cos(np.radians(end.degrees)), -np.sin(np.radians(end.degrees))])
        middle = plate.centre[[0, 2]]
        tip, tail = middle + near * reach * slope, middle - near * reach * slope
        axes.plot(*zip(tip, tail, strict=True), color=colour, linestyle=dash, linewidth=1.8, path_effects=GLOW)
        tips.append(tip)
    _write_angle(axes, subject, (tips[0], tips[1]), near, size)


def _near(upper: Tilted, lower: Tilted) -> float:
    """The side on which the two lines draw near each other: 1 for the left, to which the upper one slopes down more, else -1."""
    return 1.0 if upper.degrees > lower.degrees else -1.0


def _plate(subject: Subject, end: Tilted) -> tuple[Endplate, float]:
    """The endplate, and how far its line reaches from its middle in mm."""
    bodies = {number_name(number): body for number, body in subject.landmarks.bodies.items()}
    body = bodies[end.vertebra]
    return body.upper if end.side == "upper" else body.lower, body.width / 2 + _LINE_MM


def _write_angle(axes: Axes, subject: Subject, tips: tuple[np.ndarray, np.ndarray], near: float, size: float) -> None:
    found = subject.finding(FEATURE)
    if found is None or found.value is None:
        return
    (x0, z0), (x1, z1) = tips
    x = max(x0, x1, key=lambda place: near * place)
    bow = {"arrowstyle": "<->", "color": INK, "linewidth": 1, "connectionstyle": f"arc3,rad={-0.12 * near}"}
    axes.annotate("", (x0, z0 - 1), (x1, z1 + 1), arrowprops=bow)
    text = f"{found.value:z.1f}°"
    low, high = found.interval or (None, None)
    place = (x + near * 3, (z0 + z1) / 2)
    side = "left" if near > 0 else "right"
    axes.text(*place, text, fontsize=size + 4, weight="bold", color=INK, ha=side, va="bottom", path_effects=GLOW)
    if low is not None:
        between = f"95 %: {low:z.1f} {say('to', subject.lang)} {high:z.1f}°"
        axes.text(*place, between, fontsize=size - 2, color=FAINT, ha=side, va="top", path_effects=GLOW)


def draw_matrix(axes: Axes, tilts: Sequence[Tilted], lang: Language) -> None:
    """The angle between any two endplates, the highest first; the largest is framed."""
    order = list(reversed(tilts))
    degrees = np.array([tilt.degrees for tilt in order])
    angles = np.abs(degrees[:, None] - degrees)
    axes.imshow(angles, cmap="cividis", vmin=0, vmax=max(float(angles.max()), 5.0))
    names = [tilt.name(lang) for tilt in order]
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=TINY)
    axes.set_yticks(range(len(names)), names, fontsize=TINY)
    axes.tick_params(length=0, top=True, bottom=False, labeltop=True, labelbottom=False)
    bright = angles > 0.55 * max(float(angles.max()), 5.0)
    for (row, column), angle in np.ndenumerate(angles):
        colour = "black" if bright[row, column] else "white"
        axes.text(column, row, f"{angle:z.0f}", fontsize=TINY, color=colour, ha="center", va="center")
    for row, column in {tuple(np.unravel_index(angles.argmax(), angles.shape)[::turn]) for turn in (1, -1)}:
        axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=VERMILION, linewidth=2))
    for k in np.arange(1.5, len(names) - 1, 2):
        axes.axhline(k, color="white", linewidth=0.6)
        axes.axvline(k, color="white", linewidth=0.6)
    axes.spines[:].set_visible(False)
    axes.set_xlabel(say("pairs", lang), fontsize=SMALL, color=FAINT, labelpad=6)
