"""The bytes of one patient's examination become a Study."""

from dataclasses import dataclass, field

import numpy as np
from pydicom import Dataset

from service.errors import InputTooLargeError, UnreadableInputError, UnsupportedStudyError
from service.study import words
from service.study.archive import is_archive
from service.study.canonical import AS_IT_IS, reordered
from service.study.frame import Frame, read_frames
from service.study.grouping import split
from service.study.header import Header
from service.study.instance import check_pixels, kind, read_instance
from service.study.limits import DEFAULT_LIMITS, Limits
from service.study.model import Region, Series, Study
from service.study.patient import Patients
from service.study.plane import plane_of, reading_plane
from service.study.sources import Source, contents
from service.study.stacking import Stack, counted, stacks
from service.study.weighting import weighting


@dataclass
class _Intake:
    """What the files held, while they are being read."""

    images: list[Dataset] = field(default_factory=list)
    patients: Patients = field(default_factory=Patients)
    files: int = 0
    not_dicom: int = 0
    archives: int = 0
    other_objects: int = 0
    other_images: int = 0
    voxels: int = 0


def read_study(source: Source, limits: Limits = DEFAULT_LIMITS) -> Study:
    """Reads every MR series of one patient's examination.

    Args:
        source: a folder, a file or ZIP (path or content), or the files of an upload (paths, or names with contents).
        limits: what is too much.

    Raises:
        UnreadableInputError: nothing there, not DICOM, truncated, damaged, encrypted, an archive within an archive.
        InputTooLargeError: a limit is exceeded.
        UnsupportedStudyError: not MR, more than one patient, no geometry, no pixels, contradictory duplicates.
    """
    found, notes = read_stacks(source, limits)
    return Study(
        tuple(_series(found.pop(name), name) for name in tuple(found)), notes
    )  # frees each stack's bytes once read


def read_stacks(source: Source, limits: Limits = DEFAULT_LIMITS) -> tuple[dict[str, Stack], tuple[str, ...]]:
    """The stacks of a study by the id of their series, slices in the order of their position along the normal, and notes.

    Raises as ``read_study``.
    """
    intake = _take_in(source, limits)
    _check(intake)
    images, notes = _latest_examination(intake.images)
    found, more = _frames_by_series(images)
    series = [stack for frames in found for part in split(frames) for stack in stacks(part)]
    named = {f"series-{number}": stack for number, stack in enumerate(series, 1)}
    return named, (*_intake_notes(intake), *notes, *more, *_reference_notes(series))


def _take_in(source: Source, limits: Limits) -> _Intake:
    intake = _Intake()
    for _, content in contents(source, limits):
        intake.files += 1
        if is_archive(content):
            intake.archives += 1
            continue
        dataset = read_instance(content, limits)
        if dataset is None:
            intake.not_dicom += 1
        else:
            _sort(dataset, intake, limits)
    return intake


def _sort(dataset: Dataset, intake: _Intake, limits: Limits) -> None:
    intake.patients.add(dataset)
    what = kind(dataset)
    if what == "mr":
        intake.voxels += check_pixels(dataset, limits)
        if intake.voxels > limits.voxels:
            raise InputTooLargeError("The study holds more voxels than the service accepts.", code="too_large")
        intake.images.append(dataset)
    elif what == "image":
        intake.other_images += 1
    else:
        intake.other_objects += 1


def _check(intake: _Intake) -> None:
    if not intake.files:
        raise UnreadableInputError("The upload is empty. Send the DICOM files of one lumbar MRI.", code="empty_upload")
    if intake.archives and not intake.images:
        raise UnreadableInputError(
            "The upload holds another archive, and no images beside it. Unpack it, and upload one ZIP.",
            code="nested_archive",
        )
    if intake.not_dicom == intake.files:
        raise UnreadableInputError(
            "None of the files is DICOM. Send the DICOM files of one lumbar MRI.", code="not_dicom"
        )
    intake.patients.check()
    if intake.images:
        return
    if intake.other_images:
        raise UnsupportedStudyError("The images are not MR. Send a lumbar MRI.", code="wrong_modality")
    raise UnsupportedStudyError("The DICOM files hold no images. Send the images of a lumbar MRI.", code="no_images")


def _latest_examination(images: list[Dataset]) -> tuple[list[Dataset], list[str]]:
    """The latest that may show the lumbar spine, or else the latest: two examinations cannot be compared voxel by voxel."""
    studies: dict[str, _Examination] = {}
    for image in images:
        header = Header(image, 0)
        study = studies.setdefault(header.text("StudyInstanceUID") or "", _Examination())
        study.images.append(image)
        study.date = max(study.date, header.text("StudyDate") or "")
        study.regions.add(words.region(header))
    fit = [study for study in studies.values() if study.regions != {"other"}] or list(studies.values())
    latest = max(study.date for study in fit)
    kept = [image for study in studies.values() if study.date in ("", latest) for image in study.images]
    earlier = sum(len(study.images) for study in studies.values() if "" < study.date < latest)
    left_out = (
        (earlier, "an earlier examination"),
        (len(images) - len(kept) - earlier, "an examination of another part of the body"),
    )
    return kept, [f"{counted(count, 'image')} of {what} left out" for count, what in left_out if count]


@dataclass
class _Examination:
    images: list[Dataset] = field(default_factory=list)
    date: str = ""
    regions: set[Region] = field(default_factory=set)


def _frames_by_series(images: list[Dataset]) -> tuple[list[list[Frame]], list[str]]:
    """The frames of each series, by series number, and notes on what was dropped."""
    series: dict[str, _SeriesFrames] = {}
    objects: dict[str, list[Frame]] = {}
    duplicates = 0
    for image in images:
        header = Header(image)
        mine = series.setdefault(
            header.text("SeriesInstanceUID") or "", _SeriesFrames(header.number("SeriesNumber") or 0.0)
        )
        frames = read_frames(image)
        if frames is None:
            mine.placeless += 1
            continue
        uid = header.text("SOPInstanceUID") or f"unnamed {len(objects)}"
        if uid in objects:
            _check_same(objects[uid], frames)
            duplicates += len(frames)
            continue
        objects[uid] = frames
        mine.frames += frames
    notes = _placeless_notes(list(series.values()))
    if duplicates:
        notes.append(f"{counted(duplicates, 'duplicate image')} dropped")
    return [s.frames for s in sorted(series.values(), key=lambda s: s.number) if s.frames], notes


@dataclass
class _SeriesFrames:
    number: float
    frames: list[Frame] = field(default_factory=list)
    placeless: int = 0


def _check_same(first: list[Frame], second: list[Frame]) -> None:
    """Two objects with one identifier must be the same images in the same place."""
    same = len(first) == len(second) and all(
        np.array_equal(a.plane.position, b.plane.position) and np.array_equal(a.pixels(), b.pixels())
        for a, b in zip(first, second, strict=True)
    )
    if not same:
        raise UnsupportedStudyError(
            "Two images that differ carry the same identifier. Export the study again.", code="conflicting_duplicates"
        )


def _placeless_notes(series: list[_SeriesFrames]) -> list[str]:
    partly = any(s.placeless and s.frames for s in series)
    if partly or not any(s.frames for s in series):
        raise UnsupportedStudyError(
            "Images do not tell where they lie in the patient (position, orientation, pixel spacing). "
            "Send the original images.",
            code="missing_geometry",
        )
    count = sum(1 for s in series if s.placeless)
    return [f"{count} series without geometry left out"] if count else []


def _reference_notes(series: list[Stack]) -> list[str]:
    references = {stack.first.reference for stack in series} - {""}
    if len(references) < 2:
        return []
    return [f"the series lie in {len(references)} frames of reference: the patient may have moved from one to another"]


def _intake_notes(intake: _Intake) -> list[str]:
    skipped = (
        (intake.archives, "archive inside the upload", "archives inside the upload"),
        (intake.not_dicom, "file that is not DICOM", "files that are not DICOM"),
        (
            intake.other_images,
            "image that is not MR, or a capture of a screen,",
            "images that are not MR, or captures of a screen,",
        ),
        (intake.other_objects, "DICOM object that is not an image", "DICOM objects that are not images"),
    )
    return [f"{count} {one if count == 1 else many} skipped" for count, one, many in skipped if count]


def _series(stack: Stack, name: str) -> Series:
    acquisition = stack.first.acquisition
    acquired, plane, notes = plane_of(stack.geometry), reading_plane(stack.geometry), stack.notes
    if plane != acquired:
        notes = (*notes, f"acquired in {acquired} slices, and fine enough to be read sagittally")
    order, flip = stack.geometry.to_sagittal() if plane == "sagittal" else AS_IT_IS
    return Series(
        id=name,
        pixels=reordered(stack.pixels(), order, flip),
        geometry=stack.geometry.permuted(order, flip),
        plane=plane,
        weighting=weighting(acquisition),
        echo_time_ms=acquisition.echo_time_ms,
        repetition_time_ms=acquisition.repetition_time_ms,
        inversion_time_ms=acquisition.inversion_time_ms,
        field_strength_t=acquisition.field_strength_t,
        manufacturer=acquisition.manufacturer,
        traits=acquisition.traits | ({"incomplete"} if stack.incomplete else frozenset()),
        region=acquisition.region,
        notes=notes,
    )
