"""Every disc in its own plane, with the outlines of both endplates on it, and how far it stands out beyond their rims."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PolyCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from service.findings.disc_map import Contour, DiscMap, Extension
from service.findings.model import Finding
from service.report.model import Language
from service.report.pictures.style import (
    BLUE,
    FAINT,
    GLOW,
    INK,
    ORANGE,
    RULE,
    SMALL,
    TEXT,
    UNSURE,
    heading,
    page,
    scale_bar,
    wrapped,
)
from service.report.pictures.subject import Subject
from service.report.pictures.words import say

Dash = Literal["-", "--"]
COLOURS, DEEPEST_MM = "viridis_r", 6.0
_NORM = Normalize(0, DEEPEST_MM)
_COLUMNS, _PANEL_INCHES, _WORDS_INCHES = 3, (3.15, 2.25), 0.55
_TOP_INCHES, _FOOT_INCHES, _BAR_INCHES = 0.75, 0.5, 0.95
_SIDE_MM, _FRONT_MM, _BACK_MM, _TICKS_MM = 35.0, -25.0, 29.5, 28.5
_CLEAR_MM = 3.0
"""Between a disc and the letters of the sides."""
_SHOWN_MM = 0.3
"""An extension of less than this is not coloured: it is within the error of a pixel. Provenance: expert."""
_WRITTEN_MM = 1.0
_MOST = 6
LINES: dict[str, tuple[str, Dash]] = {"upper": (BLUE, "-"), "lower": (ORANGE, "--")}


def refusal(subject: Subject) -> str:
    """Why there is nothing to draw; empty if there is."""
    if any(isinstance(one, DiscMap) for one in subject.maps.values()):
        return ""
    reasons = dict.fromkeys(str(reason) for reason in subject.maps.values())
    return "; ".join(reasons) or "no disc was segmented"


def shown(subject: Subject) -> list[str]:
    """The levels that get a panel, from the highest down: the lumbar ones, and one above; none above the highest with a map."""
    levels = list(subject.maps)[:_MOST]
    while levels and isinstance(subject.maps[levels[-1]], str):
        levels.pop()
    return levels[::-1]


def first_of(subject: Subject, levels: Sequence[str]) -> str:
    """The first of these levels that has a map: it carries what is said once."""
    return next(level for level in levels if isinstance(subject.maps[level], DiscMap))


def disc_maps(subject: Subject) -> Figure:
    """The picture: a panel for each level."""
    levels = shown(subject)
    columns = min(_COLUMNS, len(levels))
    rows = -(-len(levels) // columns)
    wide, tall = _PANEL_INCHES[0], _PANEL_INCHES[1] + _WORDS_INCHES
    figure = page(max(columns * wide + _BAR_INCHES + 0.2, 5.6), rows * tall + _TOP_INCHES + _FOOT_INCHES)
    width, height = figure.get_size_inches()
    for k, level in enumerate(levels):
        x, y = 0.18 + (k % columns) * wide, height - _TOP_INCHES - (k // columns + 1) * tall
        axes = figure.add_axes((x / width, y / height, (wide - 0.3) / width, _PANEL_INCHES[1] / height))
        draw_map(axes, subject, level, first=level == first_of(subject, levels))
    bar = figure.add_axes(((columns * wide + 0.3) / width, 0.25, 0.14 / width, 0.5))
    draw_bar(figure, bar, subject.lang)
    _legend(figure, subject.lang)
    heading(figure, say("disc_maps title", subject.lang), say("maps note", subject.lang))
    return figure


def draw_map(
    axes: Axes, subject: Subject, level: str, *, first: bool = True, narrow: bool = False, size: float = TEXT
) -> None:
    """One level, or why it has no map; the sides are named on the first, and words take two lines where it is narrow."""
    room = _room(subject)
    axes.set_xlim(-room * _SIDE_MM, room * _SIDE_MM)
    axes.set_ylim(room * _BACK_MM, room * _FRONT_MM)
    axes.set_aspect("equal")
    axes.set_axis_off()
    title = level + subject.doubt
    words, height = ("\n" if narrow else "  ·  ").join(describe(subject, level)), 1.22 if narrow else 1.11
    axes.text(0.5, height, title, fontsize=size + 1, weight="bold", color=INK, ha="center", transform=axes.transAxes)
    axes.text(0.5, 1.02, words, fontsize=size - 1.5, color=FAINT, ha="center", va="bottom", transform=axes.transAxes)
    found = subject.maps[level]
    if isinstance(found, str):
        axes.text(0, 0, wrapped(found, 30), fontsize=size - 1.5, color=FAINT, ha="center", va="center", style="italic")
        return
    _draw_outlines(axes, found)
    for side in (found.anterior, found.posterior):
        _draw_extension(axes, side)
    _write_greatest(axes, found.posterior, size)
    _draw_sides(axes, found, subject.lang, size, first)
    axes.plot(found.slices, np.full(len(found.slices), room * _TICKS_MM), "|", color=FAINT, markersize=4)
    if first:
        scale_bar(axes, (room * _SIDE_MM - 10, room * _TICKS_MM), 10, dark=True, size=size - 2)


def _room(subject: Subject) -> float:
    """How many times as much as usual the panels show, so that the largest disc keeps clear of the letters; the same in all, to compare them."""
    found = [one for one in subject.maps.values() if isinstance(one, DiscMap)]
    x, y = np.concatenate(
        [p for m in found for p in (m.disc.points, m.anterior.margin, m.posterior.margin)] or [np.zeros((1, 2))]
    ).T
    aside, ahead = (float(reach) + _CLEAR_MM for reach in (np.abs(x).max(), -y.min()))
    return max(1.0, aside / _SIDE_MM, ahead / -_FRONT_MM, (float(y.max()) + _CLEAR_MM) / _BACK_MM)


def describe(subject: Subject, level: str) -> list[str]:
    """Height and slip, as far as they were assessed; a question mark where they are unsure."""
    lang, parts = subject.lang, []
    height, slip = subject.finding("disc_height", level), subject.finding("spondylolisthesis", level)
    if height is not None and height.value is not None:
        parts.append(f"{say('height', lang)} {height.value:.1f} mm{_doubt(height)}")
    if slip is not None and slip.value is not None:
        percent = slip.details.get("percent")
        share = f" ({percent:z.0f} %)" if isinstance(percent, float) else ""
        parts.append(f"{say('slip', lang)} {slip.value:z.1f} mm{share}{_direction(slip, lang)}{_doubt(slip)}")
    return parts


def _direction(slip: Finding, lang: Language) -> str:
    word = {"anterior": "forwards", "posterior": "backwards"}.get(str(slip.details.get("direction")))
    return f" {say(word, lang)}" if word else ""


def _doubt(finding: Finding) -> str:
    return " ?" if finding.confidence is not None and finding.confidence < UNSURE else ""


def _draw_outlines(axes: Axes, found: DiscMap) -> None:
    """The disc as a pale area with its outline, and both endplates; what no slice shows is dotted."""
    axes.fill(*found.disc.points.T, color="#ECECEC", linewidth=0)
    _draw_contour(axes, found.disc, INK, "-", 1.0)
    for contour, which in ((found.upper, "upper"), (found.lower, "lower")):
        colour, dash = LINES[which]
        _draw_contour(axes, contour, colour, dash, 1.6)


def _draw_contour(axes: Axes, contour: Contour, colour: str, dash: str, width: float) -> None:
    for line in (contour.anterior, contour.posterior):
        axes.plot(*line.T, color=colour, linestyle=dash, linewidth=width)
    ends = {"left": -1, "right": 0}
    for side, end in ends.items():
        guess = getattr(contour, side)
        if guess is not None:
            whole = np.concatenate([contour.anterior[[end]], guess, contour.posterior[[end]]])
            axes.plot(*whole.T, color=colour, linestyle=":", linewidth=width)


def _draw_extension(axes: Axes, side: Extension) -> None:
    """The strip between the rims and the margin, coloured by its depth."""
    strips = np.stack([side.rim[:-1], side.rim[1:], side.margin[1:], side.margin[:-1]], axis=1)
    depth = (side.depth[:-1] + side.depth[1:]) / 2
    deep = depth > _SHOWN_MM
    paint = PolyCollection(list(strips[deep]), array=depth[deep], cmap=COLOURS, norm=_NORM, linewidth=0.3)
    paint.set_edgecolor("face")
    paint.set_zorder(3)
    axes.add_collection(paint)


def _write_greatest(axes: Axes, side: Extension, size: float) -> None:
    """How deep the posterior margin is at its deepest, with a mark there."""
    depth, _ = side.greatest
    if depth < _WRITTEN_MM:
        return
    x, y = side.margin[int(side.depth.argmax())]
    axes.plot([x], [y + 1.5], marker="^", markersize=4, color=INK, zorder=4)
    text = f"{depth:.1f} mm"
    axes.text(x, y + 3, text, fontsize=size - 1, color=INK, ha="center", va="top", path_effects=GLOW, zorder=4)


def _draw_sides(axes: Axes, found: DiscMap, lang: Language, size: float, first: bool) -> None:
    """The letters of the four sides, that of the back out of the way of what is written there; on the first also in words."""
    depth, left = found.posterior.greatest
    aside = -17.0 * (1 if left > 0 else -1) if depth >= _WRITTEN_MM and abs(left) < 14 else 0.0
    look: dict[str, Any] = {"fontsize": size - 1, "color": FAINT}
    front, back = (f" ({say(word, lang)})" if first else "" for word in ("anterior", "posterior"))
    (right, end), (ahead, behind) = axes.get_xlim(), sorted(axes.get_ylim())
    axes.text(right, 0, "R", ha="left", va="center", **look)
    axes.text(end, 0, "L", ha="right", va="center", **look)
    axes.text(0, ahead, f"A{front}", ha="center", va="top", **look)
    axes.text(aside, behind - (_BACK_MM - _TICKS_MM) - 1.5, f"P{back}", ha="center", va="bottom", **look)


def draw_bar(figure: Figure, axes: Axes, lang: Language, size: float = SMALL) -> None:
    """The scale of the colours."""
    bar = figure.colorbar(ScalarMappable(_NORM, COLOURS), cax=axes, extend="max")
    bar.set_label(say("beyond", lang), fontsize=size, color=FAINT)
    bar.ax.tick_params(labelsize=size, color=RULE)
    bar.outline.set_visible(False)


def handles(lang: Language) -> Sequence[Line2D | Patch]:
    """What the lines are, and of what a slip's per cents are."""
    lines = [
        Line2D([], [], color=colour, linestyle=dash, linewidth=1.6, label=say(f"{which} endplate", lang))
        for which, (colour, dash) in LINES.items()
    ]
    disc = Patch(facecolor="#ECECEC", edgecolor=INK, label=say("disc outline", lang))
    guess = Line2D([], [], color=INK, linestyle=":", label=say("guessed", lang))
    share = Line2D(
        [], [], color=INK, linestyle="none", marker=r"$\%$", markersize=6, markeredgewidth=0, label=say("share", lang)
    )
    return [*lines, disc, guess, share]


def _legend(figure: Figure, lang: Language) -> None:
    legend = figure.legend(
        handles=list(handles(lang)), loc="lower left", ncols=5, fontsize=SMALL, frameon=False, borderaxespad=1
    )
    for text in legend.get_texts():
        text.set_color(FAINT)
