"""From a case to one training crop: geometry first, in a single interpolation, then everything a scanner may do to contrast."""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage

from onnx_models.training.allowed import ANYTHING, BACKGROUND, BODY, CANAL, DISC, POSTERIOR, SACRUM
from onnx_models.training.sources import Case
from service.anatomy.preprocess import PIXEL_MM, normalise

Floats = NDArray[np.float32]
BENT = 0.5
"""The share of crops whose shapes are bent as well: bodies and discs of patients who were not among the few that teach."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A case ready to be cropped: normalised intensities, allowed tissues, and places worth a crop. Three bytes a voxel, in no memory of
    the process where ``on_disk`` keeps them."""

    image: NDArray[np.float16]
    allowed: NDArray[np.uint8]
    spacing: tuple[float, float, float]
    interest: NDArray[np.int32]

    def on_disk(self, folder: Path) -> "Prepared":
        """The same in nameless files of a folder, which the system reads as they are needed and removes with the process."""
        return replace(self, image=_mapped(self.image, folder), allowed=_mapped(self.allowed, folder))


def _mapped(values: NDArray[Any], folder: Path) -> NDArray[Any]:
    with tempfile.TemporaryFile(dir=folder) as file:
        values.tofile(file)
        return np.asarray(np.memmap(file, values.dtype, "r", shape=values.shape))


def prepare(case: Case, rng: np.random.Generator) -> Prepared:
    """Normalise once; remember voxels (n, 3) that carry a label other than background, as many in every slice."""
    worth = (case.allowed != ANYTHING) & ((case.allowed & BACKGROUND) == 0)
    places = [np.argwhere(slice_worth) for slice_worth in worth]
    chosen = np.concatenate(
        [
            np.insert(rng.choice(p, min(100, len(p)), replace=False), 0, k, axis=1)
            for k, p in enumerate(places)
            if len(p)
        ]
    )
    image = normalise(case.image).astype(np.float16)
    return Prepared(image, case.allowed, case.spacing, chosen.astype(np.int32))


def crop(
    item: Prepared, size: tuple[int, int], rng: np.random.Generator, plain: float = 0.0
) -> tuple[Floats, NDArray[np.uint8]]:
    """One augmented crop: (3, rows, columns) image with neighbours, (rows, columns) allowed sets.

    ``plain`` is the share of crops that keep the contrast of their tissues and the neighbours that the service would see.
    """
    as_it_came = rng.random() < plain
    k, row, column = item.interest[rng.integers(len(item.interest))]
    if rng.random() < 0.22:
        k, row, column = (int(rng.integers(n)) for n in item.image.shape)
    stack = _beside(item.image, int(k)) if as_it_came else _neighbours(item.image, int(k), item.spacing[0], rng)
    grid = _grid(item, (row, column), size, rng)
    image = _sample(stack, grid, "bilinear")
    allowed = _sample(item.allowed[None, k].astype(np.float32), grid, "nearest")[0].astype(np.uint8)
    inside = (np.abs(grid) <= 1).all(-1)
    allowed = np.where(inside, allowed, BACKGROUND if rng.random() < 0.5 else ANYTHING).astype(np.uint8)
    return _scanned(image if as_it_came else _contrast(image, allowed & ANYTHING, rng), rng), allowed


def _beside(image: NDArray[np.floating], k: int) -> Floats:
    """(3, rows, columns): the slice between its neighbours, as the service reads it."""
    return image[np.clip([k - 1, k, k + 1], 0, len(image) - 1)].astype(np.float32)


def _neighbours(image: NDArray[np.floating], k: int, spacing: float, rng: np.random.Generator) -> Floats:
    """(3, rows, columns): the slice between two others, as thick or thin, near or far, as a scanner might take them."""
    last = len(image) - 1
    if last == 0 or rng.random() < 0.3:
        return np.repeat(image[k : k + 1], 3, axis=0).astype(np.float32)
    thick = int(rng.integers(0, 3)) if spacing <= 1.2 and rng.random() < 0.7 else 0
    step = max(1, round(float(rng.uniform(1, 5)) / spacing))
    return np.stack([_slab(image, int(np.clip(k + d * step, 0, last)), thick) for d in (-1, 0, 1)])


def _slab(image: NDArray[np.floating], k: int, half: int) -> Floats:
    return np.asarray(image[max(k - half, 0) : k + half + 1].mean(0, dtype=np.float32))


def _grid(item: Prepared, centre: tuple[int, int], size: tuple[int, int], rng: np.random.Generator) -> Floats:
    """(rows, columns, 2) sampling positions for torch's grid_sample: turned, scaled, shifted about a place of interest, some bent."""
    angle = np.radians(rng.normal(0, 9))
    scale = np.exp(rng.normal(0, 0.13)) * np.exp(rng.normal(0, 0.04, 2))
    shift = rng.uniform(-0.25, 0.25, 2) * size
    r, c = np.meshgrid(*((np.arange(n) - n / 2 + s) for n, s in zip(size, shift, strict=True)), indexing="ij")
    if rng.random() < BENT:
        r, c = r + _bend(size, rng), c + _bend(size, rng)
    r, c = r * scale[0] * PIXEL_MM, c * scale[1] * PIXEL_MM
    rows = centre[0] + (np.cos(angle) * r - np.sin(angle) * c) / item.spacing[1]
    columns = centre[1] + (np.sin(angle) * r + np.cos(angle) * c) / item.spacing[2]
    height, width = item.image.shape[1:]
    return np.stack([2 * columns / (width - 1) - 1, 2 * rows / (height - 1) - 1], -1).astype(np.float32)


def _bend(size: tuple[int, int], rng: np.random.Generator) -> Floats:
    """(rows, columns) smooth displacement in pixels: cubic between knots 24 to 48 pixels apart."""
    apart = rng.uniform(24, 48)
    knots = rng.normal(0, rng.uniform(0, 0.06) * apart, [1, 1, *(int(n / apart) + 3 for n in size)])
    smooth = torch.nn.functional.interpolate(torch.from_numpy(knots), size=size, mode="bicubic", align_corners=True)
    return np.asarray(smooth[0, 0].numpy(), np.float32)


def _sample(images: Floats, grid: Floats, mode: str) -> Floats:
    stack, where = torch.from_numpy(np.ascontiguousarray(images))[None], torch.from_numpy(grid)[None]
    padding = "border" if mode == "bilinear" else "zeros"
    sampled = torch.nn.functional.grid_sample(stack, where, mode=mode, padding_mode=padding, align_corners=True)
    return np.asarray(sampled[0].numpy())


def _contrast(image: Floats, allowed: NDArray[np.uint8], rng: np.random.Generator) -> Floats:
    if rng.random() < 0.25:
        image = _other_tissue_contrast(image, allowed, rng)
    return _contrast_curve(image, rng) if rng.random() < 0.5 else image


def _scanned(image: Floats, rng: np.random.Generator) -> Floats:
    """Bias field, blur, noise, and the window of intensities, each for some."""
    if rng.random() < 0.5:
        image = image * _smooth_field(image.shape[1:], 0.35, rng)
    if rng.random() < 0.35:
        image = ndimage.gaussian_filter(image, (0, rng.uniform(0, 1.2), rng.uniform(0, 1.2)))
    if rng.random() < 0.6:
        image = image + rng.normal(0, rng.uniform(0, 0.25), image.shape)
    image = (image - image.mean()) / max(float(image.std()), 0.05)
    return np.asarray(image * np.exp(rng.normal(0, 0.15)) + rng.normal(0, 0.25), np.float32)


def _contrast_curve(image: Floats, rng: np.random.Generator) -> Floats:
    """A random, mostly rising, sometimes falling or bent curve through the intensities: T1, T2, STIR, water and fat."""
    low, high = np.percentile(image, (1, 99))
    x = np.clip((image - low) / max(high - low, 1e-3), 0, 1)
    knots = np.concatenate([[0], np.cumsum(rng.gamma(1.2, 1, 5))])
    knots /= knots[-1]
    kind = rng.random()
    if kind < 0.25:
        knots = 1 - knots
    elif kind < 0.45:
        knots = rng.uniform(0, 1, 6)
    return np.interp(x, np.linspace(0, 1, 6), knots).astype(np.float32) * 4 - 2


def _other_tissue_contrast(image: Floats, allowed: NDArray[np.uint8], rng: np.random.Generator) -> Floats:
    """Whole tissues made brighter or darker, as another sequence would: cerebrospinal fluid dark, marrow bright, …"""
    image = image.copy()
    for tissue in (BODY, POSTERIOR, DISC, CANAL, SACRUM):
        mask = (allowed == tissue).astype(np.float32)
        if rng.random() < 0.6 and mask.any():
            weight = ndimage.gaussian_filter(mask, 0.7)
            level, keep = rng.normal(0, 1.2), rng.uniform(0.2, 1)
            image += weight * (level + (keep - 1) * image)
    return image


def _smooth_field(shape: tuple[int, ...], strength: float, rng: np.random.Generator) -> Floats:
    coarse = rng.normal(0, strength, (4, 4))
    return np.exp(ndimage.zoom(coarse, (shape[0] / 4, shape[1] / 4), order=1)).astype(np.float32)
