"""Every pair of image and mask, compared."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
from tqdm import tqdm

from service.anatomy.convention import check_convention, kind_of
from service.anatomy.model import Anatomy
from service.anatomy.splitting import split_bodies
from service.errors import LumbarTriageError, UnreadableInputError, UnsupportedStudyError
from service.evaluation.compare import Score, compare, compare_classes
from service.evaluation.label_map import CLASSES, Labels, classes_of, read_labels
from service.evaluation.pairs import Pair
from service.study.geometry import Geometry
from service.study.image import read_image
from service.study.model import Series


@dataclass(frozen=True)
class Convention:
    """What the masks hold, and the predictions that are given.

    Attributes:
        semantic: the classes 1 vertebra, 2 disc, 3 canal, without instances.
        bodies: vertebral bodies alone, so that every prediction, ours or a given one, is cut down to bodies. Data sets of
            bodies often leave vertebrae out that the image shows.
        named: the numbers of vertebrae and discs are levels.
        pixel_spacing: mm between rows and columns, of pictures.
        instances: a map without a label above 3 is in SPIDER labels too. It is refused otherwise, as it may be in classes,
            but for masks of ``bodies``. Where masks are ``semantic``, it is the predictions that are in SPIDER labels.
    """

    semantic: bool = False
    bodies: bool = False
    named: bool = True
    pixel_spacing: tuple[float, float] | None = None
    instances: bool = False

    @property
    def in_classes(self) -> bool:
        """Whether predictions that are given hold classes."""
        return self.semantic and not self.instances


@dataclass(frozen=True)
class ImageResult:
    """The scores of one image; ``notes`` say what was assumed or out of the ordinary, ``seconds`` is the time to segment it."""

    name: str
    patient: str
    scores: tuple[Score, ...]
    notes: tuple[str, ...] = ()
    seconds: float | None = None


@dataclass(frozen=True, eq=False)
class _Predicted:
    labels: Labels
    confidence: dict[int, float]
    notes: tuple[str, ...] = ()
    seconds: float | None = None


def evaluate(
    pairs: Sequence[Pair],
    convention: Convention = Convention(),
    segment: Callable[[Series], Anatomy] | None = None,
    *,
    progress: bool = False,
) -> list[ImageResult]:
    """Compare each prediction with its mask.

    Args:
        segment: makes the predictions; none: they are read from the pairs. An image that it refuses, or a pair without a
            prediction, counts as every structure missed, and is noted.
        progress: on stderr.

    Raises:
        LumbarTriageError: files are unreadable, lie on another grid or hold other labels. All files are read before the first
            image is segmented, and the detail names every one of them; the code is that of the first.
    """
    if segment is None and convention.bodies and convention.in_classes:
        raise UnreadableInputError(
            "Predictions in classes cannot be cut down to bodies. Leave --bodies out if they hold bodies alone, or give SPIDER "
            "labels with --instances.",
            code="posterior_elements",
        )
    checked = tqdm(pairs, desc="checking", unit="image", disable=not progress)
    faults = [fault for pair in checked for fault in _faults(pair, convention, given=segment is None)]
    if faults:
        raise type(faults[0])("\n".join(fault.detail for fault in faults), code=faults[0].code)
    return [
        _evaluate(pair, convention, segment)
        for pair in tqdm(pairs, desc="evaluating", unit="image", disable=not progress)
    ]


def _faults(pair: Pair, convention: Convention, *, given: bool) -> Iterator[LumbarTriageError]:
    """What is wrong with each of its files, which may bear one name: the detail begins with what the file is."""
    try:
        series = _read(pair, convention)
    except LumbarTriageError as error:
        yield _of("Image", error)
        return
    for what, read in (("Mask", _truth), ("Prediction", _from_file)) if given else (("Mask", _truth),):
        try:
            read(pair, series, convention)
        except LumbarTriageError as error:
            yield _of(what, error)


def _of(what: str, error: LumbarTriageError) -> LumbarTriageError:
    return type(error)(f"{what} {error.detail}", code=error.code)


def _evaluate(pair: Pair, convention: Convention, segment: Callable[[Series], Anatomy] | None) -> ImageResult:
    series = _read(pair, convention)
    truth = _truth(pair, series, convention)
    predicted = _from_file(pair, series, convention) if segment is None else _segmented(series, segment, convention)
    if convention.semantic:
        scores = compare_classes(truth, predicted.labels, series.geometry)
    else:
        scores = compare(truth, predicted.labels, series.geometry, predicted.confidence, named=convention.named)
    return ImageResult(pair.name, pair.patient, scores, (*series.notes, *predicted.notes), predicted.seconds)


def _read(pair: Pair, convention: Convention) -> Series:
    try:
        return read_image(pair.image, convention.pixel_spacing)
    except LumbarTriageError as error:
        raise type(error)(f"{pair.image.name}: {error.detail}", code=error.code) from None


def _truth(pair: Pair, series: Series, convention: Convention) -> Labels:
    truth = read_labels(pair.mask, series.geometry, convention.pixel_spacing)
    if not truth.any():
        raise UnreadableInputError(f"{pair.mask.name} is empty: nothing was drawn in it.", code="empty_mask")
    if convention.semantic:
        _check_classes(truth, pair.mask, "Leave --semantic out")
    else:
        _check_instances(truth, pair.mask, sure=convention.bodies or convention.instances)
    return truth


def _check_classes(labels: Labels, file: Path, remedy: str) -> None:
    if labels.max() > max(CLASSES):
        raise UnreadableInputError(
            f"{file.name} holds more than the classes 1 vertebra, 2 disc and 3 canal. {remedy} if it is in SPIDER labels.",
            code="unknown_labels",
        )


def _check_instances(labels: Labels, file: Path, *, sure: bool) -> None:
    """Refuses what is not in SPIDER labels, or where it is not ``sure`` that it is."""
    check_convention(labels, file.name)
    if not sure and 0 < labels.max() <= max(CLASSES):
        raise UnreadableInputError(
            f"{file.name} holds no label above 3: these may be the vertebrae L5, L4 and L3 in SPIDER labels, or the classes "
            "vertebra, disc and canal. Give --instances if they are vertebrae, --semantic if masks and predictions are in classes.",
            code="ambiguous_labels",
        )


def _from_file(pair: Pair, series: Series, convention: Convention) -> _Predicted:
    if pair.prediction is None:
        return _Predicted(np.zeros(series.pixels.shape, np.uint8), {}, ("no prediction: all counted as missed",))
    labels = read_labels(pair.prediction, series.geometry, convention.pixel_spacing)
    if convention.in_classes:
        _check_classes(labels, pair.prediction, "Add --instances")
        return _Predicted(labels, {})
    _check_instances(labels, pair.prediction, sure=convention.instances)
    if convention.bodies:
        labels = _cut_to_bodies(labels, series.geometry, pair.prediction)
    return _Predicted(classes_of(labels) if convention.semantic else labels, {})


def _cut_to_bodies(labels: Labels, geometry: Geometry, file: Path) -> Labels:
    """The labels (slices, rows, columns) without posterior elements, as ours are when bodies are compared."""
    try:
        bodies = split_bodies(labels, geometry)
    except UnreadableInputError as error:
        raise UnreadableInputError(f"{file.name}: {error.detail}", code=error.code) from None
    vertebrae = np.isin(labels, [n for n in range(256) if kind_of(n) == "vertebra"])
    return np.where(vertebrae & ~bodies, 0, labels).astype(np.uint8)


def _segmented(series: Series, segment: Callable[[Series], Anatomy], convention: Convention) -> _Predicted:
    begun = perf_counter()
    try:
        anatomy = segment(series)
    except UnsupportedStudyError as error:
        nothing = np.zeros(series.pixels.shape, np.uint8)
        return _Predicted(nothing, {}, (f"refused ({error.code}): all counted as missed",))
    seconds = perf_counter() - begun
    labels = anatomy.without_posterior_elements() if convention.bodies else anatomy.labels
    if convention.semantic:
        labels = classes_of(labels)
    return _Predicted(labels, {s.label: s.confidence for s in anatomy.structures}, anatomy.warnings, seconds)
