"""Two phantoms of which the signal is measured: coarse enough to be quick, fine enough to show muscle, marrow and endplates."""

from functools import lru_cache

from service.phantom import Acquisition, Phantom, PhantomParameters, simulate

SCAN = Acquisition(
    rows=190,
    columns=170,
    row_spacing_mm=1.25,
    column_spacing_mm=1.25,
    slices=11,
    slice_thickness_mm=4,
    slice_spacing_mm=5.5,
)
FAT, MARROW, NODE = (0.05, 0.3), (0.2, 0.7), (0.0, 5.0)
"""Of the lean and of the fat patient: fat in muscle and in marrow, and a Schmorl node under L3 in mm."""


@lru_cache(maxsize=2)
def patient(which: int) -> Phantom:
    """The lean one (0) or the fat one (1), otherwise alike."""
    parameters = PhantomParameters(
        seed=5, muscle_fat_fraction=FAT[which], marrow_fat_fraction=MARROW[which], acquisition=SCAN
    )
    return simulate(parameters.with_level("L3-L4", endplate_defect_mm=NODE[which]))
