"""From signals to the pixels that a scanner delivers: sampling in k-space, coil sensitivity, noise, grey values."""

import numpy as np
from numpy.typing import NDArray
from scipy.fft import fftfreq, irfft2, rfft2, rfftfreq

from service.phantom.parameters import PhantomParameters
from service.study.geometry import Geometry

Field = NDArray[np.float32]

GREY_OF_FAT = 350.0
"""Grey value of pure fat without bias."""
GREATEST_GREY = 4095


def point_spread(image: Field, strength: float = 0.35) -> Field:
    """(rows, columns) image as sampled in k-space with a smooth (Gaussian-tapered) window, which blurs and rings a little."""
    rows, columns = fftfreq(image.shape[0]), rfftfreq(image.shape[1])
    radius = (rows[:, None] ** 2 + columns[None, :] ** 2) / 0.25
    taper = np.exp(-strength * radius * 2.0) * (radius < 1.2)
    return np.asarray(irfft2(rfft2(image) * taper, s=image.shape), np.float32)


def sensitivity(parameters: PhantomParameters, geometry: Geometry, index: int) -> Field:
    """(rows, columns) relative coil sensitivity of one slice: a fall from back to front and slow ripples."""
    rng = np.random.default_rng([parameters.seed, 61])
    a = parameters.acquisition
    row, column = np.meshgrid(np.linspace(-1, 1, a.rows), np.linspace(-1, 1, a.columns), indexing="ij")
    fall = np.exp(parameters.bias * 1.6 * (column - 0.25))
    waves = rng.normal(0, 0.12, 5) * parameters.bias
    through = (index / max(a.slices - 1, 1)) * 2 - 1
    ripple = waves[0] * row + waves[1] * row**2 + waves[2] * row * column + waves[3] * through + waves[4] * column**2
    ends = 1 - 0.35 * parameters.bias * np.abs(row) ** 3
    field = fall * np.exp(ripple) * ends
    if a.saturation_band:
        edge = 0.12 + rng.uniform(-0.05, 0.05) - 0.1 * row
        field = field * (0.12 + 0.88 / (1 + np.exp(-(column + edge) / 0.04)))
    return np.asarray(field, np.float32)


def add_noise(signal: Field, deviation: float, rng: np.random.Generator) -> Field:
    """Rician noise: magnitude of a signal with Gaussian noise in both channels.

    Source: Gudbjartsson and Patz, Magn Reson Med 1995.
    """
    if deviation == 0:
        return np.abs(signal)
    real = signal + rng.normal(0, deviation, signal.shape).astype(np.float32)
    return np.hypot(real, rng.normal(0, deviation, signal.shape).astype(np.float32))


def grey_values(signal: Field) -> Field:
    """Whole grey values of 12 bits, as a scanner stores them."""
    return np.asarray(np.rint(np.clip(signal * GREY_OF_FAT, 0, GREATEST_GREY)), np.float32)
