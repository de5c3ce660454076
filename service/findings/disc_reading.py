"""One trained model reads all discs of an examination at once; what it says of each is kept here for the findings beside this file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from service.anatomy.canal import Canal, find_canal
from service.anatomy.landmarks import Landmarks, Level
from service.anatomy.model import DISC, Anatomy, disc_name
from service.anatomy.network import Network
from service.findings.canal import canal_at
from service.findings.disc_signs import Signs, signs_of
from service.findings.disc_view import SIZE, DiscView, views_of
from service.findings.levels import NOT_SHOWN, UNSURE, disc_numbers
from service.findings.model import Finding, not_assessable

SIGNS: tuple[str, ...] = (
    "level", "length_mm", "length_share", "area_mm2",
    "height_mm", "height_share", "height_front", "height_middle", "height_rear",
    "beyond_mm", "beyond_mean_mm", "step_mm", "step_size", "step_apart", "front_step_mm", "body_share",
    "antero", "retro", "antero_both", "retro_both",
    *(f"t2_{name}" for name in ("disc", "disc_dark", "disc_bright", "nucleus", "behind", "nucleus_share", "disc_share")),
    *(f"t1_{name}" for name in ("disc", "disc_dark", "disc_bright", "nucleus", "behind")),
    "csf", "disc_csf",
    *(f"{series}_{side}{part}" for series in ("t1", "t2") for side in ("up", "low") for part in ("", "_dark", "_bright", "_core")),
    *(f"{name}_{side}" for name in ("rough", "pit", "dish") for side in ("up", "low")),
    *(f"{series}_{name}" for series in ("t1", "t2")
      for name in ("behind_dark", "annulus_front", "annulus_rear", "rear_bright", "uneven", "cleft")),
)  # fmt: skip
"""The order in which the model reads the signs of ``disc_signs``."""
LEAST_SEEN = 0.5
"""A disc outlined less surely is not read. Lower than for a measurement: the picture needs the place and the axes of a disc, and worn
discs, which matter most, have the least sure outlines. Provenance: expert."""
CHANNELS = 2
GRADES = 5
SAID = (
    *(f"grade {grade}" for grade in range(1, GRADES + 1)),
    "narrowing", "bulging", "herniation", "upper", "lower", "endplate", "slip", "modic",
)  # fmt: skip
"""What the model says of a disc, in its order: the probability of each Pfirrmann grade, and of each finding (Modic: type 2)."""
NO_DISC = "no disc was segmented at this level"
NO_T1, NO_T2 = "no T1 series shows this disc in its place", "no T2 series shows this disc in its place"
NO_SIGNAL = "neither a T1 nor a T2 series shows this disc beside enough marrow to compare it with"
OFF_MIDLINE = "the slices do not show the middle of the spine here"
METHOD = "trained on the gradings of SPIDER (disc-grader.onnx): the mid-sagittal picture of the disc, and signs of shape and signal"


@dataclass(frozen=True, eq=False)
class DiscReading:
    """What is known of one level before it becomes findings.

    Attributes:
        level: such as L4-L5.
        series: the one on which the disc was outlined.
        reason: why it could not be read; empty if it could, and then there is a view.
        half_seen: which of the two vertebrae beside it lies outside the image or was not outlined, in words; empty if both are there.
        said: probabilities by the names of ``SAID``.
        label: of the disc in the first of ``anatomies``, the segmented series; 0 if there is none.
    """

    level: str
    series: str
    reason: str = ""
    confidence: float = 0.0
    view: DiscView | None = None
    said: Mapping[str, float] = field(default_factory=dict)
    label: int = 0
    anatomies: Sequence[Anatomy] = ()
    half_seen: str = ""

    @property
    def missing(self) -> str:
        """Why a finding that needs T2 cannot be made; empty if it can."""
        return self.reason or (NO_T2 if self.view is None or self.view.t2 is None else "")

    def refused(self, feature: str, reason: str) -> Finding:
        """The finding that says why there is none."""
        return not_assessable(feature, reason, level=self.level, series=self.series)

    def unless_half_seen(self, finding: Finding) -> Finding:
        """The finding of what either vertebra may show: unlikely at one of them alone is not graded as absent."""
        if not self.half_seen or finding.status == "not_assessable":
            return finding
        grade = None if finding.grade in ("0", "absent") else finding.grade
        return finding.model_copy(
            update={"grade": grade, "reason": f"one vertebra alone was looked at: {self.half_seen}"}
        )

    def graded(self, feature: str, said: str, *, scale: bool = True) -> Finding:
        """The finding of one probability, called present from one half; without ``scale`` the grade is left to a measurement."""
        if self.reason:
            return self.refused(feature, self.reason)
        probability = self.said[said]
        return Finding(
            feature=feature,
            level=self.level,
            status="assessed",
            grade=("present" if probability >= 0.5 else "absent") if scale else None,
            probability=round(probability, 4),
            confidence=self.confidence,
            method=METHOD,
            series=self.series,
        )


def read_discs(network: Network, anatomies: Sequence[Anatomy], landmarks: Landmarks) -> list[DiscReading]:
    """Read every disc of an examination; the model sees all of them together, as it also goes by the others."""
    levels = {level.number: level for level in landmarks.levels}
    views = views_of(anatomies)
    seen = {n: view for n, view in views.items() if view.t1 is not None or view.t2 is not None}
    said = dict(zip(seen, _ask(network, seen), strict=True)) if seen else {}
    series, canal, readings = anatomies[0].series.id, find_canal(anatomies[0]), []
    for number in disc_numbers(landmarks):
        name, level = disc_name(DISC + number), levels.get(number)
        reason = _reason(level, views.get(number), number in seen) or _beside(level, canal)
        if reason or level is None or level.disc is None:
            readings.append(DiscReading(name, series, reason))
        else:
            disc, absent = level.disc, landmarks.unseen(number)
            readings.append(
                DiscReading(
                    name, series, "", disc.confidence, seen[number], said[number], disc.label, anatomies, absent
                )
            )
    return readings


def _ask(network: Network, seen: Mapping[int, DiscView]) -> list[dict[str, float]]:
    signs = signs_of(seen)
    pictures = np.stack([as_picture(view) for view in seen.values()])
    said = network(pictures, np.stack([as_row(signs[number]) for number in seen]))
    return [dict(zip(SAID, map(float, np.clip(row, 0, 1)), strict=True)) for row in said]


def _reason(level: Level | None, view: DiscView | None, shown: bool) -> str:
    if level is None:
        return NOT_SHOWN
    if level.disc is None or view is None:
        return NO_DISC
    if level.disc.confidence < LEAST_SEEN:
        return UNSURE
    return "" if shown else NO_SIGNAL


def _beside(level: Level | None, canal: Canal | None) -> str:
    """Why the middle slice of a disc is not that of the spine; empty if it is, or this cannot be told."""
    space = None if level is None else level.space
    cut = None if canal is None or space is None else canal_at(canal, space)
    return OFF_MIDLINE if cut is not None and cut.at_disc.middle is False else ""


def as_row(signs: Signs) -> NDArray[np.float32]:
    """(len(SIGNS),) the signs as the model reads them; nan for what cannot be told."""
    return np.array([signs[name] for name in SIGNS], np.float32)


def as_picture(view: DiscView) -> NDArray[np.float32]:
    """(CHANNELS, SIZE, SIZE) T2 and T1, as the model sees them; a missing series is all 0."""
    none = np.zeros((SIZE, SIZE), np.float32)
    return np.stack([none if picture is None else picture for picture in (view.t2, view.t1)])
