"""The mid-sagittal slice, or what follows the middle of a curved spine: plain, segmented with named levels, and the findings of each level beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import ConnectionPatch

from service.anatomy.model import DISC, PARTIAL, Anatomy, Structure, disc_name
from service.findings.feature import Category
from service.report.pictures.marks import COLOURS, Mark, absent_at, marks_at
from service.report.pictures.sagittal import draw_structures, show, write_names
from service.report.pictures.style import FAINT, INK, RULE, TINY, footnote, heading, page, scale_bar
from service.report.pictures.subject import Subject, View
from service.report.pictures.words import say

_PANEL_INCHES = 6.3
_STRIP_INCHES = 3.5
_TOP_INCHES, _FOOT_INCHES, _EDGE_INCHES = 0.72, 0.42, 0.18
_SCALE_MM = 20.0
_COLUMNS = 2
_LINE_INCHES = 0.155
_LEGEND: dict[Category, str] = {
    "discogenic": "disc",
    "neurogenic": "nerves",
    "osseous": "bone",
    "facetogenic": "facets",
    "paraspinal": "muscle",
}


@dataclass(frozen=True)
class Row:
    """What stands beside one level: where the level is (mm from the top of the slice), its marks, and what was not seen."""

    level: str
    place: float
    marks: tuple[Mark, ...]
    absent: str

    @property
    def lines(self) -> int:
        """How many lines it takes, its name included."""
        return 1 + -(-len(self.marks) // _COLUMNS) + bool(self.absent)


def overlay(subject: Subject) -> Figure:
    """The picture; without a segmented level there is no column of findings."""
    view, rows = subject.view, rows_of(subject)
    wide, tall = view.shape_mm
    panel = min(max(_PANEL_INCHES * wide / tall, 1.6), 6.5)
    strip = _STRIP_INCHES if rows else 0.0
    width = 2 * panel + strip + 4 * _EDGE_INCHES
    height = _PANEL_INCHES + _TOP_INCHES + _FOOT_INCHES
    figure = page(max(width, 4.6), height)
    size = figure.get_size_inches()

    def axes(left: float, inches: float) -> Axes:
        box = (left / size[0], _FOOT_INCHES / size[1], inches / size[0], _PANEL_INCHES / size[1])
        return figure.add_axes(box)

    plain, marked = axes(_EDGE_INCHES, panel), axes(2 * _EDGE_INCHES + panel, panel)
    show(plain, view)
    scale_bar(plain, (view.window[0] + 0.04 * wide, view.window[2] - 0.03 * tall), _SCALE_MM)
    draw_marked(marked, subject)
    if rows:
        beside = axes(3 * _EDGE_INCHES + 2 * panel, strip)
        draw_findings(beside, rows, marked, view, _PANEL_INCHES)
        _legend(figure, subject, rows)
    heading(figure, title(subject), where(subject))
    footnote(figure, caption(subject))
    return figure


def draw_marked(axes: Axes, subject: Subject, size: float = 10) -> None:
    """The segmented slice with its names."""
    show(axes, subject.view)
    draw_structures(axes, subject.view)
    write_names(axes, subject, size)


def rows_of(subject: Subject) -> list[Row]:
    """A row for each level that the slice shows and of which something was assessed, from the highest down."""
    rows = []
    for number, around in _levels(subject.anatomy).items():
        place = _between(subject.view, around)
        name = disc_name(DISC + number)
        marks = tuple(marks_at(subject.findings, name, subject.lang))
        absent = absent_at(subject.findings, name, subject.lang)
        if place is not None and (marks or absent):
            missing = f"{say('not found', subject.lang)}: {', '.join(absent)}" if absent else ""
            rows.append(Row(name + subject.doubt, place, marks, missing))
    return sorted(rows, key=lambda row: row.place)


def _levels(anatomy: Anatomy) -> dict[int, tuple[Structure, ...]]:
    """By the number of a level (1 is L5-S1) the disc, or where none was outlined the two vertebrae beside it."""
    column = {
        0 if s.kind == "sacrum" else s.label % PARTIAL: s for s in (*anatomy.of("vertebra"), *anatomy.of("sacrum"))
    }
    beside = {n: (column[n], column[n - 1]) for n in column if n - 1 in column}
    return beside | {disc.label - DISC: (disc,) for disc in anatomy.of("disc")}


def _between(view: View, structures: Sequence[Structure]) -> float | None:
    """Height in mm on the page of what lies in the middle of some structures; none where the slice does not show them all."""
    centres = [view.centre(structure) for structure in structures]
    heights = [centre[1] for centre in centres if centre is not None]
    return sum(heights) / len(heights) if len(heights) == len(centres) else None


def draw_findings(axes: Axes, rows: list[Row], image: Axes, view: View, inches: float, size: float = 8) -> None:
    """The rows, each as near its level as the others let it, with a line that leads to it; closer together if they must.

    Args:
        image: the axes of the slice, of the same height on the page.
        inches: that height.
    """
    _, right, bottom, top = view.window
    axes.set_ylim(bottom, top)
    axes.set_xlim(0, 1)
    axes.set_axis_off()
    high = [row.lines + 0.7 for row in rows]
    line = min((bottom - top) / inches * _LINE_INCHES * size / 8, (bottom - top) / sum(high))
    middles = spread([row.place for row in rows], [lines * line for lines in high], (top, bottom))
    for row, middle in zip(rows, middles, strict=True):
        lead = ConnectionPatch((right, row.place), (0.01, middle), "data", "data", axesA=image, axesB=axes, color=FAINT)
        lead.set_linewidth(0.7)
        axes.add_artist(lead)
        _draw_row(axes, row, middle, line, size)


def spread(places: list[float], heights: list[float], bounds: tuple[float, float]) -> list[float]:
    """Middles of rows of these heights, from the top down, near their places, not overlapping, within the bounds if they fit."""
    middles = list(places)
    for _ in range(60):
        for k, (above, below) in enumerate(pairwise(range(len(middles)))):
            short = (heights[above] + heights[below]) / 2 - (middles[below] - middles[above])
            if short > 0:
                middles[k], middles[k + 1] = middles[above] - short / 2, middles[below] + short / 2
        middles = [min(max(m, bounds[0] + h / 2), bounds[1] - h / 2) for m, h in zip(middles, heights, strict=True)]
    return middles


def _draw_row(axes: Axes, row: Row, middle: float, line: float, size: float) -> None:
    y = middle - (row.lines - 1) / 2 * line
    axes.plot([0.01, 0.01], [y - 0.5 * line, y + (row.lines - 0.5) * line], color=RULE, linewidth=2)
    axes.text(0.03, y, row.level, fontsize=size + 0.5, weight="bold", color=INK, va="center")
    for k, mark in enumerate(row.marks):
        x, at = 0.05 + (k % _COLUMNS) * 0.47, y + (1 + k // _COLUMNS) * line
        draw_mark(axes, mark, (x, at), size)
    if row.absent:
        at = y + (row.lines - 1) * line
        axes.text(0.03, at, _cut(row.absent, 78), fontsize=max(size - 1.5, 5), color=FAINT, va="center")


def draw_mark(axes: Axes, mark: Mark, place: tuple[float, float], size: float) -> None:
    """A symbol and its words: filled and black where notable, else hollow and grey."""
    x, y = place
    axes.plot(
        [x],
        [y],
        marker=mark.marker,
        markersize=0.78 * size,
        markerfacecolor=mark.colour if mark.notable else "white",
        markeredgecolor=INK if mark.notable else mark.colour,
        markeredgewidth=0.7 if mark.notable else 1.1,
        linestyle="none",
        clip_on=False,
    )
    weight, colour = ("bold", INK) if mark.notable else ("normal", FAINT)
    axes.text(x + 0.035, y, mark.text, fontsize=size - 0.5, weight=weight, color=colour, va="center")


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rsplit(",", 1)[0] + ", …"


def _legend(figure: Figure, subject: Subject, rows: list[Row]) -> None:
    """What colours and fillings mean, of those that are there."""
    used = {mark.colour for row in rows for mark in row.marks}
    lang = subject.lang
    handles = [
        _dot(COLOURS[category], COLOURS[category], say(word, lang))
        for category, word in _LEGEND.items()
        if COLOURS[category] in used
    ]
    handles += [_dot(FAINT, INK, say("notable", lang)), _dot("white", FAINT, say("measured", lang))]
    handles += [Line2D([], [], marker="$?$", color=INK, linestyle="none", markersize=5, label=say("unsure", lang))]
    legend = figure.legend(
        handles=handles,
        loc="lower right",
        ncols=len(handles),
        fontsize=TINY + 0.5,
        frameon=False,
        handletextpad=0.1,
        columnspacing=0.9,
        borderaxespad=0.3,
    )
    for text in legend.get_texts():
        text.set_color(FAINT)


def _dot(face: str, edge: str, label: str) -> Line2D:
    return Line2D(
        [], [], marker="o", markersize=5, markerfacecolor=face, markeredgecolor=edge, linestyle="none", label=label
    )


def title(subject: Subject) -> str:
    """What the slice is."""
    return say("overlay title" if subject.view.course is None else "course title", subject.lang)


def where(subject: Subject) -> str:
    """Which slice of which series this is."""
    lang, series = subject.lang, subject.anatomy.series
    parts = [series.weighting, series.id]
    parts.append(f"{_slices(subject)} {say('of', lang)} {subject.slices}, {say('from the right', lang)}")
    parts += [say("numbering", lang)] if subject.doubt else []
    return "  ·  ".join(parts)


def _slices(subject: Subject) -> str:
    view, lang = subject.view, subject.lang
    if view.course is None:
        return f"{say('slice', lang)} {view.index + 1}"
    first, last = (round(end) + 1 for end in (float(view.course.min()), float(view.course.max())))
    return f"{say('slices', lang)} {first} {say('to', lang)} {last}"


def caption(subject: Subject) -> str:
    """The whole spine's angles, and what the numbers on the discs are."""
    lang = subject.lang
    parts = []
    for feature, word in (("cobb_angle", "cobb"), ("lumbar_lordosis", "lordosis")):
        found = subject.finding(feature)
        if found is not None and found.value is not None:
            parts.append(f"{say(word, lang)} {found.value:z.0f}°")
    heights = any(f.feature == "disc_height" and f.value is not None for f in subject.findings)
    return "  ·  ".join([*parts, *([say("on discs", lang)] if heights else [])])
