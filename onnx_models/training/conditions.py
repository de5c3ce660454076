"""Other conditions than a case was acquired under: contrast, noise, resolution, slice thickness, obliquity, storage.

Each changes the image and, with the same geometry, the manual mask, and gives the case and the series that the service reads.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import SimpleITK
from numpy.typing import NDArray
from scipy import ndimage

from onnx_models.training.sources import IN_CLASSES, Case, as_series, in_classes
from service.anatomy.preprocess import interpolation, resample
from service.study.canonical import reordered
from service.study.geometry import Geometry
from service.study.image import read_image
from service.study.model import Series

Floats = NDArray[np.float32]
Changed = tuple[Case, Series]
Change = Callable[[Case, np.random.Generator], Changed]

THICK_MM, THIN_MM = 4.4, 1.0
WIDE = ("vb2", "vb3")
"""Sources of 1 mm in every direction and of the full width."""
FLAT = (*IN_CLASSES, "backspine")


@dataclass(frozen=True)
class Condition:
    """A change with its name, and the sources that it is tried on."""

    name: str
    sources: tuple[str, ...]
    change: Change


def _of_intensity(change: Callable[[Floats, Case, np.random.Generator], Floats]) -> Change:
    """A change of the image alone, which gets it scaled to 0 to 1 between its 0.5th and 99.5th percentile."""

    def changed(case: Case, rng: np.random.Generator) -> Changed:
        low, high = np.percentile(case.image, (0.5, 99.5))
        scaled = np.clip((case.image - low) / max(high - low, 1e-6), 0, 1).astype(np.float32)
        image = (1000 * change(scaled, case, rng)).astype(np.float32)
        new = replace(case, image=image)
        return new, as_series(new)

    return changed


def _stir(image: Floats, case: Case, rng: np.random.Generator) -> Floats:
    """Fluid stays, what is less bright than fluid is dark, and the marrow in the manual masks, being fat, to a third."""
    bone = in_classes(case) == 1 if case.source in IN_CLASSES else case.mask > 0
    marrow = ndimage.gaussian_filter(bone.astype(np.float32), (0, 1, 1))
    return np.asarray(image**1.6 * (1 - 0.67 * marrow), np.float32)


def noisy(share: float) -> Change:
    """Rician noise, of a deviation of this share of the brightest tissue."""
    return _of_intensity(
        lambda image, _, rng: np.hypot(
            image + share * rng.normal(size=image.shape), share * rng.normal(size=image.shape)
        )
    )


def blurred(mm: float) -> Change:
    """A Gaussian of this deviation in the slice."""
    return _of_intensity(
        lambda image, case, _: ndimage.gaussian_filter(image, (0, mm / case.spacing[1], mm / case.spacing[2]))
    )


def curved(gamma: float) -> Change:
    """Intensities raised to a power."""
    return _of_intensity(lambda image, _, rng: image**gamma)


inverted: Change = _of_intensity(lambda image, _, rng: 1 - image)


def biased(strength: float) -> Change:
    """A smooth field: the image is brighter and darker by about this factor (of its logarithm) from place to place."""

    def field(image: Floats, _: Case, rng: np.random.Generator) -> Floats:
        coarse = rng.normal(size=(3, 3))
        fine = ndimage.zoom(coarse / np.abs(coarse).max(), [n / 3 for n in image.shape[1:]], order=1)
        return np.asarray(image * np.exp(strength * fine), np.float32)

    return _of_intensity(field)


def pixels_of(rows: float, columns: float) -> Change:
    """Pixels so many times as high and as wide, antialiased."""

    def changed(case: Case, _: np.random.Generator) -> Changed:
        slices, row_mm, column_mm = case.spacing
        spacing = slices, row_mm * rows, column_mm * columns
        size = round(case.image.shape[1] / rows), round(case.image.shape[2] / columns)
        weights = [
            interpolation(n, 1.0, new, factor)
            for n, new, factor in zip(case.image.shape[1:], size, (rows, columns), strict=True)
        ]
        nearest = [w.argmax(1) for w in weights]
        mask = case.mask[:, nearest[0]][:, :, nearest[1]]
        new = replace(case, image=resample(case.image, weights[0], weights[1]), mask=mask, spacing=spacing)
        return new, as_series(new)

    return changed


def thick_slices(case: Case, _: np.random.Generator) -> Changed:
    """Slices of THICK_MM, averaged from thin ones; the mask is that of each slice's middle."""
    mm, count = case.spacing[0], len(case.image)
    number = int(count * mm / THICK_MM)
    weights = interpolation(count, mm, number, THICK_MM)
    image = np.tensordot(weights, case.image, 1).astype(np.float32)
    middle = np.round((np.arange(number) - (number - 1) / 2) * THICK_MM / mm + (count - 1) / 2).astype(int)
    new = replace(case, image=image, mask=case.mask[middle], spacing=(THICK_MM, *case.spacing[1:]))
    return new, as_series(new)


def turned(degrees: float, axes: tuple[int, int]) -> Change:
    """The grid turned in the plane of two of its axes (0 slices, 1 rows, 2 columns); the patient stays, the geometry says so."""

    def changed(case: Case, _: np.random.Generator) -> Changed:
        geometry = as_series(case).geometry
        centre = (np.array(case.image.shape) - 1) / 2
        angle = np.radians(degrees)
        turn = np.eye(3)
        turn[np.ix_(axes, axes)] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        scale = np.diag(case.spacing)
        matrix = np.linalg.inv(scale) @ turn @ scale
        offset = centre - matrix @ centre
        image = ndimage.affine_transform(case.image, matrix, offset, order=1, mode="nearest")
        mask = ndimage.affine_transform(case.mask, matrix, offset, order=0)
        whole = np.eye(4)
        whole[:3, :3], whole[:3, 3] = matrix, offset
        new = replace(case, image=image, mask=mask)
        return new, replace(as_series(new), geometry=Geometry(geometry.affine @ whole, image.shape))

    return changed


def thick_and_turned(case: Case, rng: np.random.Generator) -> Changed:
    """Turned about the patient's long axis by 12 degrees, then thick slices."""
    thin, series = turned(12, (0, 2))(case, rng)
    thick, _ = thick_slices(thin, rng)
    affine = series.geometry.affine.copy()
    affine[:3, 0] *= THICK_MM / case.spacing[0]
    return thick, Series(thick.source, thick.image, Geometry(affine, thick.image.shape))


def stored_otherwise(case: Case, rng: np.random.Generator) -> Changed:
    """Written as a file with its axes in another order and direction, and read by the service."""
    series = as_series(case)
    order, flip = rng.permutation(3), rng.random(3) < 0.5
    axes = (int(order[0]), int(order[1]), int(order[2]))
    back = (bool(flip[0]), bool(flip[1]), bool(flip[2]))
    geometry = series.geometry.permuted(axes, back)
    image = SimpleITK.GetImageFromArray(reordered(series.pixels, axes, back))
    image.SetSpacing([float(mm) for mm in geometry.spacing[::-1]])
    image.SetDirection(geometry.directions[:, ::-1].ravel().tolist())
    image.SetOrigin(geometry.affine[:3, 3].tolist())
    with tempfile.TemporaryDirectory() as folder:
        SimpleITK.WriteImage(image, str(Path(folder) / "case.mha"))
        return case, read_image(Path(folder) / "case.mha")


def _as_it_is(case: Case, _: np.random.Generator) -> Changed:
    return case, as_series(case)


CONDITIONS = (
    Condition("as they are (vb2, vb3: slices of 1 mm)", (*FLAT, *WIDE), _as_it_is),
    Condition("like STIR: marrow and fat dark, fluid bright", FLAT, _of_intensity(_stir)),
    Condition("inverted contrast", FLAT, inverted),
    Condition("dark mid-tones (power 2)", FLAT, curved(2.0)),
    Condition("bright mid-tones (power 0.5)", FLAT, curved(0.5)),
    Condition("noise of 8 % of the brightest tissue", FLAT, noisy(0.08)),
    Condition("bias field of a factor up to 2", FLAT, biased(0.7)),
    Condition("pixels twice as large", FLAT, pixels_of(2, 2)),
    Condition("pixels 1.6 times as wide as high", FLAT, pixels_of(1, 1.6)),
    Condition("stored in another order of axes", FLAT, stored_otherwise),
    Condition("turned in the plane by 12°", FLAT, turned(12, (1, 2))),
    Condition("slices of 4.4 mm", WIDE, thick_slices),
    Condition("turned about the long axis by 12°, slices of 4.4 mm", WIDE, thick_and_turned),
)
