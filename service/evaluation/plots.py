"""The scores as pictures: readable in greyscale and by the colour-blind (Okabe and Ito, Color Universal Design, 2008)."""

from collections.abc import Mapping, Sequence
from io import BytesIO

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from service.anatomy.model import Kind
from service.evaluation.compare import Score
from service.evaluation.reliability import Reliability
from service.evaluation.run import ImageResult
from service.evaluation.summary import KINDS

_LOOK: dict[Kind, tuple[str, str]] = {
    "vertebra": ("#56B4E9", "o"),
    "disc": ("#E69F00", "s"),
    "canal": ("#009E73", "^"),
    "sacrum": ("#CC79A7", "D"),
}
"""Colour and marker; the marker tells kinds apart in greyscale."""
_DPI = 110
_SPREAD = 0.28


def dice_plot(results: Sequence[ImageResult]) -> bytes:
    """A PNG of Dice and of surface distance: every structure a point, beside the box of its kind."""
    scores = {kind: [s for r in results for s in r.scores if s.kind == kind and s.counts] for kind in KINDS}
    scores = {kind: found for kind, found in scores.items() if found}
    figure = Figure(figsize=(4.5 + 1.9 * len(scores), 4.6), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    overlap, distance = figure.subplots(1, 2)
    _panel(overlap, "Dice (missed: 0)", {k: [s.dice for s in found] for k, found in scores.items()})
    surface = {k: [s.surface_mm for s in found] for k, found in scores.items()}
    _panel(distance, "surface distance (mm)", surface)
    overlap.set_ylim(_floor(list(scores.values())), 1.01)
    distance.set_ylim(bottom=0)
    return _png(figure)


def reliability_plot(found: Reliability) -> bytes:
    """A PNG of the Dice reached in each bin of confidence, with the diagonal of perfect calibration, above the counts."""
    figure = Figure(figsize=(5.2, 6.0), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    full = [(b.confidence, b.dice) for b in found.bins if b.confidence is not None and b.dice is not None]
    upper.plot([0, 1], [0, 1], color="0.4", linestyle="--", linewidth=1, label="perfect")
    upper.plot(*zip(*full, strict=True), color="#0072B2", marker="o", linewidth=1.5, label="reached")
    upper.set_ylim(0, 1.02)
    upper.set_ylabel("mean Dice")
    upper.set_title(f"expected calibration error {found.expected_calibration_error:.3f}", fontsize=10)
    upper.legend(frameon=False, loc="upper left", fontsize=9)
    bars = lower.bar(
        [b.low for b in found.bins], [b.count for b in found.bins], 0.1, align="edge", color="0.75", edgecolor="0.2"
    )
    lower.bar_label(bars, [str(b.count) if b.count else "" for b in found.bins], fontsize=8)
    lower.margins(y=0.2)
    lower.set_xlim(0, 1)
    lower.set_xlabel("stated confidence")
    lower.set_ylabel("structures")
    for axes in (upper, lower):
        _plain(axes)
    return _png(figure)


def _panel(axes: Axes, title: str, values: Mapping[Kind, Sequence[float | None]]) -> None:
    known = {kind: [value for value in all_ if value is not None] for kind, all_ in values.items()}
    for place, (kind, found) in enumerate(known.items()):
        if found:
            _strip(axes, place, kind, found)
    axes.set_xticks(range(len(known)), [f"{kind}\nn = {len(found)}" for kind, found in known.items()])
    axes.set_xlim(-0.6, len(known) - 0.4)
    axes.set_title(title, fontsize=10)
    _plain(axes)


def _strip(axes: Axes, place: int, kind: Kind, known: Sequence[float]) -> None:
    colour, marker = _LOOK[kind]
    aside = np.random.default_rng(0).uniform(-_SPREAD, _SPREAD, len(known))
    axes.scatter(place + aside, known, s=12, c=colour, marker=marker, edgecolors="0.2", linewidths=0.3, alpha=0.7)
    line = {"color": "black", "linewidth": 1.2}
    axes.boxplot(
        known,
        positions=[place],
        widths=0.7,
        showfliers=False,
        medianprops={**line, "linewidth": 2.2},
        boxprops=line,
        whiskerprops=line,
        capprops=line,
        manage_ticks=False,
    )


def _floor(scores: Sequence[Sequence[Score]]) -> float:
    """Dice axes start at 0 when a structure is that badly off, else where the points do."""
    lowest = min((score.dice or 0.0 for found in scores for score in found), default=0.0)
    return max(0.0, np.floor(lowest * 10 - 0.5) / 10) if lowest > 0.3 else -0.02


def _plain(axes: Axes) -> None:
    axes.grid(axis="y", color="0.85", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _png(figure: Figure) -> bytes:
    png = BytesIO()
    figure.savefig(png, format="png")
    return png.getvalue()
