"""What a phantom study shows and how it is acquired: the numbers a caller may set."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.anatomy.model import DISC, disc_name

LEVELS = tuple(disc_name(DISC + label) for label in range(1, 6))
"""The disc levels that carry parameters, from the lowest up: L5-S1 to L1-L2."""

Side = Literal["left", "right", "central"]
PhantomWeighting = Literal["T1", "T2", "STIR"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _index_of(name: str) -> int:
    if name not in LEVELS:
        raise ValueError(f"{name} is not one of the levels {', '.join(LEVELS)}")
    return LEVELS.index(name)


class DiscLevel(_Frozen):
    """One disc level: the disc, its two endplates and the canal behind it. Lengths in mm."""

    height_mm: Annotated[float, Field(ge=3, le=16)] = 10.0
    """Mean over the central 80 % of the length, in the middle third of the width."""
    bulge_mm: Annotated[float, Field(ge=0, le=6)] = 0.5
    """Extension all round beyond the line that joins the rims."""
    herniation_mm: Annotated[float, Field(ge=0, le=12)] = 0.0
    """Extension of a focal herniation beyond that line; 0 is none."""
    herniation_side: Side = "central"
    listhesis_mm: Annotated[float, Field(ge=-12, le=20)] = 0.0
    """Slip of the upper vertebra on the lower one; positive is anterior."""
    canal_ap_mm: Annotated[float, Field(ge=4, le=22)] = 13.0
    """Antero-posterior diameter of the thecal sac, before a herniation takes its part."""
    modic: Literal[0, 1, 2, 3] = 0
    pfirrmann: Literal[1, 2, 3, 4, 5] = 2
    endplate_defect_mm: Annotated[float, Field(ge=0, le=8)] = 0.0
    """Depth of a Schmorl node in the lower endplate of the upper vertebra."""


class Timing(_Frozen):
    """Repetition, echo and inversion time of a (turbo) spin-echo sequence in ms, and its echo train length."""

    repetition: Annotated[float, Field(gt=0)]
    echo: Annotated[float, Field(ge=0)]
    inversion: Annotated[float, Field(gt=0)] | None = None
    echo_train: Annotated[int, Field(ge=1)] = 1


class Acquisition(_Frozen):
    """The sagittal slab that is imaged, the same for every weighting. Lengths in mm, angles in degrees."""

    rows: Annotated[int, Field(ge=16, le=1024)] = 384
    columns: Annotated[int, Field(ge=16, le=1024)] = 384
    row_spacing_mm: Annotated[float, Field(gt=0.1, le=5)] = 0.75
    """Between neighbouring rows, head to feet."""
    column_spacing_mm: Annotated[float, Field(gt=0.1, le=5)] = 0.75
    """Between neighbouring columns, front to back."""
    slices: Annotated[int, Field(ge=1, le=256)] = 15
    slice_thickness_mm: Annotated[float, Field(gt=0.1, le=10)] = 4.0
    slice_spacing_mm: Annotated[float, Field(gt=0.1, le=12)] = 4.4
    """Between the centres of neighbouring slices: thickness and gap."""
    yaw_degrees: Annotated[float, Field(ge=-30, le=30)] = 0.0
    """Obliquity: the slab turned about the patient's long axis."""
    roll_degrees: Annotated[float, Field(ge=-30, le=30)] = 0.0
    """Obliquity: the slab turned about the antero-posterior axis."""
    shift_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Of the slab's centre, to the left, back and head."""
    weightings: tuple[PhantomWeighting, ...] = ("T2", "T1")
    t1: Timing = Timing(repetition=580, echo=10, echo_train=3)
    t2: Timing = Timing(repetition=3500, echo=100, echo_train=18)
    stir: Timing = Timing(repetition=4000, echo=60, inversion=180, echo_train=12)
    saturation_band: bool = False
    """Suppress the abdomen, as is done against motion."""

    def timing(self, weighting: PhantomWeighting) -> Timing:
        """The timing of one of the series."""
        return {"T1": self.t1, "T2": self.t2, "STIR": self.stir}[weighting]


class PhantomParameters(_Frozen):
    """A lumbar spine and the scan of it. Everything that is not set here follows from ``seed``."""

    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    lumbar_vertebrae: Literal[4, 5, 6] = 5
    """How many vertebrae below the lowest rib; levels keep the SPIDER labels, counted up from the sacrum."""
    size: Annotated[float, Field(ge=0.7, le=1.3)] = 1.0
    """Scales the vertebrae; 1 is 34 mm deep, 27 mm high and 45 to 50 mm wide."""
    lordosis_degrees: Annotated[float, Field(ge=5, le=85)] = 50.0
    """Between the upper endplates of L1 and S1."""
    sacral_slope_degrees: Annotated[float, Field(ge=10, le=65)] = 38.0
    cobb_degrees: Annotated[float, Field(ge=0, le=45)] = 0.0
    cobb_apex: Literal["L2", "L2-L3", "L3", "L3-L4", "L4"] = "L3"
    cobb_convexity: Literal["left", "right"] = "left"
    levels: tuple[DiscLevel, DiscLevel, DiscLevel, DiscLevel, DiscLevel] = (DiscLevel(),) * 5
    """From the lowest up: L5-S1, L4-L5, L3-L4, L2-L3, L1-L2."""
    muscle_fat_fraction: Annotated[float, Field(ge=0, le=0.9)] = 0.12
    """Of the muscle behind the spine."""
    marrow_fat_fraction: Annotated[float, Field(ge=0.1, le=0.8)] = 0.45
    subcutaneous_fat_mm: Annotated[float, Field(ge=3, le=70)] = 18.0
    acquisition: Acquisition = Acquisition()
    noise: Annotated[float, Field(ge=0, le=0.3)] = 0.025
    """Standard deviation of each of the two Gaussian channels of the Rician noise, as a part of muscle-free fat's signal."""
    bias: Annotated[float, Field(ge=0, le=1)] = 0.3
    """How much the sensitivity of the coil falls from the back to the front; 0 is uniform."""

    def level(self, name: str) -> DiscLevel:
        """The level of this name, such as L4-L5.

        Raises:
            ValueError: there is no such level.
        """
        return self.levels[_index_of(name)]

    def with_level(self, name: str, **changes: object) -> "PhantomParameters":
        """The same phantom with the named fields of one level changed, and checked."""
        index = _index_of(name)
        changed = DiscLevel.model_validate({**self.levels[index].model_dump(), **changes})
        levels = (*self.levels[:index], changed, *self.levels[index + 1 :])
        return PhantomParameters.model_validate({**self.model_dump(), "levels": levels})

    @staticmethod
    def random(seed: int) -> "PhantomParameters":
        """A plausible patient and scanner, the same for the same seed."""
        from service.phantom.population import draw

        return draw(seed)
