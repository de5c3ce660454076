"""The canal along the spine: diameter, cross-section and CSF, upright as the spine stands, with the levels marked."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from service.anatomy.regions import Points
from service.findings.canal_profile import CanalProfile
from service.report.pictures.style import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    ORANGE,
    RULE,
    SKY,
    TEXT,
    footnote,
    heading,
    page,
    wrapped,
)
from service.report.pictures.subject import Subject
from service.report.pictures.words import say

_PANEL_INCHES, _HEIGHT_INCHES = 2.35, 6.0
_LIMITS_MM = (10.0, 12.0)
"""Absolute and relative stenosis, as in the policy that comes with the service. Provenance: illustrative."""
_NOTE_LETTERS = 18
"""Of the footnote, in an inch."""
_END_MM = 4.0
"""The ends of the canal are left out: the image cuts them obliquely."""
_BEYOND_MM = 18.0
"""How far the canal is shown beyond the lowest and the highest named level."""


@dataclass(frozen=True, eq=False)
class Course:
    """One quantity along the canal: its values, how the axis is called, and how they are drawn and written."""

    key: str
    values: Points
    colour: str
    format: str
    feature: str
    scale: float = 1.0


def refusal(subject: Subject) -> str:
    """Why there is nothing to draw; empty if there is."""
    return (
        "" if subject.profile is not None and courses_of(subject.profile) else "too little of the canal was segmented"
    )


def courses_of(profile: CanalProfile) -> list[Course]:
    """Those of the quantities that were measured somewhere."""
    all_of_them = [
        Course("diameter", profile.diameter_mm, BLUE, "{:.1f}", "canal_ap_diameter"),
        Course("area", profile.area_mm2, GREEN, "{:.0f}", "canal_area"),
        Course("csf", 100 * profile.csf_fraction, SKY, "{:.0f}", "canal_csf", 100),
    ]
    return [course for course in all_of_them if np.isfinite(course.values).sum() > 1]


def canal_profile(subject: Subject) -> Figure:
    """The picture: a panel for each quantity that was measured."""
    courses = [] if subject.profile is None else courses_of(subject.profile)
    left, gap = 0.95, 0.3
    figure = page(left + len(courses) * (_PANEL_INCHES + gap) + 0.4, _HEIGHT_INCHES + 1.75)
    width, height = figure.get_size_inches()
    for k, course in enumerate(courses):
        x = left + k * (_PANEL_INCHES + gap)
        box = (x / width, 0.8 / height, _PANEL_INCHES / width, _HEIGHT_INCHES / height)
        axes = figure.add_axes(box)
        draw_course(axes, subject, course, named=k == 0)
    if courses:
        _write_distance(axes, subject)
    heading(figure, say("canal_profile title", subject.lang), _note(subject))
    footnote(figure, wrapped(say("canal note", subject.lang), round(_NOTE_LETTERS * (width - 0.4))))
    return figure


def _write_distance(axes: Axes, subject: Subject) -> None:
    """The scale along the canal, on the right of the last panel."""
    scale = axes.secondary_yaxis("right")
    scale.set_ylabel(say("along", subject.lang), fontsize=TEXT - 1, color=FAINT)
    scale.tick_params(labelsize=TEXT - 1.5, color=RULE, labelcolor=FAINT)
    scale.spines["right"].set_color(RULE)


def _note(subject: Subject) -> str:
    series = subject.anatomy.series
    return "  ·  ".join([series.weighting, series.id, *([say("numbering", subject.lang)] if subject.doubt else [])])


def draw_course(axes: Axes, subject: Subject, course: Course, *, named: bool = True, size: float = TEXT) -> None:
    """One quantity along the canal, the head above, with its value at every disc."""
    profile = subject.profile
    if profile is None:
        return
    discs = {name: place for name, place in profile.levels.items() if "-" in name}
    low, high = _bounds(profile)
    here = (profile.distance_mm >= low) & (profile.distance_mm <= high)
    along, values = profile.distance_mm[here], course.values[here]
    for place in discs.values():
        axes.axhspan(place - 3, place + 3, color=ORANGE, alpha=0.18, linewidth=0)
    axes.fill_betweenx(along, 0, values, color=course.colour, alpha=0.22, linewidth=0)
    axes.plot(values, along, color=course.colour, linewidth=1.8)
    if course.key == "diameter":
        for limit in _LIMITS_MM:
            axes.axvline(limit, color=FAINT, linestyle=":", linewidth=1)
    axes.set_ylim(low, high)
    top = np.nanmax(values) if np.isfinite(values).any() else 1.0
    axes.set_xlim(0, top * 1.28)
    _write_values(axes, course, values_at(subject, course, profile), discs, size)
    _write_levels(axes, profile.levels, (low, high), named, subject.doubt, size)
    axes.set_xlabel(say(course.key, subject.lang), fontsize=size, color=INK)
    axes.tick_params(axis="x", labelsize=size - 1.5, color=RULE)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(RULE)


def _bounds(profile: CanalProfile) -> tuple[float, float]:
    """From below the lowest named level to above the highest, as far as the canal was seen."""
    first, last = float(profile.distance_mm[0]) + _END_MM, float(profile.distance_mm[-1]) - _END_MM
    places = list(profile.levels.values())
    if not places:
        return first, last
    return max(first, min(places) - _BEYOND_MM), min(last, max(places) + _BEYOND_MM)


def values_at(subject: Subject, course: Course, profile: CanalProfile) -> dict[str, float]:
    """The value at each disc: the finding's own, as every table has it; read off the profile where there is none."""
    seen = np.isfinite(course.values)
    read = {
        name: float(np.interp(place, profile.distance_mm[seen], course.values[seen]))
        for name, place in profile.levels.items()
        if "-" in name
    }
    found = {name: subject.finding(course.feature, name) for name in read}
    return read | {name: course.scale * f.value for name, f in found.items() if f is not None and f.value is not None}


def _write_values(axes: Axes, course: Course, at: Mapping[str, float], discs: Mapping[str, float], size: float) -> None:
    """A point at each disc with its value, filled where the canal is narrow; the narrowest in bold."""
    least = None if course.key == "csf" else min(at.values(), default=None)  # the cord, too, leaves less room for CSF
    for name, value in at.items():
        smallest = value == least
        narrow = course.key == "diameter" and value < _LIMITS_MM[0]
        axes.plot(
            [value],
            [discs[name]],
            "o",
            markersize=5.5 if narrow else 4,
            color=INK,
            markerfacecolor=INK if narrow else "white",
        )
        text = course.format.format(value)
        weight = "bold" if smallest else "normal"
        axes.annotate(
            text,
            (value, discs[name]),
            (6, 0),
            textcoords="offset points",
            fontsize=size - 1,
            weight=weight,
            va="center",
        )


def _write_levels(
    axes: Axes, levels: Mapping[str, float], bounds: tuple[float, float], named: bool, doubt: str, size: float
) -> None:
    """The names of discs and vertebrae at their places along the canal."""
    inside = {name: place for name, place in levels.items() if bounds[0] <= place <= bounds[1]}
    axes.set_yticks(list(inside.values()), [name + doubt for name in inside] if named else [])
    axes.tick_params(axis="y", length=0)
    for label, name in zip(axes.get_yticklabels(), inside, strict=True):
        disc = "-" in name
        label.set(
            fontsize=size if disc else size - 1.5, color=INK if disc else FAINT, weight="bold" if disc else "normal"
        )
