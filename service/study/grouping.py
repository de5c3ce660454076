"""The frames of one DICOM series become parts that can each be one stack: one size, one contrast, one orientation."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from service.study.frame import Frame

_SAME_DIRECTION = float(np.cos(np.radians(1.0)))


@dataclass(frozen=True)
class Part:
    """Frames that belong together, and what was noticed on the way."""

    frames: tuple[Frame, ...]
    notes: tuple[str, ...] = ()


def split(frames: list[Frame]) -> list[Part]:
    """Parts that agree in size, spacing, frame of reference, kind of image, echo and orientation.

    A note says what the series mixes. Parts keep the order in which their first frame came.
    """
    parts = [Part(tuple(frames))]
    for what, alike in _CRITERIA:
        parts = [smaller for part in parts for smaller in _split_by(part, what, alike)]
    return parts


def _split_by(part: Part, what: str, alike: Callable[[Frame, Frame], bool]) -> list[Part]:
    clusters: list[list[Frame]] = []
    for frame in part.frames:
        home = next((cluster for cluster in clusters if alike(cluster[0], frame)), None)
        if home is None:
            clusters.append([frame])
        else:
            home.append(frame)
    if len(clusters) == 1:
        return [part]
    note = f"one of {len(clusters)} parts of a series that mixes {what}"
    return [replace(part, frames=tuple(cluster), notes=(*part.notes, note)) for cluster in clusters]


def _same_size(a: Frame, b: Frame) -> bool:
    return a.shape == b.shape


def _same_spacing(a: Frame, b: Frame) -> bool:
    return bool(np.allclose(a.plane.spacing, b.plane.spacing, rtol=1e-3))


def _same_reference(a: Frame, b: Frame) -> bool:
    return a.reference == b.reference


def _same_kind(a: Frame, b: Frame) -> bool:
    return a.acquisition.traits == b.acquisition.traits


def _same_echo(a: Frame, b: Frame) -> bool:
    first, second = a.acquisition.echo_time_ms, b.acquisition.echo_time_ms
    if a.echo != b.echo or first is None or second is None:
        return a.echo == b.echo and first == second
    return abs(first - second) <= max(0.5, 0.05 * first)


def _same_orientation(a: Frame, b: Frame) -> bool:
    return min(float(a.plane.row @ b.plane.row), float(a.plane.column @ b.plane.column)) >= _SAME_DIRECTION


_CRITERIA: tuple[tuple[str, Callable[[Frame, Frame], bool]], ...] = (
    ("orientations", _same_orientation),
    ("image sizes", _same_size),
    ("pixel spacings", _same_spacing),
    ("frames of reference", _same_reference),
    ("kinds of image", _same_kind),
    ("echo times", _same_echo),
)
