"""Changes of the endplates: erosion, irregularity and Schmorl nodes of the upper or the lower endplate beside a disc."""

from service.findings.disc_reading import DiscReading
from service.findings.model import Finding

FEATURE = "endplate_defect"


def grade_endplates(disc: DiscReading) -> Finding:
    """``endplate_defect``: that either endplate is changed; how likely each of both is, and no likelier than that, stands in the details."""
    finding = disc.graded(FEATURE, "endplate")
    if finding.status == "not_assessable":
        return finding
    either = disc.said["endplate"]
    sides = {f"probability_{side}": round(min(disc.said[side], either), 4) for side in ("upper", "lower")}
    return disc.unless_half_seen(finding.model_copy(update={"details": sides}))
