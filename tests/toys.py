"""Small hand-made values that stand in for a real study: a spine of blocks, and a segmenter that knows where they are."""

import numpy as np

from service.anatomy.model import CANAL, DISC, SACRUM, Anatomy, Structure, disc_name, vertebra_name
from service.study.geometry import Geometry
from service.study.model import Series, Weighting


def block_series(weighting: Weighting = "T2", slices: int = 5, size: int = 64, row_mm: float = 4.0) -> Series:
    """A sagittal series (slices, size, size) whose intensities show the blocks of ``block_anatomy``."""
    affine = np.array([[4.0, 0, 0, -8], [0, 0, 4.0, -100], [0, -row_mm, 0, 120], [0, 0, 0, 1]])
    pixels = np.full((slices, size, size), 40, np.float32)
    series = Series(f"series-{weighting}", pixels, Geometry(affine, pixels.shape), weighting=weighting)
    pixels += 3 * np.sqrt(block_labels(series)).astype(np.float32)
    return series


def block_labels(series: Series) -> np.ndarray:
    """SPIDER labels: five vertebrae of 8 rows with discs of 2 between them, a canal behind, S1 below."""
    labels = np.zeros(series.pixels.shape, np.uint8)
    for label in range(1, 6):
        bottom = 56 - 10 * (label - 1)
        labels[:, bottom - 8 : bottom, 20:32] = label
        labels[:, bottom - 6 : bottom - 2, 40:46] = label
        labels[:, bottom : bottom + 2, 20:32] = DISC + label
    labels[:, 58:63, 22:32] = SACRUM
    labels[1:-1, 4:62, 34:39] = CANAL
    return labels


def block_anatomy(series: Series | None = None) -> Anatomy:
    """The blocks, segmented exactly."""
    series = series or block_series()
    labels = block_labels(series)
    bodies = ((labels > 0) & (labels < 20)) & (np.arange(labels.shape[2]) < 33)
    structures = [Structure(n, vertebra_name(n), "vertebra", 0.9) for n in range(1, 6)]
    structures += [Structure(DISC + n, disc_name(DISC + n), "disc", 0.9) for n in range(1, 6)]
    structures += [Structure(CANAL, "spinal canal", "canal", 0.9), Structure(SACRUM, "S1", "sacrum", 0.8)]
    return Anatomy(series, labels, bodies, tuple(structures), 0.9)
