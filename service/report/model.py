"""The report: everything that was found, scored and proposed, and how; the JSON that leaves."""

import platform
from datetime import datetime
from importlib.metadata import version
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from service import __version__
from service.anatomy.model import Kind
from service.anatomy.network import ModelRecord
from service.findings.model import Finding, Fraction
from service.questionnaire import Scores
from service.questionnaire.model import Text
from service.study.model import Plane, Weighting
from service.triage.model import Recommendation

NOTICE = (
    "A proposal for a qualified clinician, who decides. Not validated on patients; not for emergencies, and not to indicate "
    "or withhold surgery."
)
_LIBRARIES = ("numpy", "scipy", "SimpleITK", "pydicom", "pydantic")
Language = Literal["nl", "en"]
Positive = Annotated[float, Field(gt=0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SeriesSummary(_Part):
    """One series of the study, and whether it was read."""

    id: str
    plane: Plane
    weighting: Weighting
    shape: tuple[int, int, int] = Field(description="Slices, rows, columns")
    spacing_mm: tuple[Positive, Positive, Positive] = Field(description="Between slices, rows, columns")
    field_strength_t: float | None = None
    manufacturer: str | None = None
    chosen: bool
    reason: str | None = Field(default=None, description="Why it was chosen, or not")
    notes: tuple[str, ...] = ()


class StudySummary(_Part):
    """What was in the upload."""

    series: tuple[SeriesSummary, ...]
    missing: tuple[Weighting, ...] = Field(default=(), description="Weightings that no suitable series has")
    notes: tuple[str, ...] = ()


class StructureSummary(_Part):
    """One segmented structure."""

    label: int = Field(description="Its value in the segmentation, in the SPIDER convention")
    name: str
    kind: Kind
    confidence: Fraction = Field(description="Estimated Dice overlap with a careful manual mask")
    volume_mm3: float
    partial: bool = Field(description="The field of view cuts it")


class AnatomySummary(_Part):
    """What was segmented in one series."""

    series: str
    read_with: tuple[str, ...] = Field(default=(), description="Other series that had a say in the outlines")
    structures: tuple[StructureSummary, ...]
    numbering_confidence: Fraction = Field(description="That L5 is L5")
    warnings: tuple[str, ...] = ()


class Versions(_Part):
    """What made the report."""

    service: str = __version__
    python: str = Field(default_factory=platform.python_version)
    libraries: dict[str, str] = Field(default_factory=lambda: {name: version(name) for name in _LIBRARIES})


class RunRecord(_Part):
    """How the report was made, so that it can be explained and repeated."""

    started: datetime
    seconds: dict[str, float] = Field(description="Wall-clock time of each step")
    provider: str = Field(
        description="ONNX Runtime execution provider that really ran; says so if a given segmentation was measured"
    )
    models: tuple[ModelRecord, ...] = Field(
        description="What segmented: a model, or 'given segmentation' with its SHA-256"
    )
    versions: Versions = Field(default_factory=Versions)


PictureKind = Literal["overlay", "cobb", "disc_maps", "canal_profile", "contact_sheet", "summary"]


class Picture(_Part):
    """One picture, embedded."""

    kind: PictureKind = Field(description="What it shows; there is an overlay of each series, one of every other kind")
    series: str
    title: str
    media_type: Literal["image/png"] = "image/png"
    data: str = Field(description="base64")


class Reading(_Part):
    """What the images alone say."""

    schema_version: Literal["1"] = "1"
    notice: str = NOTICE
    study: StudySummary
    anatomy: tuple[AnatomySummary, ...]
    cautions: tuple[Text, ...] = Field(
        default=(),
        description="What to beware of: what the study lacked, what was done to it, what the segmentation doubts",
    )
    findings: tuple[Finding, ...]
    pictures: tuple[Picture, ...] = Field(default=(), description="Only where they were asked for")
    run: RunRecord


class Report(Reading):
    """The whole: images and answers, and what is proposed."""

    scores: Scores
    recommendation: Recommendation
    signature: str | None = Field(
        default=None, description="Proves what was proposed: a signed token over the report without this field"
    )
