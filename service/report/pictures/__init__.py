"""Pictures of a reading: people would rather look than read.

One file for each picture, each drawn by a pure function on what ``subject`` holds; nothing in them says who the patient is.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from service.anatomy.model import Anatomy
from service.report.model import Language, PictureKind, Reading, Report
from service.report.pictures import canal, cobb, contact_sheet, maps, overlay, summary
from service.report.pictures.style import png
from service.report.pictures.subject import Subject, mid_sagittal_slice
from service.report.pictures.words import say, without

__all__ = ["EACH", "EMBEDDED", "KINDS", "Drawing", "Subject", "draw", "mid_sagittal_slice", "png"]

EMBEDDED: tuple[PictureKind, ...] = ("overlay", "cobb", "disc_maps", "canal_profile")
"""What a report that leaves over HTTP may carry; the sheets are for paper."""
KINDS: tuple[PictureKind, ...] = ("summary", *EMBEDDED, "contact_sheet")
EACH: tuple[PictureKind, ...] = ("overlay", "contact_sheet")
"""Drawn of every series; all others of the one that was measured."""

Draw = Callable[[Subject], Figure]
Refuse = Callable[[Subject], str]


@dataclass(frozen=True)
class Drawing:
    """One picture of one series: a PNG, or why there is none."""

    kind: PictureKind
    title: str
    series: str
    weighting: str
    png: bytes | None
    reason: str = ""

    @property
    def name(self) -> str:
        """A file name without its suffix: "overlay-series-1-T2", and "summary" where there is one only."""
        return f"{self.kind}-{self.series}-{self.weighting}" if self.kind in EACH else self.kind


def draw(
    reading: Reading, anatomies: Sequence[Anatomy], lang: Language = "en", kinds: Collection[PictureKind] = KINDS
) -> tuple[Drawing, ...]:
    """Every picture of these kinds, or the reason why it cannot be drawn.

    Args:
        reading: whose findings are drawn; of a whole report, the summary shows the proposal too.
        anatomies: the segmented series, the one that was measured first.
    """
    subjects = [Subject(anatomy, reading.findings, lang) for anatomy in anatomies]
    return tuple(
        _drawn(kind, subject, reading)
        for kind in KINDS
        if kind in kinds
        for subject in subjects[: None if kind in EACH else 1]
    )


def _drawn(kind: PictureKind, subject: Subject, reading: Reading) -> Drawing:
    refuse, figure = _pictures(reading)[kind]
    reason, series = refuse(subject), subject.anatomy.series
    title = overlay.title(subject) if kind == "overlay" else say(f"{kind} title", subject.lang)
    words = f"{series.weighting}, {title.lower()}"
    return Drawing(kind, words, series.id, series.weighting, None if reason else png(figure(subject)), reason)


def _pictures(reading: Reading) -> dict[PictureKind, tuple[Refuse, Draw]]:
    """Of each kind: why it cannot be drawn (empty if it can), and how it is."""

    def summarised(subject: Subject) -> Figure:
        words = reading.recommendation.summary.nurse if isinstance(reading, Report) else None
        proposal = getattr(words, subject.lang) if words else ""
        return summary.summary(subject, proposal, without(reading.study.missing, subject.lang))

    return {
        "summary": (_never, summarised),
        "overlay": (_never, overlay.overlay),
        "cobb": (cobb.refusal, cobb.cobb),
        "disc_maps": (maps.refusal, maps.disc_maps),
        "canal_profile": (canal.refusal, canal.canal_profile),
        "contact_sheet": (_never, contact_sheet.contact_sheet),
    }


def _never(subject: Subject) -> str:
    return ""
