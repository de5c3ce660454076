"""Small, quick phantoms for the tests."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from service.phantom import Acquisition, Phantom, PhantomParameters, simulate

SMALL = Acquisition(
    rows=144, columns=80, row_spacing_mm=1.9, column_spacing_mm=1.9, slices=5, slice_thickness_mm=4, slice_spacing_mm=9
)
CLEAN = PhantomParameters(seed=3, noise=0, bias=0, acquisition=SMALL)


@lru_cache(maxsize=16)
def _simulated(text: str) -> Phantom:
    return simulate(PhantomParameters.model_validate_json(text))


def simulated(parameters: PhantomParameters) -> Phantom:
    """The phantom of these parameters, made once."""
    return _simulated(parameters.model_dump_json())


def changed(parameters: PhantomParameters, **values: object) -> PhantomParameters:
    """The same parameters with some set anew."""
    return PhantomParameters.model_validate({**parameters.model_dump(), **values})


def scanned(parameters: PhantomParameters, **values: object) -> PhantomParameters:
    """The same patient, scanned otherwise."""
    return changed(parameters, acquisition={**parameters.acquisition.model_dump(), **values})


def mean_of(phantom: Phantom, weighting: str, mask: NDArray[np.bool_]) -> float:
    """Mean grey value in a mask."""
    return float(next(s.pixels[mask].mean() for w, s in phantom.series.items() if w == weighting))
