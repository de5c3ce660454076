"""How well a structure is likely to be outlined: an estimate of its Dice overlap with a careful manual mask."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from service.anatomy.regions import Mask

COEFFICIENTS = {
    "intercept": 0.0,
    "mean_certainty": 0.6,
    "doubtful_share": -0.4,
    "boundary_certainty": 0.4,
}
"""Linear in: the mean certainty over the structure; the share of its voxels below 0.6; the mean certainty of its boundary.
Provenance: illustrative, until fitted to Dice on held-out patients."""
_DOUBTFUL = 0.6


def confidence_of(mask: Mask, certainty: NDArray[np.floating]) -> float:
    """Expected Dice, 0 to 1, of ``mask`` (slices, rows, columns) given the network's certainty of its chosen class."""
    if not mask.any():
        return 0.0
    within = certainty[mask].astype(np.float64)
    inner = ndimage.binary_erosion(mask, structure=np.ones((1, 3, 3), bool))
    boundary = certainty[mask & ~inner].astype(np.float64)
    value = (
        COEFFICIENTS["intercept"]
        + COEFFICIENTS["mean_certainty"] * within.mean()
        + COEFFICIENTS["doubtful_share"] * (within < _DOUBTFUL).mean()
        + COEFFICIENTS["boundary_certainty"] * boundary.mean()
    )
    return float(np.clip(round(value, 4), 0.0, 1.0))
