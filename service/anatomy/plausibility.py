"""Whether what was segmented is a lumbar spine at all, the right way up and the right way round."""

from itertools import pairwise

import numpy as np

from service.anatomy.bodies import Body
from service.anatomy.discs import Disc
from service.anatomy.regions import Points
from service.errors import UnsupportedStudyError

LEAST_PARTS = 3
BODY_DEPTH_MM = (21.0, 60.0)
"""Median depth of bodies and discs. Cervical ones are 14 to 19 mm from front to back, lumbar ones 28 to 40 mm. Provenance: expert."""
PITCH_MM = (22.0, 55.0)
"""Median distance from one disc to the next: 15 to 20 mm in the neck, 30 to 42 mm in the lumbar spine of adults. Provenance: expert."""
_LEAST_BESIDE_MM = 12.0
"""Least depth where the distance between the discs is lumbar: a slice beside the midline cuts bodies shorter. Provenance: expert."""
_TO_JUDGE = 3
"""So many discs tell the usual distance between two."""

_ELONGATED = 3.0
_GREATEST_LEAN_DEG = 50.0
"""A lumbar spine leans up to some 30 degrees from the patient's long axis. Provenance: expert."""


def refuse_unless_lumbar(bodies: tuple[Body, ...], discs: tuple[Disc, ...]) -> None:
    """Raise UnsupportedStudyError (``not_a_lumbar_spine``) unless bodies and discs make a column of lumbar size."""
    if len(bodies) + len(discs) < LEAST_PARTS:
        raise UnsupportedStudyError(
            f"A lumbar spine was not found: {len(bodies)} vertebral bodies and {len(discs)} discs were recognised, "
            f"at least {LEAST_PARTS} together are needed. Send a sagittal lumbar MRI.",
            code="not_a_lumbar_spine",
        )
    apart = [float(np.linalg.norm(upper.centre - lower.centre)) for lower, upper in pairwise(discs)]
    pitch = float(np.median(apart)) if len(discs) >= _TO_JUDGE else None
    if pitch is not None and not PITCH_MM[0] <= pitch <= PITCH_MM[1]:
        raise _another_size(f"The discs are {pitch:.1f} mm apart", PITCH_MM)
    depth = float(np.median([b.extent.depth for b in bodies] + [d.extent.depth for d in discs]))
    least = BODY_DEPTH_MM[0] if pitch is None else _LEAST_BESIDE_MM
    if not least <= depth <= BODY_DEPTH_MM[1]:
        raise _another_size(f"The vertebrae are {depth:.1f} mm deep from front to back", BODY_DEPTH_MM)


def _another_size(found: str, usual: tuple[float, float]) -> UnsupportedStudyError:
    return UnsupportedStudyError(
        f"{found}, lumbar ones are {usual[0]:.0f} to {usual[1]:.0f} mm: this is another part of the spine, or the pixel "
        "spacing is wrong. Send a sagittal lumbar MRI with its true spacing.",
        code="not_a_lumbar_spine",
    )


def refuse_unless_along_body(column: Points) -> None:
    """Raise UnsupportedStudyError (``wrong_orientation``) if (n, 3) points of the column run across the patient.

    Judged in the sagittal plane, and only where the points are clearly longer one way than the other.
    """
    if len(column) < 10:
        return
    spread, axes = np.linalg.eigh(np.cov(column[:, 1:].T))
    if spread[1] > _ELONGATED * spread[0] and abs(axes[1, 1]) < np.cos(np.radians(_GREATEST_LEAN_DEG)):
        raise UnsupportedStudyError(
            "The spine runs across the image: the images are rotated against their stated orientation.",
            code="wrong_orientation",
        )


def refuse_unless_upright(column: Points, canal: Points, sacrum: Points) -> None:
    """Raise UnsupportedStudyError (``wrong_orientation``) if the canal lies before the bodies, or the sacrum above them.

    Args:
        column: (n, 3) points of bodies and discs in patient mm; canal, sacrum: the same, possibly empty.
    """
    if len(canal) and len(column):
        span = (column[:, 2] >= canal[:, 2].min()) & (column[:, 2] <= canal[:, 2].max())
        if span.any() and np.median(canal[:, 1]) < np.median(column[span, 1]):
            raise UnsupportedStudyError(
                "The spinal canal lies in front of the vertebrae: the images are mirrored against their stated orientation.",
                code="wrong_orientation",
            )
    if len(sacrum) and len(column) and np.median(sacrum[:, 2]) > np.median(column[:, 2]):
        raise UnsupportedStudyError(
            "The sacrum lies above the lumbar vertebrae: the images are upside down against their stated orientation.",
            code="wrong_orientation",
        )
