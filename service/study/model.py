"""What a study is, once its bytes are read: series of voxels that know where they lie and how they are weighted."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from service.study.geometry import Geometry

Plane = Literal["sagittal", "axial", "coronal", "oblique"]
Weighting = Literal["T1", "T2", "STIR", "unknown"]
Region = Literal["lumbar", "other", "unknown"]
Trait = Literal[
    "localizer",
    "reformatted",
    "projection",
    "not_magnitude",
    "diffusion",
    "gradient_echo",
    "fat_suppressed",
    "in_phase",
    "out_of_phase",
    "water",
    "fat",
    "contrast_agent",
    "incomplete",
]
"""What sets a series apart from a plain spin echo of its weighting: its echo, its fat, its contrast agent, its making, or that it is a lesser
part of one of which slices are missing."""


@dataclass(frozen=True, eq=False)
class Series:
    """One stack of parallel MR slices of one contrast.

    Attributes:
        id: a short name for reports, made by the reader ("series-1"); never a DICOM UID or description.
        pixels: float32 (slices, rows, columns). A sagittal series is stored with slices from the patient's right to left,
            rows from head to feet, columns from front to back; any other plane keeps its own order.
        geometry: where those voxels lie; same shape as ``pixels``.
        region: the part of the body, as far as the header tells; headers lie, so only "other" of all series refuses a study.
        notes: what was done to it or seen in it ("2 duplicate images dropped").
    """

    id: str
    pixels: NDArray[np.float32]
    geometry: Geometry
    plane: Plane = "sagittal"
    weighting: Weighting = "unknown"
    echo_time_ms: float | None = None
    repetition_time_ms: float | None = None
    inversion_time_ms: float | None = None
    field_strength_t: float | None = None
    manufacturer: str | None = None
    traits: frozenset[Trait] = frozenset()
    region: Region = "unknown"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.pixels.shape != self.geometry.shape:
            raise ValueError(f"pixels {self.pixels.shape} do not fit the geometry {self.geometry.shape}")


@dataclass(frozen=True)
class Study:
    """Every readable series of one patient's examination, and what was noticed while reading it."""

    series: tuple[Series, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Selection:
    """The series that will be read, at most one for each weighting, and why each was or was not chosen.

    ``chosen`` is ordered: the first is the one that anatomy is measured on (T2 before T1 before STIR).
    """

    chosen: tuple[Series, ...]
    reasons: dict[str, str] = field(default_factory=dict)
    missing: tuple[Weighting, ...] = ()
