"""The best of all pictures on one page (A4, lying), to glance at: the spine with its findings, its curve, its canal, its discs."""

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from service.report.pictures import canal, cobb, maps
from service.report.pictures.overlay import caption, draw_findings, draw_marked, rows_of, where
from service.report.pictures.style import FAINT, INK, RULE, SMALL, TEXT, TINY, VERMILION, heading, page, wrapped
from service.report.pictures.subject import Subject
from service.report.pictures.words import say

_A4_INCHES = (11.69, 8.27)
_EDGE = 0.18
_MIDDLE_INCHES, _MAPS_INCHES = 4.8, 1.45
_STRIP_INCHES, _CORONAL_INCHES, _CANAL_INCHES, _GAP_INCHES = 3.05, 2.35, 1.75, 0.2
_WORDS = 185


class _Page:
    """The page, and boxes on it in inches from the lower left corner."""

    def __init__(self) -> None:
        self.figure = page(*_A4_INCHES)

    def axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        wide, tall = _A4_INCHES
        return self.figure.add_axes((left / wide, bottom / tall, width / wide, height / tall))

    def write(
        self, x: float, top: float, text: str, size: float, colour: str, weight: str = "normal", ha: str = "left"
    ) -> None:
        wide, tall = _A4_INCHES
        self.figure.text(x / wide, top / tall, text, fontsize=size, color=colour, weight=weight, ha=ha, va="top")

    def rule(self, height: float) -> None:
        wide, tall = _A4_INCHES
        line = self.figure.add_axes((_EDGE / wide, height / tall, 1 - 2 * _EDGE / wide, 0.01 / tall))
        line.set_facecolor(RULE)
        line.set_xticks([])
        line.set_yticks([])
        line.spines[:].set_visible(False)


def summary(subject: Subject, proposal: str = "", warning: str = "") -> Figure:
    """The page.

    Args:
        proposal: what the triage proposes, in words; none where only images were read.
        warning: what the study lacked, at the top right.
    """
    sheet = _Page()
    heading(sheet.figure, say("summary title", subject.lang), f"{where(subject)}  ·  {caption(subject)}")
    if warning:
        sheet.write(_A4_INCHES[0] - _EDGE, _A4_INCHES[1] - 0.2, warning, TEXT, VERMILION, "bold", ha="right")
    if proposal:
        sheet.write(_EDGE, _A4_INCHES[1] - 0.62, wrapped(proposal, _WORDS, 2), SMALL + 0.5, INK)
    foot = 0.35 + _MAPS_INCHES + 0.68
    _draw_spine(sheet, subject, foot)
    _draw_maps(sheet, subject, 0.35)
    sheet.write(_EDGE, 0.2, say("notice", subject.lang), TINY, FAINT)
    return sheet.figure


def _draw_spine(sheet: _Page, subject: Subject, bottom: float) -> None:
    """The overlay with its findings, then the curve, then the canal, side by side."""
    wide, tall = subject.view.shape_mm
    right = _EDGE + _CANAL_INCHES + 0.1
    room = _A4_INCHES[0] - right - _CORONAL_INCHES - _STRIP_INCHES - _EDGE - 4 * _GAP_INCHES - 0.35
    width = min(_MIDDLE_INCHES * wide / tall, room)
    image = sheet.axes(_EDGE, bottom, width, _MIDDLE_INCHES)
    draw_marked(image, subject, size=8)
    x = _EDGE + width + _GAP_INCHES / 2
    rows = rows_of(subject)
    if rows:
        shown = min(_MIDDLE_INCHES, width * tall / wide)
        beside = sheet.axes(x, bottom + (_MIDDLE_INCHES - shown) / 2, _STRIP_INCHES, shown)
        draw_findings(beside, rows, image, subject.view, shown, size=7)
    x += _STRIP_INCHES + _GAP_INCHES
    left = _A4_INCHES[0] - right
    _draw_curve(sheet, subject, (x, bottom, left - x - 0.55, _MIDDLE_INCHES))
    _draw_canal(sheet, subject, (left, bottom, _CANAL_INCHES, _MIDDLE_INCHES))


def _draw_curve(sheet: _Page, subject: Subject, box: tuple[float, float, float, float]) -> None:
    axes = sheet.axes(*box)
    reason = cobb.refusal(subject)
    if reason:
        _say_why(axes, say("cobb title", subject.lang), reason, subject)
    else:
        cobb.draw_coronal(axes, subject, size=7.5)


def _draw_canal(sheet: _Page, subject: Subject, box: tuple[float, float, float, float]) -> None:
    left, bottom, width, height = box
    axes = sheet.axes(left, bottom + 0.3, width, height - 0.35)
    reason = canal.refusal(subject)
    courses = [] if subject.profile is None else canal.courses_of(subject.profile)
    if reason or not courses:
        _say_why(axes, say("canal_profile title", subject.lang), reason, subject)
    else:
        canal.draw_course(axes, subject, courses[0], size=7.5)


def _draw_maps(sheet: _Page, subject: Subject, bottom: float) -> None:
    """A row of discs, with the scale of their colours and what the lines are."""
    top = bottom + _MAPS_INCHES + 0.53
    sheet.rule(top)
    reason = maps.refusal(subject)
    if reason:
        _say_why(
            sheet.axes(_EDGE, bottom, _A4_INCHES[0] - 2 * _EDGE, _MAPS_INCHES),
            say("disc_maps title", subject.lang),
            reason,
            subject,
        )
        return
    levels = maps.shown(subject)
    width = (_A4_INCHES[0] - 2 * _EDGE - 0.75) / 6
    for k, level in enumerate(levels):
        axes = sheet.axes(_EDGE + k * width, bottom, width - 0.1, _MAPS_INCHES)
        maps.draw_map(axes, subject, level, first=level == maps.first_of(subject, levels), narrow=True, size=6.8)
    bar = sheet.axes(_A4_INCHES[0] - _EDGE - 0.65, bottom + 0.1, 0.1, _MAPS_INCHES - 0.3)
    maps.draw_bar(sheet.figure, bar, subject.lang, TINY - 0.5)
    _legend(sheet.figure, maps.handles(subject.lang))


def _legend(figure: Figure, handles: Sequence[Artist]) -> None:
    wide, tall = _A4_INCHES
    place = (1 - _EDGE / wide, 0.06 / tall)
    legend = figure.legend(
        handles=list(handles),
        loc="lower right",
        bbox_to_anchor=place,
        ncols=5,
        fontsize=TINY - 0.5,
        frameon=False,
        borderaxespad=0,
    )
    for text in legend.get_texts():
        text.set_color(FAINT)


def _say_why(axes: Axes, title: str, reason: str, subject: Subject) -> None:
    """In the place of a picture that cannot be drawn: which, and why."""
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    text = f"{title}\n{say('not drawn', subject.lang)}:\n{wrapped(reason, 34)}"
    axes.text(
        0.5, 0.5, text, fontsize=TEXT - 1.5, color=FAINT, ha="center", va="center", style="italic", linespacing=1.4
    )
