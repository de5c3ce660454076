"""What a simulated examination holds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.anatomy.model import Anatomy
from service.findings.model import Finding
from service.phantom.parameters import PhantomParameters
from service.study.model import Series, Weighting


@dataclass(frozen=True, eq=False)
class Phantom:
    """A simulated study with its exact ground truth.

    Attributes:
        series: one sagittal series for each weighting, all on the same grid.
        truth: the anatomy on the grid of each series, SPIDER labels.
        tissue: uint8 (slices, rows, columns), values of ``service.anatomy.tissue.Tissue``.
        measurements: computed on the analytic surfaces, not on the voxels.
    """

    parameters: PhantomParameters
    series: dict[Weighting, Series]
    truth: dict[Weighting, Anatomy]
    tissue: NDArray[np.uint8]
    measurements: tuple[Finding, ...]
