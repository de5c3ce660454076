"""Which relaxation time the contrast of a series shows, by its timing."""

from service.study.acquisition import Acquisition
from service.study.model import Weighting

_STIR_INVERSION_MS = (80.0, 300.0)
"""Nulls fat: ln 2 × T1 of fat, 140 to 180 ms at 1.5 T and up to 230 ms at 3 T (Krinsky et al., RadioGraphics 1996). published"""
_FLAIR_T1_INVERSION_MS = (400.0, 1300.0)
"""Inversion that deepens T1 contrast (T1 FLAIR). expert"""
_SHORT_ECHO_MS, _LONG_ECHO_MS, _MYELOGRAPHY_ECHO_MS = 35.0, 60.0, 400.0
_T1_REPETITION_BELOW_MS, _T2_REPETITION_FROM_MS = 1350.0, 1000.0
"""Spin echo: T1 with TR and TE short, T2 with both long (McRobbie et al., MRI from Picture to Proton, ch. 3). The bounds lie in
the gaps of the 360 lumbar series that the SPIDER data set lists: T1 TE 7 to 14, TR 446 to 746; T2 TE 80 to 124, TR from 1970,
and T2 SPACE TR from 1000 ms. expert"""
_SPOILED_ECHO_MS, _SPOILED_FLIP_3D_DEG = 12.0, 8.0
"""Spoiled gradient echo is T1-weighted when the echo is short and the flip angle not very small. expert"""


def weighting(acquisition: Acquisition) -> Weighting:
    """T1, T2, STIR, or unknown (proton density, T2*, steady state, diffusion, maps, fat images and contradictions).

    Timing decides. A description breaks the tie only where timing is absent or lies between two classes.
    """
    if acquisition.traits & {"diffusion", "not_magnitude", "projection", "fat"} or acquisition.steady_state:
        return "unknown"
    if "EP" in acquisition.sequence:
        return "unknown"
    if "gradient_echo" in acquisition.traits:
        return _gradient_echo(acquisition)
    if acquisition.inversion_time_ms is not None or "IR" in acquisition.sequence:
        return _inversion_recovery(acquisition)
    return _spin_echo(acquisition)


def _gradient_echo(acquisition: Acquisition) -> Weighting:
    echo, flip = acquisition.echo_time_ms, acquisition.flip_angle_deg
    if echo is None:
        return "unknown"
    if echo > _SPOILED_ECHO_MS or (flip is not None and flip < _SPOILED_FLIP_3D_DEG):
        return "unknown"
    return "T1"


def _inversion_recovery(acquisition: Acquisition) -> Weighting:
    inversion = acquisition.inversion_time_ms
    if inversion is None:
        return acquisition.described or "unknown"
    if _STIR_INVERSION_MS[0] <= inversion <= _STIR_INVERSION_MS[1]:
        return "STIR"
    if _FLAIR_T1_INVERSION_MS[0] <= inversion <= _FLAIR_T1_INVERSION_MS[1]:
        return "T1" if (acquisition.echo_time_ms or 0) <= _SHORT_ECHO_MS else "unknown"
    return "unknown"


def _spin_echo(acquisition: Acquisition) -> Weighting:
    echo, repetition = acquisition.echo_time_ms, acquisition.repetition_time_ms
    if echo is None or repetition is None:
        return _by_what_is_known(acquisition)
    if echo > _MYELOGRAPHY_ECHO_MS:
        return "unknown"
    if echo >= _LONG_ECHO_MS:
        return "T2" if repetition >= _T2_REPETITION_FROM_MS else acquisition.described or "unknown"
    if echo <= _SHORT_ECHO_MS:
        return "T1" if repetition < _T1_REPETITION_BELOW_MS else "unknown"
    return acquisition.described or "unknown"


def _by_what_is_known(acquisition: Acquisition) -> Weighting:
    """One of TE and TR is missing: the description, unless the one that is known rules it out."""
    echo, told = acquisition.echo_time_ms, acquisition.described
    if told == "T1" and echo is not None and echo >= _LONG_ECHO_MS:
        return "unknown"
    if told == "T2" and echo is not None and echo <= _SHORT_ECHO_MS:
        return "unknown"
    return told or "unknown"
