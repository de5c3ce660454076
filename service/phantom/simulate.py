"""Parameters in, a simulated study with its ground truth out."""

import numpy as np
from numpy.typing import NDArray

from service.phantom.model import Phantom
from service.phantom.parameters import PhantomParameters, PhantomWeighting
from service.phantom.scanner import add_noise, grey_values, point_spread, sensitivity
from service.phantom.scene import Scene, grid
from service.phantom.structures import make_anatomy, mark_partial
from service.phantom.truth import measure
from service.study.geometry import Geometry
from service.study.model import Series, Weighting

FIELD_STRENGTH_T = 1.5


def simulate(parameters: PhantomParameters) -> Phantom:
    """A sagittal study of the spine and the exact truth about it; the same for the same parameters."""
    scene = Scene(parameters)
    geometry = grid(parameters, scene.spine)
    signals, labels, tissue = _scan(scene, geometry)
    labels = mark_partial(labels, scene.spine.vertebrae, geometry)
    weightings = parameters.acquisition.weightings
    series: dict[Weighting, Series] = {
        w: _series(parameters, w, k + 1, signals[k], geometry) for k, w in enumerate(weightings)
    }
    truth = {w: make_anatomy(s, labels, tissue, parameters.lumbar_vertebrae) for w, s in series.items()}
    return Phantom(parameters, series, truth, tissue, measure(scene))


def training_slices(
    parameters: PhantomParameters,
) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.float64]]:
    """A phantom for training.

    Returns:
        (weightings, slices, rows, columns) images, (slices, rows, columns) values of ``Tissue``, (3,) spacing in mm.
    """
    phantom = simulate(parameters)
    images = np.stack([s.pixels for s in phantom.series.values()])
    return images, phantom.tissue, next(iter(phantom.series.values())).geometry.spacing


def _scan(scene: Scene, geometry: Geometry) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.uint8]]:
    """(weightings, slices, rows, columns) grey values, and labels and tissue of (slices, rows, columns)."""
    parameters = scene.parameters
    pixels = np.empty((len(parameters.acquisition.weightings), *geometry.shape), np.float32)
    labels, tissue = np.empty(geometry.shape, np.uint8), np.empty(geometry.shape, np.uint8)
    for index in range(geometry.shape[0]):
        signals, labels[index], tissue[index] = scene.render(geometry, index).finish()
        gain = sensitivity(parameters, geometry, index)
        for k, image in enumerate(signals):
            rng = np.random.default_rng([parameters.seed, 71, k, index])
            pixels[k, index] = grey_values(add_noise(point_spread(image) * gain, parameters.noise, rng))
    return pixels, labels, tissue


def _series(
    parameters: PhantomParameters,
    weighting: PhantomWeighting,
    number: int,
    pixels: NDArray[np.float32],
    geometry: Geometry,
) -> Series:
    timing = parameters.acquisition.timing(weighting)
    return Series(
        id=f"series-{number}",
        pixels=pixels,
        geometry=geometry,
        plane="sagittal",
        weighting=weighting,
        echo_time_ms=timing.echo,
        repetition_time_ms=timing.repetition,
        inversion_time_ms=timing.inversion,
        field_strength_t=FIELD_STRENGTH_T,
        manufacturer="Phantom",
    )
