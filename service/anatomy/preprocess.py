"""What happens to a series before the network sees it, and to the network's output after: shared by training and service."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float32]

PIXEL_MM = 0.65
"""In-plane spacing that the network reads at."""
STRIDE = 16
"""Height and width of the network's input are multiples of this."""
CHANNELS = 3
"""Previous, current and next slice; at either end, or where there is but one, the slice stands in for its neighbour."""


def normalise(pixels: Floats) -> Floats:
    """Intensities of a whole series as the network expects them: robust range to 0–1, then zero mean and unit deviation.

    Args:
        pixels: (slices, rows, columns), any unit and offset.

    Returns:
        float32, same shape. A constant image becomes all zero.
    """
    low, high = np.percentile(pixels[:, ::2, ::2], (0.5, 99.5))
    scaled = np.clip((pixels - low) / max(high - low, 1e-6), 0, 1).astype(np.float32)
    centred = scaled - scaled.mean()
    return np.asarray(centred / max(float(scaled.std()), 1e-3), np.float32)


def interpolation(size: int, spacing: float, new_size: int, new_spacing: float) -> Floats:
    """(new_size, size) weights that resample a line of pixels, both grids centred on the same point.

    Linear between pixels; where the new grid is coarser, a triangle as wide as its spacing, so nothing aliases. Outside the
    line the outermost pixel goes on.
    """
    new = (np.arange(new_size) - (new_size - 1) / 2) * new_spacing / spacing + (size - 1) / 2
    width = max(new_spacing / spacing, 1.0)
    distance = np.abs(np.clip(new, 0, size - 1)[:, None] - np.arange(size)[None])
    weights = np.clip(1 - distance / width, 0, None)
    return np.asarray(weights / weights.sum(1, keepdims=True), np.float32)


def network_size(size: int, spacing: float) -> int:
    """Pixels that the network's grid needs to cover ``size`` pixels of ``spacing`` mm: a multiple of STRIDE."""
    return max(STRIDE, -int(-round(size * spacing / PIXEL_MM, 6) // STRIDE) * STRIDE)


def resample(images: Floats, rows: Floats, columns: Floats) -> Floats:
    """(n, r, c) images through (new_r, r) and (new_c, c) interpolation weights, to (n, new_r, new_c).

    The weights are nearly all zero, and are multiplied as sparse matrices.
    """
    n, r, _ = images.shape
    wide = sparse.csr_array(columns) @ images.reshape(n * r, -1).T
    tall = sparse.csr_array(rows) @ wide.reshape(-1, n, r).transpose(2, 1, 0).reshape(r, -1)
    return np.ascontiguousarray(tall.reshape(-1, n, len(columns)).transpose(1, 0, 2), np.float32)


def coarser(image: Floats, times: int) -> Floats:
    """(CHANNELS, rows, columns) in pixels ``times`` as large, each the mean of those that it covers; sizes rounded up to multiples of STRIDE by the last ones."""
    channels, height, width = image.shape
    blocks = image.reshape(channels, height // times, times, width // times, times)
    beyond = [(0, -(size // times) % STRIDE) for size in (height, width)]
    return np.asarray(np.pad(blocks.mean((2, 4)), [(0, 0), *beyond], mode="edge"), np.float32)


def with_neighbours(images: Floats) -> Floats:
    """(slices, rows, columns) to (slices, CHANNELS, rows, columns): every slice between its neighbours; a view, not to be written to."""
    padded = np.concatenate([images[:1], images, images[-1:]])
    return np.asarray(np.moveaxis(sliding_window_view(padded, CHANNELS, axis=0), -1, 1))
