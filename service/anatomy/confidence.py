"""How well a structure is likely to be outlined: an estimate of its Dice overlap with a careful manual mask."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from service.anatomy.model import DISC, Kind
from service.anatomy.regions import Box, Mask

COEFFICIENTS_FILE = Path(__file__).with_name("confidence.json")
"""A linear predictor through the logistic function: a constant for each kind of structure, a weight for each feature. Fitted to
Dice with manual masks of training patients, degraded so that low Dice occurs, by ``onnx_models/training/calibrate.py``; how it
does on held-out patients stands in the model's card."""
_NO_SIGNAL = 0.03
_MOSTLY, _NEARLY_ALL = 0.5, 0.8
"""A structure of which more than the second part is darker than the first part of the series' range lies in a void, as metal leaves one, and
its outline is invented; a disc, which may be black by wear, if more than the third part is. On 123 midsagittal T2 slices of training patients the
darkest of 856 discs has 0.35 of it so dark; worn discs of phantoms have 0.6, one that was drawn on noise 0.98. Provenance: expert."""
_DOUBTFUL = 0.6
_SMALLEST = 0.02


@dataclass(frozen=True)
class Coefficients:
    """What the file holds; ``provenance`` says how it was made."""

    constants: Mapping[Kind, float]
    weights: Mapping[str, float]
    provenance: str

    @classmethod
    def load(cls, path: Path = COEFFICIENTS_FILE) -> "Coefficients":
        """Read from a file; raises OSError or KeyError where there is none that fits."""
        content = json.loads(path.read_text())
        return cls(content["constants"], content["weights"], content["provenance"])


@dataclass(frozen=True)
class Features:
    """What the network's certainty and the size of a structure tell of its outline.

    Attributes:
        doubt: 1 less the mean certainty over the structure.
        boundary_doubt: the same over its boundary in the slices.
        doubtful_share: the share of its voxels less certain than 0.6.
        smallness: how many times smaller than the usual structure of its kind in the same series, as a natural logarithm.
    """

    doubt: float
    boundary_doubt: float
    doubtful_share: float
    smallness: float


def features_of(mask: Mask, certainty: NDArray[np.floating], share_of_usual: float = 1.0) -> Features:
    """The features of ``mask`` (slices, rows, columns), which must not be empty.

    Args:
        certainty: same shape, 0 to 1, the probability of the network's chosen class.
        share_of_usual: its voxels as a fraction of the usual number for its kind.
    """
    within = certainty[mask].astype(np.float64)
    inner = ndimage.binary_erosion(mask, structure=np.ones((1, 3, 3), bool))
    boundary = certainty[mask & ~inner].astype(np.float64)
    smallness = -np.log(np.clip(share_of_usual, _SMALLEST, 1.0))
    return Features(
        1 - float(within.mean()),
        1 - float(boundary.mean()),
        float((within < _DOUBTFUL).mean()),
        float(smallness),
    )


def dark(pixels: NDArray[np.floating], box: Box) -> Mask:
    """Where within ``box`` a series (slices, rows, columns) shows next to nothing: less than 3 % of its range, lightly smoothed.

    The range is that between the 0.5th and the 99.5th percentile.
    """
    low, high = np.percentile(pixels, (0.5, 99.5))
    return np.asarray(ndimage.gaussian_filter(pixels[box], (0, 1, 1)) < low + _NO_SIGNAL * (high - low))


def in_void(labels: NDArray[np.uint8], darkness: Mask) -> set[int]:
    """The labels of a volume (slices, rows, columns) of which most, and of a disc nearly all, lies where there is nothing to see (``darkness``, same shape)."""
    every, unseen = (np.bincount(values, minlength=256) for values in (labels.ravel(), labels[darkness]))
    most = np.where(np.arange(256) > DISC, _NEARLY_ALL, _MOSTLY)
    return set(np.flatnonzero(unseen > most * every).tolist())


def confidence_of(features: Features, kind: Kind, coefficients: Coefficients | None = None) -> float:
    """Expected Dice, 0 to 1, of a structure of this kind."""
    used = coefficients or _SHIPPED
    score = used.constants[kind] + sum(used.weights[name] * value for name, value in asdict(features).items())
    return round(float(1 / (1 + np.exp(-score))), 4)


_SHIPPED = Coefficients.load()
