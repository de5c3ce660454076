"""What each tissue looks like: relaxation at 1.5 T and the signal equations of the sequences."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from service.phantom.parameters import Acquisition, Timing


@dataclass(frozen=True)
class Relaxation:
    """Relaxation times in ms and proton density relative to water. ``provenance`` says where they come from."""

    t1: float
    t2: float
    density: float
    provenance: str


_BAZELAIRE = "published: de Bazelaire et al., Radiology 2004, 1.5 T; density illustrative"
_STANISZ = "published: Stanisz et al., Magn Reson Med 2005, 1.5 T; density illustrative"
_MARINELLI = "published T2: Marinelli et al., AJNR 2010; T1 and density illustrative"
_TAKASHIMA = "published T2: Takashima et al., Skeletal Radiol 2012; T1 and density illustrative"
_CHOSEN = "illustrative"

TISSUES: dict[str, Relaxation] = {
    "air": Relaxation(1000, 1, 0.0, _CHOSEN),
    "muscle": Relaxation(1008, 44, 0.82, _STANISZ),
    "cord": Relaxation(745, 74, 0.75, _STANISZ),
    "root": Relaxation(
        815, 77, 0.72, "published: optic nerve of Stanisz et al., Magn Reson Med 2005; density illustrative"
    ),
    "blood": Relaxation(
        1441, 290, 0.06, "published times: Stanisz et al., Magn Reson Med 2005; density: flow void, illustrative"
    ),
    "slow_blood": Relaxation(1441, 200, 0.8, _CHOSEN),
    "liver": Relaxation(586, 46, 0.75, _BAZELAIRE),
    "red_marrow": Relaxation(
        850, 48, 0.62, "illustrative: with yellow marrow it gives 549/49 of de Bazelaire et al. 2004"
    ),
    "csf": Relaxation(4070, 1500, 1.0, "published T1: Rooney et al., Magn Reson Med 2007; T2 and density illustrative"),
    # Turbo spin echo shows fat brighter than its spin-echo T2 of 58 ms (de Bazelaire) says: J coupling is broken.
    "fat": Relaxation(
        260, 120, 0.85, "illustrative: T1 of fat at 1.5 T is given as 240 to 343 ms (de Bazelaire et al. 2004: 343)"
    ),
    "yellow_marrow": Relaxation(285, 110, 0.80, _CHOSEN),
    "cortex": Relaxation(700, 8, 0.12, _CHOSEN),
    "ligament": Relaxation(800, 14, 0.30, _CHOSEN),
    "fibrous": Relaxation(800, 30, 0.55, _CHOSEN),
    "skin": Relaxation(900, 30, 0.6, _CHOSEN),
    "bowel_wall": Relaxation(900, 60, 0.75, _CHOSEN),
    "bowel_content": Relaxation(1100, 90, 0.7, _CHOSEN),
    "urine": Relaxation(3500, 700, 1.0, _CHOSEN),
    "annulus": Relaxation(850, 30, 0.50, _CHOSEN),
    "nucleus_1": Relaxation(1150, 145, 0.86, f"{_TAKASHIMA} (above 117 ms)"),
    "nucleus_2": Relaxation(1100, 108, 0.82, f"{_MARINELLI} (108 ms)"),
    "nucleus_3": Relaxation(1000, 80, 0.72, f"{_TAKASHIMA} (72 to 93 ms)"),
    "nucleus_4": Relaxation(900, 53, 0.60, f"{_MARINELLI} (53 ms)"),
    "nucleus_5": Relaxation(850, 36, 0.48, _CHOSEN),
    "oedema": Relaxation(1400, 105, 0.90, "illustrative: marrow of Modic type 1"),
    "sclerosis": Relaxation(900, 22, 0.22, "illustrative: marrow of Modic type 3"),
}


def spin_echo(tissue: Relaxation, timing: Timing) -> float:
    """Magnitude signal of a spin-echo or inversion-recovery spin-echo sequence, arbitrary unit.

    Source: Bernstein, King, Zhou, Handbook of MRI Pulse Sequences, chapters 14.1 and 14.3 (short echo, ideal pulses).
    """
    recovery = 1 - np.exp(-timing.repetition / tissue.t1)
    if timing.inversion is not None:
        recovery = 1 - 2 * np.exp(-timing.inversion / tissue.t1) + np.exp(-timing.repetition / tissue.t1)
    return float(tissue.density * abs(recovery) * np.exp(-timing.echo / tissue.t2))


@lru_cache(maxsize=256)
def signal(tissue: str, acquisition: Acquisition) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """(weightings,) signal of a named tissue, in units of pure fat's signal in the same weighting (T2's fat for STIR)."""
    found = []
    for weighting in acquisition.weightings:
        reference = spin_echo(TISSUES["fat"], acquisition.timing("T1" if weighting == "T1" else "T2"))
        found.append(spin_echo(TISSUES[tissue], acquisition.timing(weighting)) / reference)
    made = np.array(found, np.float32)
    made.setflags(write=False)
    return made
