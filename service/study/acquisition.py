"""How a frame was acquired: the timing and the sequence, read from a classic or an enhanced header alike."""

from dataclasses import dataclass

from service.study import words
from service.study.header import Header
from service.study.model import Region, Trait, Weighting

_VENDORS = (
    "Siemens",
    "GE",
    "Philips",
    "Canon",
    "Toshiba",
    "Hitachi",
    "Fujifilm",
    "Esaote",
    "United Imaging",
    "Hyperfine",
)
_IMAGE_TYPES: dict[str, Trait] = {
    "LOCALIZER": "localizer",
    "MPR": "reformatted",
    "REFORMATTED": "reformatted",
    "PROJECTION IMAGE": "projection",
    "MIP": "projection",
    "MIN_IP": "projection",
    "MAX_IP": "projection",
    "P": "not_magnitude",
    "R": "not_magnitude",
    "I": "not_magnitude",
    "PHASE": "not_magnitude",
    "PHASE MAP": "not_magnitude",
    "REAL": "not_magnitude",
    "IMAGINARY": "not_magnitude",
    "VELOCITY": "not_magnitude",
    "ADC": "not_magnitude",
    "SUBTRACTION": "not_magnitude",
    "T1 MAP": "not_magnitude",
    "T2 MAP": "not_magnitude",
    "DIFFUSION": "diffusion",
    "W": "water",
    "WATER": "water",
    "F": "fat",
    "FAT": "fat",
    "IP": "in_phase",
    "IN": "in_phase",
    "IN_PHASE": "in_phase",
    "OP": "out_of_phase",
    "OPP": "out_of_phase",
    "OUT": "out_of_phase",
    "OPP_PHASE": "out_of_phase",
    "OUT_PHASE": "out_of_phase",
    "OUT_OF_PHASE": "out_of_phase",
}
"""Image and frame type values (DICOM PS3.3 C.8.3.1.1.1, C.8.13.3.1.1, and what vendors add to them)."""
_FAT_SATURATION = {"FS", "SFS", "FAT_SAT", "FATSAT", "FAT_SAT_GEMS", "SPIR", "SPAIR", "WE"}
_NO_AGENT = {"NONE", "NO", "N", "0", "WITHOUT", "NOT GIVEN"}
_ECHOES = {"SPIN": {"SE"}, "GRADIENT": {"GR"}, "BOTH": {"SE", "GR"}}


@dataclass(frozen=True)
class Acquisition:
    """The acquisition parameters of one frame.

    Attributes:
        sequence: the values of Scanning Sequence that apply: SE, IR, GR, EP, RM.
        steady_state: a balanced or otherwise refocused steady state, whose contrast is T2/T1.
        described: the weighting that descriptions name; breaks ties only.
    """

    echo_time_ms: float | None
    repetition_time_ms: float | None
    inversion_time_ms: float | None
    flip_angle_deg: float | None
    field_strength_t: float | None
    manufacturer: str | None
    sequence: frozenset[str]
    steady_state: bool
    traits: frozenset[Trait]
    region: Region
    described: Weighting | None


def read_acquisition(header: Header) -> Acquisition:
    """The acquisition of one frame; what the header does not tell is None."""
    sequence = _sequence(header)
    inversion = _positive(header.number("InversionTime", "InversionTimes"))
    return Acquisition(
        echo_time_ms=_positive(header.number("EffectiveEchoTime", "EchoTime")),
        repetition_time_ms=_positive(header.number("RepetitionTime")),
        inversion_time_ms=inversion,
        flip_angle_deg=_positive(header.number("FlipAngle")),
        field_strength_t=_field_strength(header.number("MagneticFieldStrength")),
        manufacturer=_vendor(header.text("Manufacturer")),
        sequence=sequence,
        steady_state=_steady_state(header),
        traits=_traits(header, sequence),
        region=words.region(header),
        described=words.described_weighting(header),
    )


def _positive(value: float | None) -> float | None:
    return value if value is not None and value > 0 else None


def _field_strength(value: float | None) -> float | None:
    """Tesla; some old scanners write gauss."""
    value = _positive(value)
    return value / 10_000 if value is not None and value > 100 else value


def _vendor(text: str | None) -> str | None:
    """A known vendor's name, or None: the attribute is free text, and is not passed on as it stands."""
    return next((v for v in _VENDORS if (text or "").upper().replace("_", " ").startswith(v.upper())), None)


def _sequence(header: Header) -> frozenset[str]:
    found = set(header.texts("ScanningSequence"))
    found |= _ECHOES.get(header.text("EchoPulseSequence") or "", set())
    if header.text("InversionRecovery") == "YES":
        found.add("IR")
    if header.text("EchoPlanarPulseSequence") == "YES":
        found.add("EP")
    return frozenset(found & {"SE", "IR", "GR", "EP", "RM"})


def _steady_state(header: Header) -> bool:
    """Steady state that is not spoiled: Sequence Variant SS without SP, or its enhanced counterpart."""
    variant = set(header.texts("SequenceVariant"))
    enhanced = header.text("SteadyStatePulseSequence") or "NONE"
    return ("SS" in variant and "SP" not in variant) or enhanced != "NONE"


def _traits(header: Header, sequence: frozenset[str]) -> frozenset[Trait]:
    types = (*header.texts("ImageType"), *header.texts("FrameType"), *header.texts("ComplexImageComponent"))
    traits: set[Trait] = {_IMAGE_TYPES[value] for value in types if value in _IMAGE_TYPES}
    if words.is_scout(header):
        traits.add("localizer")
    if "GR" in sequence and "SE" not in sequence:
        traits.add("gradient_echo")
    if (header.number("DiffusionBValue") or 0) > 0:
        traits.add("diffusion")
    if _has_agent(header):
        traits.add("contrast_agent")
    if _fat_suppressed(header) or "water" in traits:
        traits.add("fat_suppressed")
    return frozenset(traits)


def _has_agent(header: Header) -> bool:
    agent = header.text("ContrastBolusAgent")
    return bool(header.items("ContrastBolusAgentSequence")) or (agent is not None and agent.upper() not in _NO_AGENT)


def _fat_suppressed(header: Header) -> bool:
    spectral = header.text("SpectrallySelectedSuppression") or "NONE"
    return bool(
        _FAT_SATURATION & set(header.texts("ScanOptions"))
        or spectral.startswith("FAT")
        or words.is_fat_suppressed(header)
    )
