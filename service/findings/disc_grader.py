"""The findings that rest on the trained model of discs, each in its own file."""

from collections.abc import Callable, Sequence

from service.anatomy.landmarks import Landmarks
from service.anatomy.model import Anatomy
from service.anatomy.network import Network
from service.findings.black_disc import grade_black_disc
from service.findings.bulging import grade_bulging
from service.findings.disc_reading import DiscReading, read_discs
from service.findings.endplate_defect import grade_endplates
from service.findings.herniation import grade_herniation
from service.findings.listhesis import grade_listhesis
from service.findings.model import Finding
from service.findings.modic import grade_modic
from service.findings.narrowing import grade_narrowing
from service.findings.pfirrmann import grade_pfirrmann

FINDINGS: tuple[Callable[[DiscReading], Finding], ...] = (
    grade_pfirrmann,
    grade_black_disc,
    grade_narrowing,
    grade_bulging,
    grade_herniation,
    grade_endplates,
    grade_modic,
    grade_listhesis,
)


def grade_discs(network: Network, anatomies: Sequence[Anatomy], landmarks: Landmarks) -> list[Finding]:
    """Every finding of every disc of one examination."""
    discs = read_discs(network, anatomies, landmarks)
    return [grade(disc) for grade in FINDINGS for disc in discs]
