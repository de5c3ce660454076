"""What every grader of discs looks at: each disc in its own axes, in the mid-sagittal plane, on T1 and T2, beside its marrow.

The axes come from the outline of the disc alone, so that a disc beside a vertebra that is cut can still be graded. Signal is a share of
that of the vertebral marrow around the disc in the same slice, so that scanner, coil and window matter little.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from service.anatomy.model import CANAL, DISC, SACRUM, Anatomy
from service.anatomy.regions import Mask, Points, where
from service.study.geometry import Geometry
from service.study.model import Weighting

SIZE, PIXEL_MM = 96, 0.6
"""A view is square: rows from the head down, columns from the front to the back."""
AHEAD_MM = 5.0
"""How far in front of the middle of the view the middle of the disc lies, so that the canal is seen too."""
NEAR_MM = 75.0
"""Marrow within this distance of the disc, the two vertebrae on either side of it, is what its signal is measured by."""
SAME_DISC_MM = 12.0
"""Discs of one number whose middles lie nearer than this in two series are one. Provenance: expert."""
SAME_PLACE = 0.75
"""Least Dice of the bodies around a disc in two series, else the patient moved between them, and one does not show what the other's outlines name.
Provenance: expert; 0.9 and more where they lie on each other (``anatomy/together.py``)."""
LEAST_PIXELS = 20
_LEAST_MARROW = 60
_BRIGHT, _HALF = 4.0, 0.5

Picture = NDArray[np.float32]
_STEPS = (np.arange(SIZE) - (SIZE - 1) / 2) * PIXEL_MM
BACK, HEAD = np.meshgrid(_STEPS + AHEAD_MM, -_STEPS)
"""(SIZE, SIZE) mm to the back and to the head of the middle of the disc."""


@dataclass(frozen=True, eq=False)
class Frame:
    """The axes of a disc in the slice through its middle, in patient mm.

    Attributes:
        centre: (3,) half-way from its front to its back there.
        back, head: (3,) unit vectors in the slice, along the disc and across it.
        half: from the centre to the front or the back, in mm.
    """

    centre: Points
    back: Points
    head: Points
    half: float


@dataclass(frozen=True, eq=False)
class DiscView:
    """One disc as it is seen.

    Attributes:
        t1, t2: (SIZE, SIZE) signal over that of marrow; none where the series is missing, does not show the place, or shows the bodies elsewhere.
        disc, bodies, canal: (SIZE, SIZE) 0 to 1, how much of each pixel the structure fills.
        roof, floor: (SIZE,) height in mm, column by column, of the endplate above and below; nan where it is not seen.
        csf: T2 signal of the brightest part of the canal over that of marrow; none without T2 or canal.
        others: the same disc as the other series outline it, each in its own axes.
    """

    frame: Frame
    t1: Picture | None
    t2: Picture | None
    disc: Picture
    bodies: Picture
    canal: Picture
    roof: Points
    floor: Points
    csf: float | None
    others: tuple["DiscView", ...] = ()


def views_of(anatomies: Sequence[Anatomy]) -> dict[int, DiscView]:
    """Look at every disc that was segmented on the first series, by its number (1 is L5-S1), on all of them."""
    labels = {disc.label - DISC: disc.label for disc in anatomies[0].of("disc")}
    frames = {n: frame_of(anatomies[0].mask(label), anatomies[0].series.geometry) for n, label in labels.items()}
    views = {n: view_of(anatomies, labels[n], frame) for n, frame in frames.items() if frame is not None}
    seconds = [views_of([other]) for other in anatomies[1:]]
    return {n: replace(view, others=tuple(_same_disc(view, n, seconds))) for n, view in views.items()}


def _same_disc(view: DiscView, number: int, seconds: Sequence[Mapping[int, DiscView]]) -> Iterator[DiscView]:
    """What the other series show under the same number, where that lies in the same place."""
    for second in seconds:
        other = second.get(number)
        if other and float(np.linalg.norm(other.frame.centre[1:] - view.frame.centre[1:])) < SAME_DISC_MM:
            yield other


def frame_of(mask: Mask, geometry: Geometry) -> Frame | None:
    """The axes of the disc ``mask`` (slices, rows, columns); none if too little of it was segmented to have any."""
    voxels = where(mask)
    if not len(voxels):
        return None
    k = round(float(voxels[:, 0].mean()))
    points = geometry.to_patient(voxels[voxels[:, 0] == k])
    if len(points) < LEAST_PIXELS:
        return None
    centre = points.mean(axis=0)
    back, head = np.linalg.svd(points - centre, full_matrices=False)[2][:2]
    back, head = back * (1 if back[1] > 0 else -1), head * (1 if head[2] > 0 else -1)
    front, rear = np.percentile((points - centre) @ back, (1, 99))
    return Frame(centre + (front + rear) / 2 * back, back, head, float(rear - front) / 2)


def view_of(anatomies: Sequence[Anatomy], label: int, frame: Frame) -> DiscView:
    """Look at the disc ``label`` of the first series on every series."""
    first, t1, t2 = anatomies[0], _of(anatomies, "T1"), _of(anatomies, "T2")
    k, _ = _slice_at(first, frame)
    labels = first.labels[k]
    masks = labels == label, first.bodies[k] | (labels == SACRUM), labels == CANAL
    disc, bodies, canal = (_sampled(first, mask, frame) for mask in masks)
    t1, t2 = (None if one is None or not _in_place(one, bodies, frame) else one for one in (t1, t2))
    roof, floor = _edge(bodies, upwards=True), _edge(bodies, upwards=False)
    return DiscView(frame, _signal(t1, frame), _signal(t2, frame), disc, bodies, canal, roof, floor, _csf(t2, frame))


def _of(anatomies: Sequence[Anatomy], weighting: Weighting) -> Anatomy | None:
    return next((a for a in anatomies if a.series.weighting == weighting), None)


def _signal(anatomy: Anatomy | None, frame: Frame) -> Picture | None:
    """The series over its marrow; none if it does not show the middle of the disc, or no marrow near it."""
    marrow = None if anatomy is None else _marrow(anatomy, frame)
    if anatomy is None or marrow is None:
        return None
    plane = anatomy.series.pixels[_slice_at(anatomy, frame)[0]]
    return np.asarray(np.clip(_sampled(anatomy, plane, frame) / marrow, 0, _BRIGHT), np.float32)


def _in_place(anatomy: Anatomy, bodies: Picture, frame: Frame) -> bool:
    """Whether a series shows the bodies where these (SIZE, SIZE) are, as far as its image reaches."""
    k, _ = _slice_at(anatomy, frame)
    theirs = anatomy.bodies[k] | (anatomy.labels[k] == SACRUM)
    shown = _sampled(anatomy, np.pad(np.ones(np.subtract(theirs.shape, 2)), 1), frame) > _HALF
    ours, theirs = (bodies > _HALF) & shown, (_sampled(anatomy, theirs, frame) > _HALF) & shown
    return bool(2 * (ours & theirs).sum() >= SAME_PLACE * (ours.sum() + theirs.sum()))


def _slice_at(anatomy: Anatomy, frame: Frame) -> tuple[int, bool]:
    """The slice that shows the middle of the disc best, and whether it shows it."""
    place = float(anatomy.series.geometry.to_index(frame.centre)[0])
    k = min(max(round(place), 0), len(anatomy.series.pixels) - 1)
    return k, abs(place - k) <= 1


def _sampled(anatomy: Anatomy, plane: NDArray[np.generic], frame: Frame) -> Picture:
    """One slice (rows, columns) of the series in the disc's axes."""
    geometry = anatomy.series.geometry
    places = frame.centre + BACK[..., None] * frame.back + HEAD[..., None] * frame.head
    rows, columns = np.moveaxis(geometry.to_index(places)[..., 1:], -1, 0)
    finer = np.maximum(PIXEL_MM / geometry.spacing[1:], 1.0)
    low = np.maximum([np.floor(rows.min()) - 8, np.floor(columns.min()) - 8], 0).astype(int)
    window = plane[low[0] : max(int(rows.max()) + 9, 0), low[1] : max(int(columns.max()) + 9, 0)]
    if not window.size:
        return np.zeros((SIZE, SIZE), np.float32)
    smooth = ndimage.gaussian_filter(window.astype(np.float32), 0.5 * np.sqrt(finer**2 - 1))
    return np.asarray(ndimage.map_coordinates(smooth, [rows - low[0], columns - low[1]], order=1, mode="nearest"))


def _marrow(anatomy: Anatomy, frame: Frame) -> float | None:
    """Median signal of the vertebral bodies near the disc, in the slice through its middle."""
    k, shown = _slice_at(anatomy, frame)
    values = anatomy.series.pixels[k][anatomy.bodies[k] & _near(anatomy, frame)]
    marrow = float(np.median(values)) if shown and len(values) >= _LEAST_MARROW else 0.0
    return marrow if marrow > 0 else None


def _near(anatomy: Anatomy, frame: Frame) -> NDArray[np.bool_]:
    """(rows, columns) within ``NEAR_MM`` of the disc."""
    height, width = anatomy.series.pixels.shape[1:]
    rows, columns = np.ogrid[:height, :width]
    _, row, column = anatomy.series.geometry.to_index(frame.centre)
    _, row_mm, column_mm = anatomy.series.geometry.spacing
    return np.asarray(np.hypot((rows - row) * row_mm, (columns - column) * column_mm) < NEAR_MM)


def _csf(t2: Anatomy | None, frame: Frame) -> float | None:
    marrow = None if t2 is None else _marrow(t2, frame)
    if t2 is None or marrow is None:
        return None
    k, _ = _slice_at(t2, frame)
    values = t2.series.pixels[k][(t2.labels[k] == CANAL) & _near(t2, frame)]
    return float(np.percentile(values, 90)) / marrow if len(values) >= _LEAST_MARROW else None


def _edge(bodies: Picture, *, upwards: bool) -> Points:
    """(SIZE,) height of the first body met from the middle of the disc, column by column."""
    half = SIZE // 2
    ray = bodies[half - 1 :: -1] if upwards else bodies[half:]
    solid = ray > 0.5
    first = solid.argmax(axis=0)
    columns = np.arange(SIZE)
    inside, before = ray[first, columns], ray[np.maximum(first - 1, 0), columns]
    share = np.clip((0.5 - before) / np.maximum(inside - before, 1e-6), 0, 1)
    height = np.where(first > 0, first - 1 + share + 0.5, 0.0) * PIXEL_MM
    return np.where(solid.any(axis=0), height if upwards else -height, np.nan)
