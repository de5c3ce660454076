"""All images: means over images, intervals over patients, and the table."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from service.anatomy.model import Kind
from service.evaluation.compare import Score, Status
from service.evaluation.run import ImageResult

_DRAWS = 5000
_LEVEL = (2.5, 97.5)
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class KindSummary:
    """One kind of structure over all images that have it.

    Attributes:
        dice: mean over images of the image's mean over its structures.
        interval: 95 %, bootstrap over patients.
        lowest, lowest_image: the image with the lowest mean.
        surface_mm: mean over images of the average symmetric surface distance of the structures that were found.
        named_right: share of images in which every structure of this kind was found and bears its level's name.
    """

    kind: Kind
    dice: float
    interval: tuple[float, float]
    lowest: float
    lowest_image: str
    surface_mm: float | None
    named_right: float | None
    structures: int
    missed: int
    extra: int
    images: int
    patients: int


def summarize(results: Sequence[ImageResult]) -> list[KindSummary]:
    """A summary of each kind that any mask holds."""
    return [summary for kind in KINDS if (summary := _summary(kind, results)) is not None]


def all_named_right(results: Sequence[ImageResult], kind: Kind | None = None) -> float | None:
    """Share of images in which every vertebra and disc (of this kind) was found and bears its level's name."""
    images = []
    for result in results:
        named = [s.named_right for s in result.scores if s.named_right is not None and kind in (None, s.kind)]
        if named:
            images.append(all(named))
    return float(np.mean(images)) if images else None


def bootstrap(patients: Sequence[str], values: Sequence[float]) -> tuple[float, float]:
    """95 % interval of the mean of ``values``: patients are drawn with replacement, each with all of its images.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, percentile method. With a fixed seed.
    """
    groups: dict[str, list[float]] = defaultdict(list)
    for patient, value in zip(patients, values, strict=True):
        groups[patient].append(value)
    sums, counts = np.array([[sum(group), len(group)] for group in groups.values()]).T
    drawn = np.random.default_rng(0).integers(0, len(sums), (_DRAWS, len(sums)))
    low, high = np.percentile(sums[drawn].sum(1) / counts[drawn].sum(1), _LEVEL)
    return float(low), float(high)


def as_markdown(results: Sequence[ImageResult]) -> str:
    """The table of kinds, and below it what its numbers leave out."""
    summaries = summarize(results)
    named, partial = all_named_right(results), sum(s.status == "partial" for r in results for s in r.scores)
    lines = [_table(summaries), ""]
    if named is not None:
        lines += [f"All vertebrae and discs found and named right: {named:.1%} of images."]
    if partial:
        lines += [
            f"Left out, as SPIDER does: {partial} partially visible {'vertebra' if partial == 1 else 'vertebrae'}."
        ]
    if any(s.kind == "sacrum" for s in summaries):
        lines += ["SPIDER does not label the sacrum: its row has no counterpart there."]
    return "\n".join([*lines, "Missed structures count Dice 0 and have no ASSD. Intervals: bootstrap over patients."])


def _table(summaries: Sequence[KindSummary]) -> str:
    head = "| structure | mean Dice | 95 % interval | lowest image | ASSD mm | all levels named right | missed | extra | n |"
    return "\n".join([head, "|---|---|---|---|---|---|---|---|---|", *(_row(s) for s in summaries)])


def _row(summary: KindSummary) -> str:
    low, high = summary.interval
    surface = "–" if summary.surface_mm is None else f"{summary.surface_mm:.2f}"
    named = "–" if summary.named_right is None else f"{summary.named_right:.1%}"
    count = f"{summary.structures} in {summary.images} images of {summary.patients} patients"
    return (
        f"| {summary.kind} | {summary.dice:.3f} | {low:.3f}–{high:.3f} | {summary.lowest:.3f} ({summary.lowest_image}) "
        f"| {surface} | {named} | {summary.missed} | {summary.extra} | {count} |"
    )


def _summary(kind: Kind, results: Sequence[ImageResult]) -> KindSummary | None:
    of_kind = [(result, [s for s in result.scores if s.kind == kind]) for result in results]
    counted = [(result, scores) for result, all_ in of_kind if (scores := [s for s in all_ if s.counts])]
    if not counted:
        return None
    means = [_mean([s.dice for s in scores]) or 0.0 for _, scores in counted]
    patients = [result.patient for result, _ in counted]
    return KindSummary(
        kind=kind,
        dice=float(np.mean(means)),
        interval=bootstrap(patients, means),
        lowest=min(means),
        lowest_image=counted[int(np.argmin(means))][0].name,
        surface_mm=_mean([_mean([s.surface_mm for s in scores]) for _, scores in counted]),
        named_right=all_named_right(results, kind),
        structures=sum(len(scores) for _, scores in counted),
        missed=_count("missed", of_kind),
        extra=_count("extra", of_kind),
        images=len(counted),
        patients=len(set(patients)),
    )


def _count(status: Status, of_kind: Sequence[tuple[ImageResult, list[Score]]]) -> int:
    return sum(score.status == status for _, scores in of_kind for score in scores)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
