"""Frames of one orientation become stacks with an affine: ordered by position, freed of duplicates, evenly spaced."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from service.study.frame import Frame
from service.study.geometry import Array, Geometry
from service.study.grouping import Part

_SAME_PLACE_MM = 0.05
_SAME_COLUMN_MM = 1.0
_EVEN = 0.05
"""Steps that differ by less than this fraction of the median count as even; rounding of positions makes less. expert"""
_TO_TELL_GAPS = 6
"""Fewer slices do not tell a gap from an uneven spacing. expert"""
_MISPLACED = 0.25
"""A stack is kept whole while no slice lies further than this fraction of a step from where the affine puts it. expert"""


@dataclass(frozen=True, eq=False)
class Stack:
    """Evenly spaced slices; None stands for one that is missing between two others.

    ``incomplete``: less than half of the slices of a column that has gaps.
    """

    slices: tuple[Frame | None, ...]
    geometry: Geometry
    notes: tuple[str, ...]
    incomplete: bool = False

    def pixels(self) -> NDArray[np.float32]:
        """float32 (slices, rows, columns); a missing slice is the mean of its neighbours."""
        found = [None if s is None else s.pixels() for s in self.slices]
        filled = [_between(found, k) if pixels is None else pixels for k, pixels in enumerate(found)]
        return np.stack(filled)

    @property
    def first(self) -> Frame:
        """The frame that stands for the stack's acquisition."""
        return next(s for s in self.slices if s is not None)


def stacks(part: Part) -> list[Stack]:
    """The stacks that the frames of a part make up.

    Slices are ordered by their position along the normal, never by Instance Number, and spaced by their positions, never by
    Slice Thickness (DICOM PS3.3 C.7.6.2.1.1).
    """
    unique, dropped = _without_duplicates(_by_position(part.frames))
    notes = part.notes
    if dropped:
        notes = (*notes, f"{counted(dropped, 'duplicate image')} dropped")
    repeats = _repeats(unique)
    if len(repeats) > 1:
        notes = (*notes, f"one of {len(repeats)} stacks of a series that images the same positions repeatedly")
    columns = [column for repeat in repeats for column in _columns(repeat)]
    runs = [(run, column) for column in columns for run in _even_runs(column)]
    if len(runs) > len(repeats):
        notes = (*notes, f"one of {len(runs)} stacks of a series with gaps or uneven spacing")
    return [replace(_stack(run, notes), incomplete=_is_lesser(run, column)) for run, column in runs]


def _is_lesser(run: Sequence[Frame | None], column: list[Frame]) -> bool:
    """Whether a run holds less than half of the slices of an even column of which some are missing."""
    if len(column) < _TO_TELL_GAPS or not _on_lattice(column):
        return False
    return 2 * len(run) < len(column) + int(_missing(column).sum())


def _normal(frames: Sequence[Frame]) -> Array:
    return frames[0].plane.normal


def _depths(frames: Sequence[Frame]) -> Array:
    """(n,) positions along the common normal, mm."""
    return np.array([frame.plane.position for frame in frames]) @ _normal(frames)


def _by_position(frames: Sequence[Frame]) -> list[Frame]:
    depths = np.round(_depths(frames) / _SAME_PLACE_MM)
    keys = [(depth, frame.order) for depth, frame in zip(depths, frames, strict=True)]
    return [frames[k] for k in sorted(range(len(frames)), key=lambda k: keys[k])]


def _same_place(a: Frame, b: Frame) -> bool:
    return bool(np.abs(a.plane.position - b.plane.position).max() <= _SAME_PLACE_MM)


def _without_duplicates(frames: list[Frame]) -> tuple[list[Frame], int]:
    """Frames at the same place with the same pixels are kept once."""
    kept: list[Frame] = []
    for frame in frames:
        rivals = [other for other in kept if _same_place(other, frame)]
        if not any(np.array_equal(other.pixels(), frame.pixels()) for other in rivals):
            kept.append(frame)
    return kept, len(frames) - len(kept)


def _repeats(frames: list[Frame]) -> list[list[Frame]]:
    """Different images of the same place are dealt out to different stacks, in the order of their acquisition."""
    repeats: list[list[Frame]] = []
    for frame in frames:
        home = next((r for r in repeats if not _same_place(r[-1], frame)), None)
        if home is None:
            repeats.append([frame])
        else:
            home.append(frame)
    return repeats


def _columns(frames: list[Frame]) -> list[list[Frame]]:
    """Parallel slabs that do not lie behind one another are told apart; a stack that shears evenly is one."""
    plane, depths = frames[0].plane, _depths(frames)
    offsets = np.array([frame.plane.position for frame in frames]) @ np.stack([plane.row, plane.column], axis=1)
    line = np.stack([depths, np.ones_like(depths)], axis=1)
    residual = offsets - line @ np.linalg.lstsq(line, offsets, rcond=None)[0]
    if np.abs(residual).max() <= _SAME_COLUMN_MM and len(set(np.round(depths, 1))) == len(frames):
        return [frames]
    clusters: list[tuple[Array, list[Frame]]] = []
    for offset, frame in zip(offsets, frames, strict=True):
        home = next((members for at, members in clusters if np.abs(at - offset).max() <= _SAME_COLUMN_MM), None)
        if home is None:
            clusters.append((offset, [frame]))
        else:
            home.append(frame)
    return [members for _, members in clusters]


def _even_runs(frames: list[Frame]) -> list[list[Frame | None]]:
    """Runs of evenly spaced slices; single missing slices are marked, longer gaps and changes of spacing split."""
    if len(frames) < 3:
        return [list(frames)]
    depths = _depths(frames)
    steps = np.diff(depths)
    step = float(np.median(steps))
    even = np.linspace(depths[0], depths[-1], len(depths))
    if np.abs(depths - even).max() <= _MISPLACED * step:
        return [list(frames)]
    missing = _missing(frames)
    if _on_lattice(frames) and missing.max() <= 1 and missing.sum() <= len(frames) // 5:
        return [_with_gaps(frames, missing)]
    return _constant_steps(frames, steps)


def _missing(frames: Sequence[Frame]) -> NDArray[np.int_]:
    """(n - 1,) how many slices are missing between neighbours, by the usual step."""
    steps = np.diff(_depths(frames))
    return np.asarray(np.rint(steps / np.median(steps)).astype(int) - 1)


def _on_lattice(frames: Sequence[Frame]) -> bool:
    """Whether all slices lie whole steps apart."""
    steps = np.diff(_depths(frames))
    step = float(np.median(steps))
    return bool(np.abs(steps - (_missing(frames) + 1) * step).max() <= _MISPLACED * step)


def _with_gaps(frames: list[Frame], missing: NDArray[np.int_]) -> list[Frame | None]:
    slices: list[Frame | None] = [frames[0]]
    for frame, gap in zip(frames[1:], missing, strict=True):
        slices += [None] * int(gap) + [frame]
    return slices


def _constant_steps(frames: list[Frame], steps: Array) -> list[list[Frame | None]]:
    """Stretches of one step; where two meet, the longer keeps the slice that they share."""
    bounds = [0, *(k for k in range(1, len(steps)) if abs(steps[k] - steps[k - 1]) > _EVEN * steps[k - 1]), len(steps)]
    stretches = [range(a, b + 1) for a, b in pairwise(bounds)]
    taken: set[int] = set()
    runs: list[list[int]] = []
    for stretch in sorted(stretches, key=len, reverse=True):
        free = [k for k in stretch if k not in taken]
        taken.update(free)
        if free:
            runs.append(free)
    return [[frames[k] for k in run] for run in sorted(runs)]


def _stack(slices: list[Frame | None], notes: tuple[str, ...]) -> Stack:
    present = [s for s in slices if s is not None]
    first, last = present[0].plane, present[-1].plane
    affine = np.eye(4)
    affine[:3, 1], affine[:3, 2] = first.column * first.spacing[0], first.row * first.spacing[1]
    affine[:3, 3] = first.position
    if len(slices) > 1:
        affine[:3, 0] = (last.position - first.position) / (len(slices) - 1)
    else:
        affine[:3, 0] = first.normal * (present[0].thickness or 1.0)
        notes = (*notes, "a single slice; the slice spacing is its thickness")
    geometry = Geometry(affine, (len(slices), *present[0].shape))
    return Stack(tuple(slices), geometry, (*notes, *_spacing_notes(slices, present)))


def _spacing_notes(slices: list[Frame | None], present: list[Frame]) -> list[str]:
    missing = len(slices) - len(present)
    if missing:
        return [f"{counted(missing, 'missing slice')} filled in between neighbours"]
    steps = np.diff(_depths(present))
    if len(steps) and np.ptp(steps) > _EVEN * np.median(steps):
        return [f"uneven slice spacing, {steps.min():.2f} to {steps.max():.2f} mm; the mean is used"]
    return []


def _between(found: Sequence[NDArray[np.float32] | None], k: int) -> NDArray[np.float32]:
    before, after = found[k - 1], found[k + 1]
    if before is None or after is None:
        raise ValueError("a missing slice needs two neighbours")
    return np.asarray((before + after) / 2, np.float32)


def counted(number: int, noun: str) -> str:
    """ "1 image", "2 images"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
