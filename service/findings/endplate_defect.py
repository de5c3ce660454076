"""Changes of the endplates: erosion, irregularity and Schmorl nodes of the upper or the lower endplate beside a disc."""

from service.findings.disc_reading import DiscReading
from service.findings.model import Finding

FEATURE = "endplate_defect"


def grade_endplates(disc: DiscReading) -> Finding:
    """``endplate_defect``: that either endplate is changed, no less likely than that the likelier one is; which stands in the details."""
    likeliest = max(("endplate", "upper", "lower"), key=lambda part: disc.said.get(part, 0.0))
    finding = disc.graded(FEATURE, likeliest)
    if finding.status == "not_assessable":
        return finding
    sides = {f"probability_{side}": round(disc.said[side], 4) for side in ("upper", "lower")}
    return finding.model_copy(update={"details": sides})
