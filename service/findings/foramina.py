"""Height and width of the intervertebral foramina, left and right."""

from service.anatomy.foramen import foramen
from service.anatomy.landmarks import DiscSpace, Landmarks, Level
from service.anatomy.model import Anatomy
from service.findings.levels import Side, per_side
from service.findings.model import Finding, not_assessable
from service.findings.uncertainty import interval_of, standard_error

HEIGHT, WIDTH = "foraminal_height", "foraminal_width"
CEILING = 0.45
"""No foramen is measured more surely than this: on lateral slices of patients the segmenter's posterior elements were hardly ever
compared with manual ones (vertebra Dice of about 0.6 on the held-out slices that there are). Provenance: expert."""
SACRUM = "the pedicles of the sacrum are not segmented"
GIVEN = "a given segmentation does not tell pedicles from bodies"
NO_PEDICLES = "no slice on this side shows the pedicles of both vertebrae"
NO_PROCESSES = "the articular processes on this side were not seen"
METHODS = {
    HEIGHT: "from the lower border of the pedicle above to the upper border of the one below, each in the slice that shows most of it",
    WIDTH: "least gap between the back of the bodies and disc and the bone behind, at the lower rim of the body above",
}


def measure_foramina(anatomy: Anatomy, landmarks: Landmarks) -> list[Finding]:
    """``foraminal_height`` and ``foraminal_width`` in mm at every disc level and side, as far as the slices reach.

    The two sizes are those that are taken by hand on sagittal images: Hasegawa et al., J Bone Joint Surg Am 1995;77:32.
    """

    def height(level: Level, space: DiscSpace, side: Side) -> Finding:
        found = foramen(anatomy, level.number, space, side)
        return _finding(HEIGHT, anatomy, level, None if found is None else found.height, NO_PEDICLES)

    def width(level: Level, space: DiscSpace, side: Side) -> Finding:
        found = foramen(anatomy, level.number, space, side)
        why = NO_PEDICLES if found is None else NO_PROCESSES
        return _finding(WIDTH, anatomy, level, None if found is None else found.width, why)

    return [*per_side(HEIGHT, anatomy, landmarks, height), *per_side(WIDTH, anatomy, landmarks, width)]


def why_unseen(anatomy: Anatomy, level: Level, otherwise: str = NO_PEDICLES) -> str:
    """Why a foramen of this level was not measured."""
    if level.number == 1:
        return SACRUM
    return GIVEN if anatomy.given else otherwise


def _finding(feature: str, anatomy: Anatomy, level: Level, value: float | None, why_not: str) -> Finding:
    if value is None:
        return not_assessable(feature, why_unseen(anatomy, level, why_not), level=level.name, series=anatomy.series.id)
    return Finding(
        feature=feature,
        level=level.name,
        status="assessed",
        value=round(value, 2),
        unit="mm",
        interval=interval_of(value, standard_error(feature, anatomy, level.confidence), least=0),
        confidence=min(level.confidence, CEILING),
        method=METHODS[feature],
        series=anatomy.series.id,
    )
